/**
 * Tells whether a user operation is what a session may sign: the redemption of its own
 * permission for the very calls that the policy judged, or nothing at all.
 *
 * Pure. The operation is built anew from what was judged and compared whole, so nothing that
 * was not judged can hide in it. Asked before a key is opened, and again where it signs.
 */
import type { Hex } from "viem";
import { hybridAccount, sessionSalt } from "#protocol/account/hybrid-account";
import { decodeOnce } from "#protocol/decode-once";
import { type Address, childName, parseAccount } from "#protocol/names";
import type { ChainConfig } from "../account/chain-config.ts";
import type { Operation } from "../policy/operation.ts";
import { argsFor } from "../session/permission-args.ts";
import type { Permission, Session } from "../session/session.ts";
import type { Guards } from "./act.ts";
import type { AttemptKind } from "./attempt.ts";
import { encodeGuards } from "./guard.ts";
import { type AccountCall, encodeRedemption } from "./redemption.ts";
import {
  encodeExecute,
  encodeExecuteBatch,
  laneNonce,
  maxFeeOf,
  type UserOperation,
} from "./user-operation.ts";

/** An unsigned operation, whose it is, and what of it is judged. */
export type SessionOperation = {
  readonly executionId: string;
  readonly session: Session;
  readonly chain: ChainConfig;
  /** `VOID`: it has no calls, and its call data does nothing. */
  readonly kind: AttemptKind;
  readonly operation: Operation;
  /** What the chain checks around the calls, where it has a guard. Absent: nothing. */
  readonly guards?: Guards | undefined;
  readonly userOperation: UserOperation;
};

/**
 * The call data of a void: the session account calls itself with nothing, which its `receive`
 * takes. The nonce is used up even if that should fail.
 */
export function voidCallData(account: Address): Hex {
  return encodeExecute(account, "0x");
}

/** The fields with which a session's operation deploys its account. */
export function deploymentOf(session: Session, chain: ChainConfig) {
  const { accountFactory, accountImplementation } = chain;
  return deploymentFrom([accountFactory, accountImplementation, session.keyAddress].join());
}

const deploymentFrom = decodeOnce((addresses: string) => {
  const [accountFactory, implementation, owner] = addresses.split(",") as [
    Address,
    Address,
    Address,
  ];
  const salt = sessionSalt(owner);
  const parts = { factory: accountFactory, implementation, owner, salt };
  const { factory, factoryData } = hybridAccount(parts);
  return { factory, factoryData };
});

/** What of an operation is not this vault's session's. `undefined` when all of it is. */
export function foreignPart(vaultId: string, candidate: SessionOperation): string | undefined {
  const { executionId, session, chain, operation, userOperation } = candidate;
  const account = parseAccount(vaultId);
  const { permission } = session;
  if (account === undefined || operation.account !== vaultId) return "vault";
  if (session.chainId !== account.chainId || chain.chainId !== account.chainId) return "chain";
  const mayVoid = candidate.kind === "VOID" && session.state === "REVOKED";
  if (session.state !== "ACTIVE" && !mayVoid) return "session";
  if (permission === undefined) return "session";
  if (permission.delegator !== account.address) return "delegator";
  if (permission.delegate !== session.accountAddress) return "delegate";
  if (session.delegationManager !== chain.delegationManager) return "delegation manager";
  if (userOperation.sender !== session.accountAddress) return "sender";
  const name = childName(vaultId, "executions", executionId);
  if (userOperation.nonce !== laneNonce(name)) return "nonce";
  if (!isOwnDeployment(candidate)) return "factory";
  if (!mayHavePaymaster(candidate)) return "paymaster";
  if (maxFeeOf(userOperation) !== operation.maxFee) return "fee";
  return userOperation.callData === callDataOf(candidate, permission) ? undefined : "call data";
}

function callDataOf(
  { kind, chain, operation, guards, session }: SessionOperation,
  permission: NonNullable<Session["permission"]>,
): string | undefined {
  if (kind === "VOID") {
    const isNothing = operation.calls.length === 0 && operation.spends.length === 0;
    return isNothing ? voidCallData(session.accountAddress) : undefined;
  }
  const calls = operation.calls.flatMap(({ target, value, data }) => {
    const account = parseAccount(target);
    if (account?.chainId !== chain.chainId) return [];
    return [{ target: account.address, value, data: data as Hex }];
  });
  if (calls.length === 0 || calls.length !== operation.calls.length) return undefined;
  return sessionCallData(permission, calls, guards, chain);
}

/**
 * The call data with which the session account redeems its permission for calls, with what the
 * chain checks before and after in the same operation. What is to be checked can't be left out
 * where the chain has a guard.
 */
export function sessionCallData(
  permission: Permission,
  calls: readonly AccountCall[],
  guards: Guards | undefined,
  chain: ChainConfig,
): Hex {
  const argsOf = (call: AccountCall) => argsFor(permission, call, chain.enforcers);
  const redemption = encodeRedemption(permission, calls, argsOf);
  const around = guards && encodeGuards(guards, chain, permission.delegator);
  if (around === undefined) return encodeExecute(chain.delegationManager, redemption);
  const redeem = { target: chain.delegationManager, value: 0n, data: redemption };
  return encodeExecuteBatch([...around.before, redeem, ...around.after]);
}

/** A paymaster only pays; which one does is the configured service's word, and its fee is judged. */
function mayHavePaymaster({ chain, userOperation }: SessionOperation): boolean {
  const { paymaster, paymasterData } = userOperation;
  const { paymasterVerificationGasLimit, paymasterPostOpGasLimit } = userOperation;
  const fields = [
    paymaster,
    paymasterData,
    paymasterVerificationGasLimit,
    paymasterPostOpGasLimit,
  ].filter((field) => field !== undefined);
  return fields.length === 0 || (fields.length === 4 && chain.paymaster !== undefined);
}

function isOwnDeployment({ session, chain, userOperation }: SessionOperation): boolean {
  const { factory, factoryData } = userOperation;
  if (factory === undefined && factoryData === undefined) return true;
  const own = deploymentOf(session, chain);
  return factory === own.factory && factoryData === own.factoryData;
}
