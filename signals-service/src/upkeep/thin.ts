/** Decides what of old history is superfluous. Pure. */
import { readDecimal } from "../normalise/decimal.ts";

/** How long the spans are of which thinned history keeps a few observations, in milliseconds. */
export const bucketMs = 600_000;

/** An observation, as far as thinning looks at it. */
export type Point = {
  readonly round: string;
  readonly publishMs: number;
  /** A base-10 decimal. `null`: the observation says that there is none. */
  readonly value: string | null;
};

/**
 * The points that go. Of every bucket the last, the least and the largest value stay, the first
 * of equal ones; and each that says that there is no value where values cease or come back, so
 * that a gap still shows.
 *
 * @param points In the order of their rounds; whole buckets.
 * @param around What comes right before and after them. Absent: nothing does.
 */
export function superfluous(
  points: readonly Point[],
  around: { readonly before?: Point | undefined; readonly after?: Point | undefined },
): readonly Point[] {
  const stay = new Set<Point>();
  for (const bucket of Map.groupBy(points, bucketOf).values()) {
    const values = bucket.filter(hasValue);
    for (const point of [bucket.at(-1), extreme(values, -1), extreme(values, 1)]) {
      if (point !== undefined) stay.add(point);
    }
  }
  for (const [index, point] of points.entries()) {
    const before = points[index - 1] ?? around.before;
    const after = points[index + 1] ?? around.after;
    const edge = [before, after].some((one) => one !== undefined && hasValue(one));
    if (!hasValue(point) && edge) stay.add(point);
  }
  return points.filter((point) => !stay.has(point));
}

/** The points of whole buckets, of the oldest of a series: the last bucket may have more to come. */
export function wholeBuckets(points: readonly Point[], complete: boolean): readonly Point[] {
  const last = points.at(-1);
  if (complete || last === undefined) return points;
  const whole = points.filter((point) => bucketOf(point) !== bucketOf(last));
  // A bucket of more than is read at once is thinned in parts.
  return whole.length === 0 ? points : whole;
}

/** The start of the bucket that a time is in, in milliseconds since the epoch. */
export function bucketStart(atMs: number): number {
  return Math.floor(atMs / bucketMs) * bucketMs;
}

type Valued = Point & { readonly value: string };

function hasValue(point: Point): point is Valued {
  return point.value !== null;
}

function bucketOf({ publishMs }: Point): number {
  return bucketStart(publishMs);
}

/** The least (-1) or the largest (1) value, the first of equal ones. */
function extreme(points: readonly Valued[], wanted: 1 | -1): Point | undefined {
  return points.reduce<Valued | undefined>(
    (best, point) =>
      best === undefined || order(point.value, best.value) === wanted ? point : best,
    undefined,
  );
}

function order(a: string, b: string): number {
  const [left, right] = [readDecimal(a) ?? 0n, readDecimal(b) ?? 0n];
  return left === right ? 0 : left < right ? -1 : 1;
}
