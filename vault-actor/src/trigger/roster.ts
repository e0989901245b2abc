/**
 * The triggers that are watched, in memory, and when each is to be looked at again.
 *
 * Read again when anybody but a look changes a trigger: what was changed is looked at anew. When a
 * look is taken back all of them are, which does no harm.
 */
import type { Account } from "#protocol/names";
import type { Database } from "../storage/database.ts";
import { changesOf } from "./changes.ts";
import type { Rule } from "./consider.ts";
import type { Dependency } from "./leaf-kind.ts";
import type { Standing, Trigger } from "./trigger.ts";
import { createWatched, type Watched } from "./watched-store.ts";

/** A trigger that is watched. What a look learns of it is written here as well. */
export type Entry = {
  readonly trigger: Trigger;
  readonly rule: Rule;
  readonly depends: readonly Dependency[];
  /** The names of its inputs, as `inputName` has them. */
  readonly inputs: readonly string[];
  /** Whether it asks for the execution of its last firing. */
  readonly asksForExecution: boolean;
  standing: Standing;
  spent: ReadonlySet<string>;
  /** Whether that execution was open when it was looked at last. */
  busy: boolean;
  /** When time alone asks for a look. */
  lookMs: number;
};

/** The name of an input: what changes under this name concerns whoever depends on it. */
export function inputName(one: Dependency): string | undefined {
  if (one.kind === "execution") return undefined;
  if (one.kind === "chain") return `chain/${one.read.key}`;
  return one.kind === "logs" ? `logs/${one.filter.key}` : `series/${one.series}`;
}

/** Creates the roster of one vault. */
export function createRoster(db: Database) {
  const watched = createWatched(db);
  let entries: readonly Entry[] | undefined;
  let changes = 0;

  return {
    /** The triggers that are active, the oldest first. */
    of(account: Account): readonly Entry[] {
      if (entries === undefined || changes !== changesOf(db)) {
        changes = changesOf(db);
        const before = new Map(entries?.map((entry) => [entry.trigger.triggerId, entry]));
        entries = watched(account).map((one) => {
          const known = before.get(one.trigger.triggerId);
          return known !== undefined && isUnchanged(known, one) ? known : entryOf(one);
        });
      }
      if (entries.some(({ standing }) => standing.state !== "ACTIVE")) {
        entries = entries.filter(({ standing }) => standing.state === "ACTIVE");
      }
      return entries;
    },

    /** Reads everything again: what was learnt was not written. */
    forget(): void {
      entries = undefined;
    },
  };
}

/** Whether its owner has not touched a trigger: then what a look has learnt of it still holds. */
function isUnchanged(known: Entry, { trigger, rule }: Watched): boolean {
  const { updatedMs, creatorKeyId } = known.trigger;
  return (
    known.rule === rule &&
    updatedMs === trigger.updatedMs &&
    creatorKeyId === trigger.creatorKeyId &&
    known.standing.activeMs === trigger.standing.activeMs
  );
}

function entryOf(one: Watched): Entry {
  const { trigger, rule, spent } = one;
  const depends = [...rule.condition.depends, ...(rule.clear?.depends ?? [])];
  return {
    trigger,
    rule,
    depends,
    inputs: [...new Set(depends.flatMap((dependency) => inputName(dependency) ?? []))],
    asksForExecution: depends.some(({ kind }) => kind === "execution"),
    standing: trigger.standing,
    spent,
    busy: false,
    lookMs: Number.NEGATIVE_INFINITY,
  };
}
