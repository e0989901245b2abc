/**
 * Looks at the world once: evaluates every watched trigger, and fires those that are due.
 *
 * All that a firing changes is one transaction: the occurrence, the trigger's progress, the
 * execution and its job. A crash before it repeats nothing; a crash after it loses nothing.
 * A look that changes nothing writes nothing.
 */
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { FiringSchema } from "#gen/trigger/v1/firing";
import type { Intent } from "#gen/vault/v1/intent";
import { childName, parseAccount } from "#protocol/names";
import { keyMayAct } from "../identity/key-store.ts";
import { isHaltedAt } from "../identity/vault.ts";
import { readVault } from "../identity/vault-store.ts";
import { append } from "../ledger/store.ts";
import type { JobOutcome } from "../scheduler/job.ts";
import type { SignalClient } from "../signal/client.ts";
import { actedRound, noteRound } from "../signal/round-store.ts";
import type { World } from "../signal/world.ts";
import type { Database } from "../storage/database.ts";
import { consider, type Fired, type Rule } from "./consider.ts";
import { insertFiring, spendCauses } from "./firing-store.ts";
import { toEvaluation } from "./outcome.ts";
import { recordInputs } from "./record.ts";
import { hasActiveTrigger, writeStanding } from "./store.ts";
import type { Standing, Trigger } from "./trigger.ts";
import { emptyWorld } from "./view.ts";
import { createWatched, type Watched } from "./watched-store.ts";

/** What a firing asks for: an execution, in the caller's transaction. Returns its name. */
export type PlanIntent = (
  intent: Intent,
  cause: { readonly firing: string; readonly keyId: string },
  nowMs: number,
) => string;

/** What watching needs. */
export type WatchDeps = {
  readonly db: Database;
  readonly signals: SignalClient;
  readonly planIntent: PlanIntent;
  readonly newId: () => string;
  readonly now: () => number;
  /** So many conditions were evaluated. */
  readonly evaluated?: (count: number) => void;
};

const minPauseMs = 250;
const maxPauseMs = 60_000;

/** Creates the handler of the job `watch`. */
export function createWatch(deps: WatchDeps): () => Promise<JobOutcome> {
  const { db } = deps;
  const watched = createWatched(db);
  return async () => {
    // A frozen vault does not look at all: lifting the freeze starts it again.
    const before = readVault(db);
    if (!hasActiveTrigger(db) || before?.freeze !== undefined) return { kind: "done" };
    const untilMs = before?.provisionalMs;
    if (untilMs !== undefined && deps.now() < untilMs) return { kind: "again", dueMs: untilMs };
    const pulled = await deps.signals.current(deps.now());
    if (pulled.kind === "retry") return pulled;
    if (pulled.world.round < actedRound(db)) return { kind: "retry", reason: "older_round" };
    const nowMs = deps.now();
    const unwritten = db.generation;
    let lookMs = Number.POSITIVE_INFINITY;
    const watching = db.transaction(() => {
      const vault = readVault(db);
      if (vault === undefined || isHaltedAt(vault, nowMs)) return true;
      const account = parseAccount(vault.vaultId);
      if (account === undefined) return false;
      const triggers = watched(account).filter(({ trigger }) =>
        keyMayAct(db, trigger.creatorKeyId),
      );
      for (const one of triggers) {
        lookMs = Math.min(lookMs, look(deps, vault.vaultId, one, pulled.world, nowMs));
      }
      if (db.generation !== unwritten) noteRound(db, pulled.world.round, nowMs);
      deps.evaluated?.(triggers.length);
      return triggers.length > 0;
    });
    // Who made the others is revoked: a new grant or an update starts the watch again.
    if (!watching || !hasActiveTrigger(db)) return { kind: "done" };
    const { publishMs, nextPublishMs } = pulled.world;
    // Not all vaults at once: the spread is a small part of the feed's own period.
    const spreadMs =
      spreadOf(readVault(db)?.vaultId ?? "") * Math.max(0, nextPublishMs - publishMs);
    const dueMs = clamp(
      Math.min(lookMs, nextPublishMs + spreadMs),
      nowMs + minPauseMs,
      nowMs + maxPauseMs,
    );
    return { kind: "again", dueMs: Math.round(dueMs), soft: true };
  };
}

function look(deps: WatchDeps, vaultId: string, one: Watched, world: World, nowMs: number) {
  const { db } = deps;
  const { trigger, rule, spent } = one;
  const view = { ...emptyWorld(nowMs), ...world, nowMs };
  const seen = consider(rule, trigger.standing, view, {
    spent,
    busy: isBusy(db, trigger.triggerId),
    hasFired: (key) => hasFired(db, key),
  });
  for (const fired of seen.firings) fire(deps, vaultId, trigger, rule, fired);
  if (seen.spends.length > 0) spendCauses(db, trigger.triggerId, seen.spends, nowMs);
  if (!isSame(seen.standing, trigger.standing)) {
    writeStanding(db, trigger.triggerId, seen.standing);
  }
  return seen.lookMs;
}

function isSame(a: Standing, b: Standing): boolean {
  return (
    a.state === b.state &&
    a.verdict === b.verdict &&
    a.states === b.states &&
    a.progress.armed === b.progress.armed &&
    a.progress.fireCount === b.progress.fireCount
  );
}

function fire(deps: WatchDeps, vaultId: string, trigger: Trigger, rule: Rule, fired: Fired): void {
  const { db } = deps;
  const { condition, intent } = trigger.body;
  if (condition === undefined || intent === undefined) return;
  const { view, occurrenceKey } = fired;
  const { nowMs } = view;
  const triggerName = childName(vaultId, "triggers", trigger.triggerId);
  const firingId = deps.newId();
  const name = `${triggerName}/firings/${firingId}`;
  const firing = create(FiringSchema, {
    name,
    triggerVersion: BigInt(trigger.version),
    occurrenceKey,
    fireTime: timestampFromMs(nowMs),
    condition,
    inputs: recordInputs(rule.condition, view, fired.states),
    evaluation: toEvaluation(fired.outcome),
    execution: deps.planIntent(intent, { firing: name, keyId: trigger.creatorKeyId }, nowMs),
    intent,
  });
  if (!insertFiring(db, trigger.triggerId, firingId, firing)) {
    throw new Error(`the occurrence ${occurrenceKey} fired before`);
  }
  const facts = { execution: firing.execution, round: String(view.round) };
  append(db, nowMs, { kind: "TRIGGER_FIRED", actor: triggerName, subject: name, facts });
}

/** A fraction from 0 to 0.1 that is the vault's own (FNV-1a). */
function spreadOf(vaultId: string): number {
  let hash = 2166136261;
  for (const char of vaultId) hash = Math.imul(hash ^ char.charCodeAt(0), 16777619);
  return ((hash >>> 0) / 2 ** 32) * 0.1;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

function isBusy(db: Database, triggerId: string): boolean {
  const last = db.one<{ firing_id: string }>(
    "SELECT firing_id FROM firing WHERE trigger_id = ? ORDER BY sequence DESC LIMIT 1",
    triggerId,
  );
  if (last === undefined) return false;
  const row = db.one<{ state: string }>(
    "SELECT state FROM execution WHERE cause_ref LIKE ?",
    `%/firings/${last.firing_id}`,
  );
  return row !== undefined && !["FINAL", "FAILED", "CANCELLED"].includes(row.state);
}

function hasFired(db: Database, occurrenceKey: string): boolean {
  return (
    db.one("SELECT 1 AS one FROM firing WHERE occurrence_key = ?", occurrenceKey) !== undefined
  );
}
