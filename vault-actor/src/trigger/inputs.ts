/**
 * What an evaluation looks at, and its recorded form.
 *
 * Pure. A record keeps just what the condition can look at, so that a firing replays to the
 * same verdict without the rest of the world.
 */
import { create } from "@bufbuild/protobuf";
import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { SeriesSchema } from "#gen/signal/v1/series";
import type { Condition } from "#gen/trigger/v1/condition";
import { type Inputs, InputsSchema } from "#gen/trigger/v1/firing";
import type { World } from "../signal/world.ts";
import { childrenOf } from "./tree.ts";

/** The inputs of one evaluation. */
export type View = Pick<World, "round" | "observations" | "events" | "series"> & {
  readonly nowMs: number;
  /** Ids of the events that fired this trigger before. */
  readonly consumed: ReadonlySet<string>;
};

/** The series that a condition names. */
export function seriesOf(condition: Condition): ReadonlySet<string> {
  const { test } = condition;
  const own: string[] = [];
  if (test.case === "signalThreshold" || test.case === "signalBand" || test.case === "eventMatch") {
    own.push(test.value.series);
  }
  return new Set([...own, ...childrenOf(condition).flatMap((c) => [...seriesOf(c.condition)])]);
}

/** What of the view is not an observation or an event, as `Inputs.state` holds it. */
type RecordedState = {
  readonly consumed: readonly string[];
  /** By series id: how old a reading of the source may be, in seconds. */
  readonly transportSeconds: Readonly<Record<string, number>>;
};

/** Writes the record of what `condition` can look at. */
export function recordInputs(condition: Condition, view: View): Inputs {
  const names = [...seriesOf(condition)].sort();
  const events = view.events.filter((event) => names.includes(event.series));
  const state: RecordedState = {
    consumed: events.map((event) => event.id).filter((id) => view.consumed.has(id)),
    transportSeconds: Object.fromEntries(
      names.flatMap((name) => {
        const seconds = view.series.get(name)?.maxTransportAge?.seconds;
        return seconds === undefined ? [] : [[name, Number(seconds)]];
      }),
    ),
  };
  return create(InputsSchema, {
    observations: names.flatMap((name) => view.observations.get(name) ?? []),
    events,
    now: timestampFromMs(view.nowMs),
    round: view.round,
    state: new TextEncoder().encode(JSON.stringify(state)),
  });
}

/** Reads a record back. */
export function viewOf(inputs: Inputs): View {
  const state = JSON.parse(new TextDecoder().decode(inputs.state)) as RecordedState;
  return {
    round: inputs.round,
    nowMs: inputs.now === undefined ? 0 : timestampMs(inputs.now),
    observations: new Map(inputs.observations.map((o) => [o.series, o] as const)),
    events: inputs.events,
    consumed: new Set(state.consumed),
    series: new Map(
      Object.entries(state.transportSeconds).map(([id, seconds]) => [
        id,
        create(SeriesSchema, { id, maxTransportAge: { seconds: BigInt(seconds) } }),
      ]),
    ),
  };
}
