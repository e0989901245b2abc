/** Whether a vault that has something to watch went on watching. Pure. */
import { type Finding, lookMs, type Span } from "./history.ts";
import type { Feed } from "./script/feed.ts";
import type { Look } from "./vault/record.ts";

/** Every round that is published while all is calm is looked at in time. */
export function checkLooks(
  feed: Feed,
  looks: readonly Look[],
  calm: readonly Span[],
  watched: readonly Span[],
): readonly Finding[] {
  const latestMs = lookMs(feed);
  const within = (spans: readonly Span[], fromMs: number, toMs: number) =>
    spans.some((span) => span.fromMs <= fromMs && toMs <= span.toMs);
  let next = 0;
  for (const { number, publishMs } of feed.rounds) {
    const toMs = publishMs + latestMs;
    while ((looks[next]?.atMs ?? Number.POSITIVE_INFINITY) < publishMs) next += 1;
    if (!within(calm, publishMs, toMs) || !within(watched, publishMs - feed.periodMs, toMs))
      continue;
    let index = next;
    let seen = false;
    for (let look = looks[index]; look !== undefined && look.atMs <= toMs; look = looks[++index]) {
      seen ||= look.round >= number;
    }
    if (!seen) return [{ kind: "stuck", words: `round ${number} was not looked at in time` }];
  }
  return [];
}
