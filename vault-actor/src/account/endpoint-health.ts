/**
 * How well an endpoint (a node or a bundler) has answered of late, and who is asked first. Pure.
 *
 * A breaker in three states: closed, it is asked; open after failures in a row, it is asked only
 * when nobody else is left; half-open when its pause is over, one call may find out whether it is
 * back. What is known is memory of one vault: after a restart everybody is well again.
 */

/** What is known of an endpoint. */
export type EndpointHealth = {
  /** Failures since it last answered. */
  readonly failures: number;
  /** Its answering time in milliseconds, averaged with weights that fall (EWMA). */
  readonly latencyMs: number | undefined;
  /** When its pause ends. Zero: it has none. */
  readonly pausedUntilMs: number;
};

/** What is known of endpoints, by URL. */
export type HealthBook = Map<string, EndpointHealth>;

/** Where the breaker stands. */
export type Breaker = "closed" | "open" | "half-open";

/** An endpoint that nothing is known of. */
export const unknownHealth: EndpointHealth = {
  failures: 0,
  latencyMs: undefined,
  pausedUntilMs: 0,
};

/** Failures in a row after which an endpoint is paused. */
const opensAfter = 2;
const firstPauseMs = 2_000;
const longestPauseMs = 60_000;

/** An endpoint that takes longer comes after those that don't. */
const slowMs = 2_500;

/** What the newest answer counts for in the average. */
const newestWeight = 0.3;

/** Where the breaker stands. */
export function breakerOf(health: EndpointHealth, nowMs: number): Breaker {
  if (health.pausedUntilMs === 0) return "closed";
  return nowMs < health.pausedUntilMs ? "open" : "half-open";
}

/** An answer came: whatever it says, the endpoint works. */
export function answered(health: EndpointHealth, tookMs: number): EndpointHealth {
  const before = health.latencyMs ?? tookMs;
  const latencyMs = before + newestWeight * (tookMs - before);
  return { failures: 0, latencyMs, pausedUntilMs: 0 };
}

/** No answer came, or none that can be used. Each pause is twice the one before. */
export function failed(health: EndpointHealth, nowMs: number): EndpointHealth {
  const failures = health.failures + 1;
  const doublings = Math.min(failures - opensAfter, 16);
  const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** doublings);
  return { ...health, failures, pausedUntilMs: failures < opensAfter ? 0 : nowMs + pauseMs };
}

/** One call is on its way to find out: until it could have failed, nobody else tries. */
export function probed(health: EndpointHealth, nowMs: number, deadlineMs: number): EndpointHealth {
  return { ...health, pausedUntilMs: nowMs + deadlineMs };
}

/**
 * Endpoints in the order in which to ask them: those that are well, as they are configured, then
 * those that failed or are slow, then the paused. All of them, so that when everybody fails
 * everybody is still tried. One whose pause is over has its place back.
 */
export function inOrder(
  urls: readonly string[],
  book: ReadonlyMap<string, EndpointHealth>,
  nowMs: number,
): readonly string[] {
  const grades = new Map(urls.map((url) => [url, gradeOf(book.get(url) ?? unknownHealth, nowMs)]));
  return [...urls].sort((a, b) => (grades.get(a) ?? 0) - (grades.get(b) ?? 0));
}

function gradeOf(health: EndpointHealth, nowMs: number): number {
  const breaker = breakerOf(health, nowMs);
  if (breaker === "open") return 2;
  if (breaker === "half-open") return 0;
  return health.failures > 0 || (health.latencyMs ?? 0) > slowMs ? 1 : 0;
}
