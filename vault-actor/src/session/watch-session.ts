/**
 * The job of one session: warns of its permission's end, sends the owner's revocation when it is
 * wanted, and looks on chain whether the permission is disabled, whoever did that.
 */
import { type Hex, toHex } from "viem";
import { childName } from "#protocol/names";
import type { Chains } from "../account/chain-config.ts";
import type { Rpc } from "../account/node.ts";
import type { Ask } from "../account/quorum.ts";
import { bumpVersion } from "../identity/vault-store.ts";
import { append } from "../ledger/store.ts";
import type { JobOutcome } from "../scheduler/job.ts";
import type { Database } from "../storage/database.ts";
import { isDisabled } from "./on-chain.ts";
import { noteSent, readRevocation } from "./revocation-store.ts";
import type { Permission, Session } from "./session.ts";
import { noteDisabled, noteWarned, readSession, revokeSession } from "./store.ts";
import { dueWarning, nextLookMs } from "./watch-times.ts";

/** What watching needs. */
export type WatchSessionDeps = {
  readonly db: Database;
  readonly chains: Chains;
  readonly ask: (chainId: number) => Ask;
  readonly rpcFor: (urls: readonly string[]) => Rpc;
  readonly vaultId: () => string;
  /** Forgets the key of a session, in the caller's transaction. */
  readonly forgetKey: (sessionId: string) => void;
  readonly now: () => number;
};

type Installed = Session & { readonly permission: Permission; readonly expireMs: number };

/** Creates the handler of the job `session`. */
export function createWatchSession(
  deps: WatchSessionDeps,
): (sessionId: string) => Promise<JobOutcome> {
  const { db } = deps;
  return async (sessionId) => {
    const session = installed(db, sessionId);
    if (session === undefined || session.expireMs <= deps.now()) return { kind: "done" };
    warn(deps, session);
    const chain = deps.chains.get(session.chainId);
    // A chain that left the configuration may come back.
    if (chain === undefined) return { kind: "again", dueMs: nextLookMs(session, deps.now()) };
    const disabled = await isDisabled(deps.ask(session.chainId), session.permission, {
      ...chain,
      delegationManager: session.delegationManager,
    });
    if (disabled === undefined) return { kind: "retry", reason: "the chain's nodes do not agree" };
    if (disabled) {
      db.transaction(() => prove(deps, sessionId));
      return { kind: "done" };
    }
    await send(deps, sessionId, chain);
    const now = installed(db, sessionId);
    if (now === undefined) return { kind: "done" };
    const wantedMs = readRevocation(db, sessionId)?.wantedMs;
    return { kind: "again", dueMs: nextLookMs({ ...now, wantedMs }, deps.now()) };
  };
}

function installed(db: Database, sessionId: string): Installed | undefined {
  const session = readSession(db, sessionId);
  if (session?.permission === undefined || session.expireMs === undefined) return undefined;
  if (session.disabledMs !== undefined) return undefined;
  return { ...session, permission: session.permission, expireMs: session.expireMs };
}

function warn({ db, vaultId, now }: WatchSessionDeps, { sessionId }: Installed): void {
  db.transaction(() => {
    const session = installed(db, sessionId);
    if (session === undefined) return;
    const nowMs = now();
    const days = dueWarning(session, nowMs);
    if (days === undefined) return;
    noteWarned(db, sessionId, days);
    append(db, nowMs, {
      kind: "SESSION_EXPIRING",
      actor: "vault",
      subject: childName(vaultId(), "sessions", sessionId),
      facts: { until: new Date(session.expireMs).toISOString(), days: String(days) },
    });
  });
}

/** The chain shows it: the session is over, in the vault too. */
function prove(deps: WatchSessionDeps, sessionId: string): void {
  const { db, vaultId } = deps;
  const session = installed(db, sessionId);
  if (session === undefined) return;
  const nowMs = deps.now();
  noteDisabled(db, sessionId, nowMs);
  const subject = childName(vaultId(), "sessions", sessionId);
  if (session.state === "ACTIVE") {
    revokeSession(db, sessionId);
    deps.forgetKey(sessionId);
    const facts = { reason: "the permission was disabled on chain" };
    append(db, nowMs, { kind: "SESSION_REVOKED", actor: "vault", subject, facts });
  }
  bumpVersion(db);
  append(db, nowMs, { kind: "REVOCATION_PROVED", actor: "vault", subject, facts: {} });
}

/** Hands a wanted revocation to every bundler. Only the chain says what became of it. */
async function send(
  deps: WatchSessionDeps,
  sessionId: string,
  chain: { readonly bundlerUrls: readonly string[]; readonly entryPoint: string },
): Promise<void> {
  const { db } = deps;
  const revocation = readRevocation(db, sessionId);
  if (revocation?.wantedMs === undefined) return;
  const { operation, hash, sentMs } = revocation;
  const answers = await Promise.all(
    chain.bundlerUrls.map((url) =>
      deps.rpcFor([url])<Hex>("eth_sendUserOperation", [rpcForm(operation), chain.entryPoint]),
    ),
  );
  if (answers.every(({ kind }) => kind !== "ok") || sentMs !== undefined) return;
  db.transaction(() => {
    const nowMs = deps.now();
    if (readRevocation(db, sessionId)?.hash !== hash) return;
    noteSent(db, sessionId, hash, nowMs);
    append(db, nowMs, {
      kind: "REVOCATION_CHANGED",
      actor: "vault",
      subject: childName(deps.vaultId(), "sessions", sessionId),
      facts: { change: "sent", operation: hash },
    });
  });
}

/** Quantities without leading zeros, as bundlers want them. */
function rpcForm<T extends Readonly<Record<string, string>>>(operation: T): Record<string, string> {
  const bytes = ["sender", "callData", "signature"];
  return Object.fromEntries(
    Object.entries(operation).map(([name, value]) => [
      name,
      bytes.includes(name) ? value : toHex(BigInt(value)),
    ]),
  );
}
