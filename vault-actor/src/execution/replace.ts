/** Signs an operation in the place of one that is out: dearer, or one that does nothing. */
import { toHex } from "viem";
import { childName } from "#protocol/names";
import type { Operation } from "../policy/operation.ts";
import { isUsable } from "../session/session.ts";
import { readSession } from "../session/store.ts";
import type { ExecutionDeps } from "./advance.ts";
import { type Attempt, atMost, dearestOffer, maxActs, maxAttempts } from "./attempt.ts";
import { operationFor } from "./build-operation.ts";
import type { ChainAccess } from "./chain-access.ts";
import type { Execution } from "./execution.ts";
import { bumpFees, type FeePerGas } from "./fee-rules.ts";
import { feePerGas } from "./fees.ts";
import { sponsored } from "./paymaster.ts";
import { mostFee } from "./reservation.ts";
import { voidCallData } from "./session-operation.ts";
import { submitReplacement } from "./submit.ts";
import { maxFeeOf, type UserOperation } from "./user-operation.ts";
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
  // A session that was revoked signs no act; what it signed is sent as it is.
  const nowMs = deps.now();
  if (session === undefined || !isUsable(session, access.chain.chainId, nowMs)) return;
  const market = await feePerGas(access);
  if (market.kind !== "ok") return;
  const fees = bumpFees(dearestOffer(attempts), market.value);
  const userOperation = await offering(newest.userOperation, fees, access);
  if (userOperation === undefined) return;
  const { operation, guards } = newest.judged;
  const submitted = await submitReplacement(
    { db, keyring: deps.keyring, vaultId: deps.vaultId() },
    {
      executionId: execution.executionId,
      kind: "ACT",
      session,
      chain: access.chain,
      operation: { ...operation, maxFee: maxFeeOf(userOperation), maxFeePerGas: fees.max },
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
  const newest = attempts.at(-1);
  const session = newest && readSession(db, newest.sessionId);
  if (newest === undefined || session === undefined || attempts.length >= maxAttempts) return;
  // Without its key nothing is signed: time alone ends what is out.
  if (!deps.keyring.holds(session.sessionId)) return;
  const vaultId = deps.vaultId();
  const built = await operationFor(
    {
      executionName: childName(vaultId, "executions", execution.executionId),
      session,
      callData: voidCallData(session.accountAddress),
      mayPayItself: true,
    },
    access,
  );
  if (built.kind !== "ok") return;
  const { operation: bare } = built.value;
  const market = { max: BigInt(bare.maxFeePerGas), priority: BigInt(bare.maxPriorityFeePerGas) };
  const gas = maxFeeOf({ ...bare, maxFeePerGas: "0x1" });
  const fees = atMost(
    bumpFees(dearestOffer(attempts), market),
    mostFee(db, execution.executionId) / gas,
  );
  // The same again would be the same operation.
  const isNews =
    newest.userOperation.callData !== bare.callData ||
    fees.max > BigInt(newest.userOperation.maxFeePerGas);
  const userOperation = isNews && fees.max > 0n ? await offering(bare, fees, access) : undefined;
  if (userOperation === undefined) return;
  await submitReplacement(
    { db, keyring: deps.keyring, vaultId },
    {
      executionId: execution.executionId,
      kind: "VOID",
      session,
      chain: access.chain,
      operation: nothing(vaultId, userOperation),
      userOperation,
      fromBlock: newest.fromBlock,
    },
    deps.now,
  );
}

/** An operation at other fees. A paymaster has to consent to them anew; `undefined` when not. */
async function offering(
  operation: UserOperation,
  fees: FeePerGas,
  access: ChainAccess,
): Promise<UserOperation | undefined> {
  const dearer: UserOperation = {
    ...operation,
    maxFeePerGas: toHex(fees.max),
    maxPriorityFeePerGas: toHex(fees.priority),
    signature: "0x",
  };
  if (operation.paymaster === undefined) return dearer;
  const paid = await sponsored(access, dearer);
  return paid.kind === "ok" ? { ...paid.value, signature: "0x" } : undefined;
}

/** What a void comes to, as the policy would see it. */
function nothing(vaultId: string, userOperation: UserOperation): Operation {
  return {
    account: vaultId,
    chain: vaultId.slice(0, vaultId.lastIndexOf(":")),
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
  };
}
