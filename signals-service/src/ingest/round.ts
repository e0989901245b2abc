/** Decides whether what is known of a series now is a round of its own. Pure. */
import { create } from "@bufbuild/protobuf";
import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { type Observation, ObservationSchema, Quality } from "#gen/signal/v1/observation";
import { type Draft, inOrder } from "../aggregate/draft.ts";

/** What becomes of a draft. */
export type Step =
  | { readonly kind: "round"; readonly observation: Observation }
  /** The same as before, read again: only its dates move. */
  | { readonly kind: "read again"; readonly observation: Observation }
  | { readonly kind: "same"; readonly observation: Observation };

/**
 * The next step of a series after its latest observation. Something else is known: a new round.
 * A value of a time that was told already corrects it: the next revision. That there is nothing
 * is said once, however often it is found.
 */
export function stepOf(
  draft: Draft,
  latest: Observation | undefined,
  evidence: Uint8Array,
  publishMs: number,
): Step {
  if (latest !== undefined && isSame(draft, latest)) return readAgain(draft, latest);
  // More or fewer sources are no correction.
  const isOfSameTime =
    latest !== undefined &&
    msOf(latest.observeTime) === draft.observeMs &&
    latest.sources.join() === draft.sources.join();
  const isCorrected =
    isOfSameTime &&
    draft.value !== undefined &&
    latest.value !== undefined &&
    draft.value !== latest.value;
  const wasRevised = isOfSameTime && latest.revision > 1 && draft.value !== undefined;
  const isRevised = isCorrected || wasRevised;
  const revision = !isRevised ? 1 : (latest?.revision ?? 0) + (isCorrected ? 1 : 0);
  const observation = create(ObservationSchema, {
    series: draft.series,
    round: (latest?.round ?? 0n) + 1n,
    ...(draft.value === undefined ? {} : { value: draft.value }),
    ...(draft.low === undefined ? {} : { low: draft.low }),
    ...(draft.high === undefined ? {} : { high: draft.high }),
    confidenceBps: draft.confidenceBps,
    ...datesOf(draft),
    publishTime: timestampFromMs(publishMs),
    sources: [...draft.sources],
    evidenceHash: evidence,
    qualities: [...inOrder([...draft.qualities, ...(isRevised ? [Quality.REVISED] : [])])],
    revision,
  });
  return { kind: "round", observation };
}

/** Milliseconds since the epoch; 0: never. */
export function msOf(time: Observation["observeTime"]): number {
  return time === undefined ? 0 : timestampMs(time);
}

function readAgain(draft: Draft, latest: Observation): Step {
  const fetched = msOf(latest.fetchTime);
  const isLater =
    draft.fetchMs > fetched ||
    (draft.fetchMs === fetched && draft.expireMs > msOf(latest.expireTime));
  if (!isLater) return { kind: "same", observation: latest };
  const observation = create(ObservationSchema, { ...latest, ...datesOf(draft) });
  return { kind: "read again", observation };
}

/** What was never read has no dates. */
function datesOf({ expireMs, fetchMs, observeMs }: Draft) {
  return {
    ...(observeMs === 0 ? {} : { observeTime: timestampFromMs(observeMs) }),
    ...(fetchMs === 0 ? {} : { fetchTime: timestampFromMs(fetchMs) }),
    ...(expireMs === 0 ? {} : { expireTime: timestampFromMs(expireMs) }),
  };
}

function isSame(draft: Draft, latest: Observation): boolean {
  const known = latest.qualities.filter((quality) => quality !== Quality.REVISED);
  return (
    draft.value === latest.value &&
    draft.low === latest.low &&
    draft.high === latest.high &&
    draft.confidenceBps === latest.confidenceBps &&
    (draft.value === undefined || draft.observeMs === msOf(latest.observeTime)) &&
    draft.sources.join() === latest.sources.join() &&
    draft.qualities.filter((quality) => quality !== Quality.REVISED).join() === known.join()
  );
}
