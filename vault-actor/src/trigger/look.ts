/**
 * Judges the triggers that are due in one world, and writes what came of it.
 *
 * All that a firing changes is one transaction: the occurrence, the trigger's progress, the
 * execution and its job. A crash before it repeats nothing; a crash after it loses nothing.
 * A look that changes nothing writes nothing.
 */
import type { Account } from "#protocol/names";
import { childName } from "#protocol/names";
import { freeze } from "../identity/freeze.ts";
import { readKey } from "../identity/key-store.ts";
import { isHaltedAt } from "../identity/vault.ts";
import { readVault } from "../identity/vault-store.ts";
import { append } from "../ledger/store.ts";
import { type History, isPast } from "../signal/history.ts";
import { noteRound } from "../signal/round-store.ts";
import type { World } from "../signal/world.ts";
import { actingOf } from "./acting.ts";
import { isBusy } from "./busy.ts";
import type { createChainInputs } from "./chain-inputs.ts";
import { consider, type Look } from "./consider.ts";
import { type FireDeps, fire } from "./fire.ts";
import { hasFired, spendCauses } from "./firing-store.ts";
import { newsOf, type Sight } from "./news.ts";
import type { createRoster, Entry } from "./roster.ts";
import { writeStanding } from "./store.ts";
import type { Trigger } from "./trigger.ts";
import { emptyWorld, type WorldView } from "./view.ts";

/** What a look needs. */
export type LookDeps = FireDeps & {
  readonly roster: ReturnType<typeof createRoster>;
  readonly history: History;
  readonly chain: ReturnType<typeof createChainInputs>;
  readonly now: () => number;
  readonly evaluated?: (count: number) => void;
  /** Told of a trigger that can't be judged. The others are. */
  readonly onFault?: (fault: unknown) => void;
};

/** How long a trigger that can't be judged is left alone, in milliseconds. */
const faultPauseMs = 60_000;

const nothing: Sight = { world: undefined, chain: new Map(), logs: new Map() };

/**
 * Creates the look of one vault. It returns when time alone asks for the next one, `Infinity` for
 * never, and `undefined` when the vault may not look: it is frozen, perhaps by this very look.
 */
export function createLook(deps: LookDeps) {
  const { db, roster, history, chain } = deps;
  let seen = nothing;
  let seenMs = 0;
  let known: readonly Entry[] | undefined;
  let kept: World | undefined;

  const forget = () => {
    kept = undefined;
    roster.forget();
    history.forget();
    seen = nothing;
  };

  /** Those that ask for nothing from outside, in time, while the others wait for their inputs. */
  const lookByTime = (account: Account): void => {
    const nowMs = deps.now();
    try {
      const isStopped = db.transaction(() => {
        const vault = readVault(db);
        if (vault === undefined || isHaltedAt(vault, nowMs)) return true;
        const keyOf = (keyId: string) => readKey(db, keyId)?.key;
        const { entries } = actingOf(roster.of(account), keyOf, vault.authorityEpoch, nowMs);
        const due = entries.filter(
          (entry) => asksNobody(entry) && isDue(deps, entry, nothingNew, nowMs),
        );
        const view = emptyWorld(nowMs);
        for (const entry of due) if (!judge(deps, vault.vaultId, entry, view)) return true;
        if (due.length > 0) deps.evaluated?.(due.length);
        return false;
      });
      if (isStopped) forget();
    } catch (fault) {
      forget();
      throw fault;
    }
  };

  const look = (account: Account, world: World | undefined): number | undefined => {
    const nowMs = deps.now();
    const sight: Sight = { world, chain: chain.values(), logs: chain.logs() };
    try {
      const lookMs = db.transaction(() => {
        const vault = readVault(db);
        if (vault === undefined || isHaltedAt(vault, nowMs)) return undefined;
        const all = roster.of(account);
        const keyOf = (keyId: string) => readKey(db, keyId)?.key;
        const { entries } = actingOf(all, keyOf, vault.authorityEpoch, nowMs);
        const before = db.generation;
        // What was learnt of the future says nothing once the clock was set back.
        const isBack = nowMs < seenMs;
        const news = newsOf(seen, sight);
        const due = entries.filter((entry) => isBack || isDue(deps, entry, news, nowMs));
        if (world !== undefined && (seen.world !== world || known !== all)) {
          history.note(world.observations, pastOf(entries), nowMs, world.series);
        }
        if (due.length > 0) {
          const view = viewOf(deps, sight, due, nowMs);
          for (const entry of due) {
            if (!judge(deps, vault.vaultId, entry, view)) return undefined;
          }
          deps.evaluated?.(due.length);
        }
        chain.write(nowMs);
        if (known !== all) chain.drop(all.flatMap(({ depends }) => depends));
        if (world !== undefined && world !== kept) {
          if (noteRound(db, world, db.generation !== before, nowMs)) kept = world;
        }
        known = all;
        return entries.reduce((least, entry) => Math.min(least, entry.lookMs), never);
      });
      if (lookMs === undefined) {
        forget();
        return undefined;
      }
      chain.done();
      seen = sight;
      seenMs = nowMs;
      return lookMs;
    } catch (fault) {
      forget();
      throw fault;
    }
  };

  return { look, lookByTime };
}

