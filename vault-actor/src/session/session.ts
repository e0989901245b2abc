/** A key that the vault acts with on one chain, and the permission it holds there. Pure. */
import type { Address } from "#protocol/names";

/** One condition of a permission, enforced on chain. */
export type Caveat = { readonly enforcer: Address; readonly terms: `0x${string}` };

/** An ERC-7710 delegation. */
export type Permission = {
  readonly delegate: Address;
  readonly delegator: Address;
  readonly authority: `0x${string}`;
  readonly caveats: readonly Caveat[];
  readonly salt: bigint;
  readonly signature: `0x${string}`;
};

/** A session. */
export type Session = {
  readonly sessionId: string;
  readonly state: "PENDING" | "ACTIVE" | "REVOKED";
  readonly chainId: number;
  readonly keyAddress: Address;
  /** The session account, which the key owns and which redeems the permission. */
  readonly accountAddress: Address;
  readonly delegationManager: Address;
  readonly permission: Permission | undefined;
  /** When the permission ends on chain. */
  readonly expireMs: number | undefined;
  /** The key's own signature over the vault's identity. Sessions of before have none. */
  readonly possession: Uint8Array<ArrayBuffer> | undefined;
  readonly createdMs: number;
  /** When a quorum of nodes was seen to have the permission disabled on chain. */
  readonly disabledMs?: number | undefined;
  /** Of how few days before its end the owner was warned last. */
  readonly warnedDays?: number | undefined;
};

/** The most sessions that are pending or active. */
export const maxSessions = 8;

/** The name under which a session's key is sealed. */
export function secretIdOf(sessionId: string): string {
  return `session:${sessionId}`;
}

/** Whether a session can act on a chain now. */
export function isUsable(session: Session, chainId: number, nowMs: number): boolean {
  const { state, permission, expireMs } = session;
  const installed = state === "ACTIVE" && permission !== undefined && expireMs !== undefined;
  return installed && session.chainId === chainId && nowMs < expireMs;
}
