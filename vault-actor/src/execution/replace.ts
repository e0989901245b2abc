/** Signs an operation in the place of one that is out: dearer, or one that does nothing. */
import { toHex } from "viem";
import type { Outcome } from "../account/node.ts";
import { readSession } from "../session/store.ts";
import type { ExecutionDeps } from "./advance.ts";
import {
  type Attempt,
  atMost,
  dearestFee,
  higher,
  maxActs,
  maxAttempts,
  replacingFees,
} from "./attempt.ts";
import { estimateGas, feePerGas } from "./bundler.ts";
import type { Execution } from "./execution.ts";
import type { ChainAccess } from "./plan.ts";
import { deploymentOf, voidCallData } from "./session-operation.ts";
import { submitReplacement } from "./submit.ts";
import { maxFeeOf, placeholderSignature, type UserOperation } from "./user-operation.ts";
import { startVoid } from "./voiding.ts";

/**
 * Signs the same calls again, at a higher fee. What a limit refuses is left as it is, and what
 * the policy does not allow any more is voided.
 */
export async function signDearer(
  deps: ExecutionDeps,
  execution: Execution,
  attempts: readonly Attempt[],
  access: ChainAccess,
): Promise<void> {
  const { db } = deps;
  const newest = attempts.at(-1);
  if (newest?.judged === undefined || attempts.length >= maxActs) return;
  const session = readSession(db, newest.sessionId);
  if (session === undefined) return;
  const fees = await feePerGas(access.bundler, access.node);
  if (fees.kind !== "ok") return;
  const offered = higher(fees.value, replacingFees(attempts));
  const userOperation: UserOperation = {
    ...newest.userOperation,
    maxFeePerGas: toHex(offered.max),
    maxPriorityFeePerGas: toHex(offered.priority),
    signature: "0x",
  };
  const { operation, guards } = newest.judged;
  const submitted = await submitReplacement(
    { db, keyring: deps.keyring, vaultId: deps.vaultId() },
    {
      executionId: execution.executionId,
      kind: "ACT",
      session,
      chain: access.chain,
      operation: {
        ...operation,
        maxFee: maxFeeOf(userOperation),
        maxFeePerGas: offered.max,
      },
      guards,
      userOperation,
      fromBlock: newest.fromBlock,
    },
    deps.now,
  );
  if (!submitted.ok && submitted.error.reason === "POLICY_REFUSED") {
    startVoid(db, execution, submitted.error);
  }
}

/**
 * Signs an operation that does nothing and has the nonce. It offers more than all others for a
 * unit of gas, but altogether costs no more than is held for the fee.
 */
export async function signVoid(
  deps: ExecutionDeps,
  execution: Execution,
  attempts: readonly Attempt[],
  access: ChainAccess,
): Promise<void> {
  const { db } = deps;
  const { chain, bundler, node } = access;
  const newest = attempts.at(-1);
  const session = newest && readSession(db, newest.sessionId);
  if (newest === undefined || session === undefined || attempts.length >= maxAttempts) return;
  // Without its key nothing is signed: time alone ends what is out.
  if (!deps.keyring.holds(session.sessionId)) return;
  const code = await node<string>("eth_getCode", [session.accountAddress, "latest"]);
  const fees = await feePerGas(bundler, node);
  if (code.kind !== "ok" || fees.kind !== "ok") return;
  const bare: UserOperation = {
    sender: session.accountAddress,
    nonce: newest.userOperation.nonce,
    ...(code.value === "0x" ? deploymentOf(session, chain) : {}),
    callData: voidCallData(session.accountAddress),
    callGasLimit: "0x0",
    verificationGasLimit: "0x0",
    preVerificationGas: "0x0",
    maxFeePerGas: toHex(fees.value.max),
    maxPriorityFeePerGas: toHex(fees.value.priority),
    signature: placeholderSignature,
  };
  const priced = await withGas(bare, attempts, access);
  if (priced.kind !== "ok") return;
  const userOperation = affordable(
    priced.value,
    attempts,
    higher(fees.value, replacingFees(attempts)),
  );
  if (userOperation === undefined) return;
  await submitReplacement(
    { db, keyring: deps.keyring, vaultId: deps.vaultId() },
    {
      executionId: execution.executionId,
      kind: "VOID",
      session,
      chain,
      operation: {
        account: deps.vaultId(),
        chain: `eip155:${chain.chainId}`,
        calls: [],
        spends: [],
        recipients: [],
        allowances: [],
        slippageBps: 0,
        prices: [],
        worthMicroUsd: undefined,
        maxFee: maxFeeOf(userOperation),
        maxFeePerGas: BigInt(userOperation.maxFeePerGas),
        hosts: [],
        isEarly: false,
      },
      userOperation,
      fromBlock: newest.fromBlock,
    },
    deps.now,
  );
}

/** The gas that the void needs: as the last void had it, or as the bundler estimates. */
async function withGas(
  bare: UserOperation,
  attempts: readonly Attempt[],
  { bundler, chain }: ChainAccess,
): Promise<Outcome<UserOperation>> {
  const last = attempts.findLast(
    ({ kind, userOperation }) =>
      kind === "VOID" && (userOperation.factory === undefined) === (bare.factory === undefined),
  );
  if (last !== undefined) return { kind: "ok", value: { ...last.userOperation, signature: "0x" } };
  const gas = await estimateGas(bundler, bare, chain.entryPoint);
  if (gas.kind !== "ok") return gas;
  return {
    kind: "ok",
    value: {
      ...bare,
      callGasLimit: toHex(gas.value.callGasLimit),
      verificationGasLimit: toHex(gas.value.verificationGasLimit),
      preVerificationGas: toHex(gas.value.preVerificationGas),
      signature: "0x",
    },
  };
}

/** The operation at the wanted price, or at the highest that what is held for the fee allows. */
function affordable(
  operation: UserOperation,
  attempts: readonly Attempt[],
  wanted: { readonly max: bigint; readonly priority: bigint },
): UserOperation | undefined {
  const gas = maxFeeOf({ ...operation, maxFeePerGas: "0x1" });
  const highest = dearestFee(attempts) / gas;
  const { max, priority } = atMost(wanted, highest);
  const last = attempts.at(-1)?.userOperation;
  // The same again would be the same operation.
  const isNews = last?.callData !== operation.callData || max > BigInt(last.maxFeePerGas);
  if (max <= 0n || !isNews) return undefined;
  return { ...operation, maxFeePerGas: toHex(max), maxPriorityFeePerGas: toHex(priority) };
}
