/**
 * Makes the unsigned user operation for a call of a session's account: deployment, fees, gas,
 * paymaster. Has the nodes carry the call out first. Reads only.
 */
import { type Hex, toHex } from "viem";
import type { Outcome } from "../account/node.ts";
import type { Session } from "../session/session.ts";
import { estimateGas } from "./bundler.ts";
import type { ChainAccess } from "./chain-access.ts";
import { feePerGas } from "./fees.ts";
import { sponsored, stubFields } from "./paymaster.ts";
import { hasCode, latestBlock } from "./receipt.ts";
import { deploymentOf } from "./session-operation.ts";
import { gasOfCall, simulate } from "./simulate.ts";
import { laneNonce, placeholderSignature, type UserOperation } from "./user-operation.ts";

/** What an operation is made for. */
export type OperationRequest = {
  readonly executionName: string;
  readonly session: Session;
  /** What the session's account executes, with all guards: `encodeExecute`. */
  readonly callData: Hex;
  /**
   * Whether the session's account may pay the fee itself when the paymaster's service doesn't:
   * after half of the intent's life. Before that it is waited for.
   */
  readonly mayPayItself: boolean;
  /** What was asked ahead, while the act was planned. Absent: it is asked now. */
  readonly standing?: ReturnType<typeof askStanding> | undefined;
};

/**
 * Asks what an operation of a session's account has to know whatever it does: whether the account
 * is deployed, the newest block, and what gas costs.
 */
export function askStanding(access: ChainAccess, { accountAddress }: Session) {
  return Promise.all([
    hasCode(access, accountAddress, "latest"),
    latestBlock(access),
    feePerGas(access),
  ]);
}

/** An unsigned operation, and the first block that can hold it. */
export type BuiltOperation = { readonly operation: UserOperation; readonly fromBlock: number };

/** Makes the operation. `final` when the chain would refuse it. */
export async function operationFor(
  { executionName, session, callData, mayPayItself, standing }: OperationRequest,
  access: ChainAccess,
): Promise<Outcome<BuiltOperation>> {
  const { chain } = access;
  const sender = session.accountAddress;
  const [code, block, fees] = await (standing ?? askStanding(access, session));
  if (code.kind !== "ok") return code;
  if (block.kind !== "ok") return block;
  if (fees.kind !== "ok") return fees;
  const draft: UserOperation = {
    sender,
    nonce: laneNonce(executionName),
    ...(code.value ? {} : deploymentOf(session, chain)),
    callData,
    callGasLimit: "0x0",
    verificationGasLimit: "0x0",
    preVerificationGas: "0x0",
    maxFeePerGas: toHex(fees.value.max),
    maxPriorityFeePerGas: toHex(fees.value.priority),
    signature: placeholderSignature,
  };
  // A bundler that gives too little gas has the call fail on chain, and its fee is paid.
  const leastGas = gasOfCall(access, draft, code.value);
  const [simulated, measured] = await Promise.all([
    simulate(access, draft, code.value),
    measure({ access, leastGas }, draft, mayPayItself),
  ]);
  // The nodes' reason is the better one, and theirs is the word that counts.
  if (simulated.kind !== "ok") return simulated;
  if (measured.kind !== "ok") return measured;
  const operation = { ...measured.value, signature: "0x" as const };
  return { kind: "ok", value: { operation, fromBlock: block.value } };
}

/** Whom to ask, and what the nodes say that the call takes at least. */
type Measuring = { readonly access: ChainAccess; readonly leastGas: Promise<bigint | undefined> };

/** Fills in the gas, and who pays. */
async function measure(
  measuring: Measuring,
  draft: UserOperation,
  mayPayItself: boolean,
): Promise<Outcome<UserOperation>> {
  if (measuring.access.paymaster === undefined) return withGas(measuring, draft);
  const paid = await withPaymaster(measuring, draft);
  // A refusal of the bundlers is about the call, and would be the same without a paymaster.
  return paid.kind === "retry" && mayPayItself ? withGas(measuring, draft) : paid;
}

async function withPaymaster(
  measuring: Measuring,
  draft: UserOperation,
): Promise<Outcome<UserOperation>> {
  const { access } = measuring;
  const stub = await stubFields(access, draft);
  if (stub.kind !== "ok") return asRetry(stub);
  const { fields, isFinal } = stub.value;
  const measured = await withGas(measuring, { ...draft, ...fields });
  if (measured.kind !== "ok" || isFinal) return measured;
  return asRetry(await sponsored(access, measured.value));
}

/** A service that refuses today may pay tomorrow, and an intent does not fail for it. */
function asRetry<T>(outcome: Outcome<T>): Outcome<T> {
  return outcome.kind === "final" ? { kind: "retry", reason: outcome.reason } : outcome;
}

async function withGas(
  { access: { bundler, chain }, leastGas }: Measuring,
  operation: UserOperation,
): Promise<Outcome<UserOperation>> {
  const gas = await estimateGas(bundler, operation, chain.entryPoint);
  if (gas.kind !== "ok") return gas;
  let { callGasLimit } = gas.value;
  const least = await leastGas;
  if (least !== undefined && callGasLimit < least) callGasLimit = least;
  return {
    kind: "ok",
    value: {
      ...operation,
      callGasLimit: toHex(callGasLimit),
      verificationGasLimit: toHex(gas.value.verificationGasLimit),
      preVerificationGas: toHex(gas.value.preVerificationGas),
    },
  };
}
