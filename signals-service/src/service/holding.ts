/**
 * Says how long an answer to a read holds, in the words of HTTP caches (RFC 9111).
 *
 * A shared cache may keep it, and must ask again when the time is over: nobody gets an answer of
 * a round whose successor is due. What is not marked here is never kept.
 */
import type { HandlerContext } from "@connectrpc/connect";

/** The longest that anything is kept, in milliseconds: history is thinned out in time. */
const longestMs = 3_600_000;

/** Marks the answer of a handler as good until a time. Does nothing but for reads by GET. */
export function holdUntil(context: HandlerContext, untilMs: number, nowMs: number): void {
  if (context.requestMethod !== "GET") return;
  const leftMs = Math.min(longestMs, Math.max(0, untilMs - nowMs));
  // Rounded down: a second too few costs a request, a second too many an old answer.
  const field = `public, max-age=${Math.floor(leftMs / 1000)}, must-revalidate`;
  context.responseHeader.set("cache-control", field);
}

/** Marks the answer of a handler as one that will not change. */
export function holdLong(context: HandlerContext, nowMs: number): void {
  holdUntil(context, nowMs + longestMs, nowMs);
}
