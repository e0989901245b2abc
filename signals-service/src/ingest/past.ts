/** Which earlier values the series need that follow from their past. Pure. */
import { Derivation_Function } from "#gen/signal/v1/derivation";
import type { Series } from "#gen/signal/v1/series";
import type { Draft } from "../aggregate/draft.ts";
import { msOf } from "../normalise/age.ts";
import type { Registry } from "../series/registry.ts";

/** An earlier value that is wanted: the last that was observed by a time, and not too long before. */
export type EarlierTarget = {
  /** The series that needs it. */
  readonly wantedBy: string;
  /** The series whose value it is. */
  readonly series: string;
  readonly atMs: number;
  readonly notBeforeMs: number;
};

/** What the given series need. An earlier value is good as long as it was when it was the latest. */
export function earlierTargets(
  wanting: readonly Series[],
  registry: Registry,
  drafts: ReadonlyMap<string, Draft>,
): readonly EarlierTarget[] {
  return wanting.flatMap(({ derivation, id }) => {
    if (derivation?.function !== Derivation_Function.DELTA) return [];
    const latest = drafts.get(derivation.series);
    if (latest?.value === undefined) return [];
    const atMs = latest.observeMs - msOf(derivation.window);
    const maxAgeMs = msOf(registry.get(derivation.series)?.maxContentAge);
    return [{ wantedBy: id, series: derivation.series, atMs, notBeforeMs: atMs - maxAgeMs }];
  });
}
