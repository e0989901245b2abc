/**
 * Tells whether a user operation is what a session may sign: the redemption of its own
 * permission for the very calls that the policy judged.
 *
 * Pure. The operation is built anew from what was judged and compared whole, so nothing that
 * was not judged can hide in it. Asked before a key is opened, and again where it signs.
 */
import { hybridAccount, sessionSalt } from "#protocol/account/hybrid-account";
import { childName, parseAccount } from "#protocol/names";
import type { ChainConfig } from "../account/chain-config.ts";
import type { Operation } from "../policy/operation.ts";
import type { Session } from "../session/session.ts";
import { encodeRedemption } from "./redemption.ts";
import { encodeExecute, laneNonce, maxFeeOf, type UserOperation } from "./user-operation.ts";

/** An unsigned operation, whose it is, and what of it is judged. */
export type SessionOperation = {
  readonly executionId: string;
  readonly session: Session;
  readonly chain: ChainConfig;
  readonly operation: Operation;
  readonly userOperation: UserOperation;
};

/** The fields with which a session's operation deploys its account. */
export function deploymentOf(session: Session, chain: ChainConfig) {
  const { factory, factoryData } = hybridAccount({
    factory: chain.accountFactory,
    implementation: chain.accountImplementation,
    owner: session.keyAddress,
    salt: sessionSalt(session.keyAddress),
  });
  return { factory, factoryData };
}

/** What of an operation is not this vault's session's. `undefined` when all of it is. */
export function foreignPart(vaultId: string, candidate: SessionOperation): string | undefined {
  const { executionId, session, chain, operation, userOperation } = candidate;
  const account = parseAccount(vaultId);
  const { permission } = session;
  if (account === undefined || operation.account !== vaultId) return "vault";
  if (session.chainId !== account.chainId || chain.chainId !== account.chainId) return "chain";
  if (session.state !== "ACTIVE" || permission === undefined) return "session";
  if (permission.delegator !== account.address) return "delegator";
  if (permission.delegate !== session.accountAddress) return "delegate";
  if (session.delegationManager !== chain.delegationManager) return "delegation manager";
  if (userOperation.sender !== session.accountAddress) return "sender";
  const name = childName(vaultId, "executions", executionId);
  if (userOperation.nonce !== laneNonce(name)) return "nonce";
  if (!isOwnDeployment(candidate)) return "factory";
  if (maxFeeOf(userOperation) !== operation.maxFee) return "fee";
  return userOperation.callData === callDataOf(candidate, permission) ? undefined : "call data";
}

function callDataOf(
  { chain, operation }: SessionOperation,
  permission: NonNullable<Session["permission"]>,
): string | undefined {
  const calls = operation.calls.flatMap(({ target, value, data }) => {
    const account = parseAccount(target);
    if (account?.chainId !== chain.chainId) return [];
    return [{ target: account.address, value, data: data as `0x${string}` }];
  });
  if (calls.length === 0 || calls.length !== operation.calls.length) return undefined;
  const redemption = encodeRedemption(permission, calls);
  return encodeExecute(chain.delegationManager, redemption);
}

function isOwnDeployment({ session, chain, userOperation }: SessionOperation): boolean {
  const { factory, factoryData } = userOperation;
  if (factory === undefined && factoryData === undefined) return true;
  const own = deploymentOf(session, chain);
  return factory === own.factory && factoryData === own.factoryData;
}
