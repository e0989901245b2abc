/** Reads from the database what is known before a run. */
import { guardDepth } from "../aggregate/step.ts";
import { msOf } from "../normalise/age.ts";
import type { Registry } from "../series/registry.ts";
import { knownEvents } from "../store/event-store.ts";
import { lastRounds } from "../store/observation-store.ts";
import type { Sql } from "../store/postgres.ts";
import { latestReadings } from "../store/reading-store.ts";
import type { Known } from "./advance.ts";
import { keyOf } from "./merge-events.ts";
import type { Said } from "./said.ts";

/** For how long an event that is not listed any more can still be taken back, at least. */
const keptMs = 8 * 86_400_000;

/** Reads what a run has to know to judge what was said. */
export async function readKnown(
  sql: Sql,
  registry: Registry,
  said: readonly Said[],
  nowMs: number,
): Promise<Known> {
  const windows = [...registry.values()].map(({ derivation }) => msOf(derivation?.window));
  const ids = [...new Set(said.flatMap(({ events }) => events.flatMap((event) => event.ids)))];
  const sinceMs = nowMs - Math.max(keptMs, ...windows);
  const events = await knownEvents(sql, sinceMs, ids);
  return {
    rounds: await lastRounds(sql, guardDepth),
    readings: await latestReadings(sql),
    events: new Map(events.map((event) => [keyOf(event), event] as const)),
  };
}
