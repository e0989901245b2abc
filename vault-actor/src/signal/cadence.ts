/**
 * Tells when a round is worth asking for again, from signed data only. Pure.
 *
 * A vault that depends on slow series asks as seldom as they speak, however often the feed
 * publishes others.
 */
import { durationMs, timestampMs } from "@bufbuild/protobuf/wkt";
import type { World } from "./world.ts";

/** When the first of some series is expected to say something new: a time at which the feed publishes. */
export function expectedMs(world: World, wanted: Iterable<string>): number {
  const { publishMs, nextPublishMs } = world;
  let soonestMs = Number.POSITIVE_INFINITY;
  for (const id of wanted) soonestMs = Math.min(soonestMs, seriesMs(world, id));
  const periodMs = nextPublishMs - publishMs;
  if (soonestMs === Number.POSITIVE_INFINITY || soonestMs <= nextPublishMs || periodMs <= 0) {
    return nextPublishMs;
  }
  return nextPublishMs + Math.ceil((soonestMs - nextPublishMs) / periodMs) * periodMs;
}

/** When a series is expected. What is not known or is somebody else's may come with every round. */
function seriesMs({ series, observations, nextPublishMs }: World, id: string): number {
  const known = series.get(id);
  const fetchTime = observations.get(id)?.fetchTime;
  if (known?.heartbeat === undefined || fetchTime === undefined) return nextPublishMs;
  if (known.publisherKeyId !== "") return nextPublishMs;
  return timestampMs(fetchTime) + durationMs(known.heartbeat);
}
