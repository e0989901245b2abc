/** Numbers that follow from the events of a window. Pure. What was taken back never counts. */
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { type Derivation, Derivation_Function } from "#gen/signal/v1/derivation";
import { type Event, Event_Status } from "#gen/signal/v1/event";
import { Quality } from "#gen/signal/v1/observation";
import { aheadMs, msOf } from "../normalise/age.ts";
import { bySize, readDecimal, writeDecimal } from "../normalise/decimal.ts";
import { isWithin } from "./zone.ts";

/** A derived value, or none, and the doubts of its own. */
export type Derived = {
  readonly value: string | undefined;
  readonly doubts: readonly Quality[];
};

/**
 * Computes a function over events. The window ends at `endMs`, when the source was as it is told,
 * and has its start outside and its end inside.
 */
export function deriveFromEvents(
  derivation: Derivation,
  events: readonly Event[],
  endMs: number,
): Derived {
  const chosen = events.filter((event) => isMeant(event, derivation, endMs));
  switch (derivation.function) {
    case Derivation_Function.COUNT:
      return { value: String(chosen.length), doubts: doubtsOf(chosen) };
    case Derivation_Function.MAX_SEVERITY:
      return largest(chosen, severityOf, "0");
    case Derivation_Function.ACTIVE:
      return largest(chosen, magnitudeOf, "0");
    case Derivation_Function.MAX_MAGNITUDE:
      return largest(chosen, magnitudeOf, undefined);
    default:
      return { value: undefined, doubts: [] };
  }
}

/**
 * The largest of what is known. An event that doesn't say how large it is, is not zero: when
 * none says, nothing is known, and when some don't, only a part is covered.
 */
function largest(
  events: readonly Event[],
  sizeOf: (event: Event) => bigint | undefined,
  none: string | undefined,
): Derived {
  const sizes = bySize(events.flatMap((event) => sizeOf(event) ?? []));
  const size = sizes.at(-1);
  if (size === undefined) {
    return { value: events.length === 0 ? none : undefined, doubts: doubtsOf(events) };
  }
  const isPartial = sizes.length < events.length;
  const partial = isPartial ? [Quality.PARTIAL_COVERAGE] : [];
  return { value: writeDecimal(size), doubts: [...doubtsOf(events), ...partial] };
}

function isMeant(event: Event, derivation: Derivation, endMs: number): boolean {
  const { country, function: fn, minMagnitude, minSeverityBps, types, window, zone } = derivation;
  if (event.status === Event_Status.RETRACTED) return false;
  const occurMs = event.occurTime === undefined ? undefined : timestampMs(event.occurTime);
  if (occurMs === undefined || occurMs > endMs + aheadMs) return false;
  if (fn === Derivation_Function.ACTIVE && isOver(event, endMs)) return false;
  if (window !== undefined && occurMs <= endMs - msOf(window)) return false;
  if (types.length > 0 && !types.includes(event.type)) return false;
  if (country !== "" && event.attributes.country !== country) return false;
  if (event.severityBps < minSeverityBps) return false;
  if (minMagnitude !== "") {
    const [least, size] = [readDecimal(minMagnitude), magnitudeOf(event)];
    if (least === undefined || size === undefined || size < least) return false;
  }
  return zone === undefined || (event.place !== undefined && isWithin(event.place, zone));
}

function isOver({ status, expireTime }: Event, endMs: number): boolean {
  const isExpired = expireTime !== undefined && timestampMs(expireTime) <= endMs;
  return status === Event_Status.CLOSED || isExpired;
}

/** A doubt about an event is one about what counts it. What may be corrected is no doubt here. */
function doubtsOf(events: readonly Event[]): readonly Quality[] {
  const doubts = events.flatMap(({ qualities }) => qualities);
  return doubts.filter((doubt) => doubt !== Quality.PRELIMINARY && doubt !== Quality.REVISED);
}

function severityOf({ severityBps }: Event): bigint | undefined {
  return severityBps === 0 ? undefined : readDecimal(String(severityBps));
}

function magnitudeOf({ magnitude }: Event): bigint | undefined {
  return magnitude === undefined ? undefined : readDecimal(magnitude);
}