const never = Number.POSITIVE_INFINITY;
const nothingNew: ReadonlySet<string> = new Set();

/** Whether a trigger depends on nothing but time and the vault itself. */
export function asksNobody(entry: Entry): boolean {
  return entry.inputs.length === 0;
}

function isDue(deps: LookDeps, entry: Entry, news: ReadonlySet<string>, nowMs: number): boolean {
  if (entry.lookMs <= nowMs) return true;
  if (news.size > 0 && entry.inputs.some((input) => news.has(input))) return true;
  return entry.asksForExecution && entry.busy && !isBusy(deps.db, entry.trigger.triggerId);
}

function pastOf(entries: readonly Entry[]) {
  return entries.flatMap(({ depends }) => depends.filter(isPast));
}

function viewOf(
  deps: LookDeps,
  { world, chain, logs }: Sight,
  due: readonly Entry[],
  nowMs: number,
): WorldView {
  const past = pastOf(due);
  return {
    ...emptyWorld(nowMs),
    ...(world === undefined
      ? {}
      : {
          round: world.round,
          receiveMs: world.receiveMs,
          observations: world.observations,
          events: world.events,
          series: world.series,
        }),
    histories: deps.history.histories(past),
    rounds: deps.history.rounds(past),
    chain,
    logs,
  };
}

/**
 * Judges one trigger. False when the vault is frozen for it: then nothing else may happen. One that
 * can't be judged changes nothing, and keeps no other from being judged.
 */
function judge(deps: LookDeps, vaultId: string, entry: Entry, view: WorldView): boolean {
  const { db } = deps;
  try {
    const { triggerId } = entry.trigger;
    const busy = entry.asksForExecution && isBusy(db, triggerId);
    const look = consider(entry.rule, entry.standing, view, {
      spent: entry.spent,
      busy,
      hasFired: (key) => hasFired(db, key),
    });
    const isQuiet = look.standing === entry.standing && look.spends.length === 0;
    const goesOn = isQuiet || db.transaction(() => write(deps, vaultId, entry, look, view.nowMs));
    if (look.spends.length > 0) entry.spent = new Set([...entry.spent, ...look.spends]);
    entry.standing = look.standing;
    entry.busy = busy || look.firings.length > 0;
    entry.lookMs = look.lookMs;
    return goesOn;
  } catch (fault) {
    deps.onFault?.(fault);
    entry.lookMs = view.nowMs + faultPauseMs;
    return true;
  }
}

/** Writes what came of a look, in a transaction of its own within the look's. */
function write(deps: LookDeps, vaultId: string, entry: Entry, look: Look, nowMs: number): boolean {
  const { db } = deps;
  const { trigger, rule, standing } = entry;
  for (const fired of look.firings) fire(deps, vaultId, trigger, rule, fired);
  spendCauses(db, trigger.triggerId, look.spends, nowMs);
  if (look.standing !== standing) writeStanding(db, trigger.triggerId, look.standing);
  if (look.standing.state !== standing.state) {
    // It came to its end: nobody asked for that, and it is a change all the same.
    const actor = childName(vaultId, "triggers", trigger.triggerId);
    const facts = { change: look.standing.state.toLowerCase() };
    append(db, nowMs, { kind: "TRIGGER_CHANGED", actor, subject: actor, facts });
  }
  return tell(deps, vaultId, trigger, look, nowMs);
}

/** Tells of stale inputs, or acts on them. False when the vault is frozen. */
function tell(
  { db }: LookDeps,
  vaultId: string,
  trigger: Trigger,
  { stale: news, standing }: Look,
  nowMs: number,
): boolean {
  if (news === undefined) return true;
  const actor = childName(vaultId, "triggers", trigger.triggerId);
  const { staleMs } = standing;
  const facts = staleMs === undefined ? {} : { since: new Date(staleMs).toISOString() };
  const kind = news === "fresh" ? "TRIGGER_FRESH" : "TRIGGER_STALE";
  append(db, nowMs, { kind, actor, subject: actor, facts });
  if (news !== "freeze") return true;
  // The key may have been granted anew, with less.
  const may = readKey(db, trigger.creatorKeyId)?.key.scopes.has("VAULT_FREEZE") === true;
  if (!may) return true;
  freeze(db, { vaultId, by: actor, actor, reason: "stale inputs" }, nowMs);
  return false;
}
