/**
 * The triggers that are watched, each with its rule, in memory from look to look.
 *
 * Nothing is read while nothing is written. After a write the rows are read again, and what an
 * owner wrote is decoded and compiled once for each version of a trigger.
 */
import type { Account } from "#protocol/names";
import type { Database } from "../storage/database.ts";
import type { Rule } from "./consider.ts";
import { allSpentCauses } from "./firing-store.ts";
import { ruleOf } from "./rule.ts";
import { activeRows, activeTriggers, readTrigger } from "./store.ts";
import type { Trigger } from "./trigger.ts";

/** A trigger, what it is judged by, and the causes that do not count for it again. */
export type Watched = {
  readonly trigger: Trigger;
  readonly rule: Rule;
  readonly spent: ReadonlySet<string>;
};

type Known = { readonly version: number; readonly body: Trigger["body"]; readonly rule: Rule };

/** From so many on, new triggers are read together. */
const many = 8;

const nothing: ReadonlySet<string> = new Set();

/** Creates the memory of one vault. The function returns the triggers, the oldest first. */
export function createWatched(db: Database): (account: Account) => readonly Watched[] {
  let known = new Map<string, Known>();
  let generation: number | undefined;
  let watched: readonly Watched[] = [];

  const learn = (rows: readonly Omit<Trigger, "body">[], account: Account) => {
    const unknown = rows.filter(
      ({ triggerId, version }) => known.get(triggerId)?.version !== version,
    );
    const read =
      unknown.length < many
        ? unknown.map(({ triggerId }) => readTrigger(db, triggerId))
        : activeTriggers(db);
    for (const trigger of read) {
      if (trigger === undefined || known.get(trigger.triggerId)?.version === trigger.version) {
        continue;
      }
      const { triggerId, version, body } = trigger;
      const rule = ruleOf(trigger, body, account);
      if (rule !== undefined) known.set(triggerId, { version, body, rule });
    }
  };

  return (account) => {
    if (generation === db.generation) return watched;
    const rows = activeRows(db);
    learn(rows, account);
    const kept = new Map<string, Known>();
    const spent = allSpentCauses(db);
    watched = rows.flatMap((row): readonly Watched[] => {
      const { triggerId, version } = row;
      const own = known.get(triggerId);
      if (own?.version !== version) return [];
      kept.set(triggerId, own);
      const { body, rule } = own;
      return [{ trigger: { ...row, body }, rule, spent: spent.get(triggerId) ?? nothing }];
    });
    known = kept;
    generation = db.generation;
    return watched;
  };
}
