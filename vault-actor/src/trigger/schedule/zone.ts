/**
 * The clock of a time zone: how far it is ahead of UTC, and from when until when.
 *
 * Pure: what `Intl` knows of a zone does not change while a program runs, and what was asked is
 * kept. Asking costs about a microsecond, so an offset is asked for once in four days of a zone.
 */

/** A stretch of time with one offset. */
export type Span = {
  /** Included. */
  readonly fromMs: number;
  /** Not included. */
  readonly toMs: number;
  /** What is added to UTC to get the local time. */
  readonly offsetMs: number;
};

type Zone = {
  readonly format: Intl.DateTimeFormat;
  /** By number of the cell. */
  readonly cells: Map<number, readonly Span[]>;
};

/** The most zones that are kept, and cells of each; who came first leaves. */
const maxZones = 64;
const maxCells = 256;

/**
 * A cell of one offset at both ends is taken to have it throughout. The shortest stay of a zone
 * in an offset since 1970 is a week.
 */
const cellMs = 4 * 86_400_000;

const zones = new Map<string, Zone>();

/** Whether `Intl` knows an IANA zone of this name. Offsets such as `+01:00` are none. */
export function isZone(name: string): boolean {
  return /^[A-Za-z]/.test(name) && zoneOf(name) !== undefined;
}

/** The stretches of time that meet `fromMs` to `toMs`, both included, in order. */
export function* spansFrom(name: string, fromMs: number, toMs: number): Generator<Span> {
  for (let at = fromMs; at <= toMs; ) {
    const span = spanAt(name, at);
    yield span;
    at = span.toMs;
  }
}

/** The same, the latest first. */
export function* spansBackFrom(name: string, toMs: number, fromMs: number): Generator<Span> {
  for (let at = toMs; at >= fromMs; ) {
    const span = spanAt(name, at);
    yield span;
    at = span.fromMs - 1;
  }
}

/** The stretch of time around `ms`, at most four days long. A zone that is unknown is UTC. */
export function spanAt(name: string, ms: number): Span {
  const index = Math.floor(ms / cellMs);
  const zone = zoneOf(name);
  if (zone === undefined) return cellOf(index, 0);
  let spans = zone.cells.get(index);
  if (spans === undefined) {
    spans = spansOf(zone.format, index);
    keep(zone.cells, index, spans, maxCells);
  }
  return spans.find((span) => ms < span.toMs) ?? cellOf(index, 0);
}

function zoneOf(name: string): Zone | undefined {
  const known = zones.get(name);
  if (known !== undefined) return known;
  try {
    const format = new Intl.DateTimeFormat("en-US", {
      timeZone: name,
      timeZoneName: "longOffset",
    });
    const zone: Zone = { format, cells: new Map() };
    keep(zones, name, zone, maxZones);
    return zone;
  } catch {
    return undefined;
  }
}

function keep<K, V>(map: Map<K, V>, key: K, value: V, limit: number): void {
  const [oldest] = map.keys();
  if (map.size >= limit && oldest !== undefined) map.delete(oldest);
  map.set(key, value);
}

function cellOf(index: number, offsetMs: number): Span {
  return { fromMs: index * cellMs, toMs: (index + 1) * cellMs, offsetMs };
}

/** The spans of a cell, cut where the offset changes. */
function spansOf(format: Intl.DateTimeFormat, index: number): readonly Span[] {
  const { fromMs, toMs } = cellOf(index, 0);
  const spans: Span[] = [];
  const last = offsetAt(format, toMs);
  let at = fromMs;
  let offsetMs = offsetAt(format, at);
  while (offsetMs !== last) {
    // Changes are at whole seconds: the offset is the old one at `low` and another at `high`.
    let low = at / 1000;
    let high = toMs / 1000;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (offsetAt(format, middle * 1000) === offsetMs) low = middle;
      else high = middle;
    }
    spans.push({ fromMs: at, toMs: high * 1000, offsetMs });
    at = high * 1000;
    offsetMs = offsetAt(format, at);
  }
  if (at < toMs) spans.push({ fromMs: at, toMs, offsetMs });
  return spans;
}

/** Reads the offset off a date that ends in `GMT`, `GMT+05:45` or `GMT-00:44:30`. */
function offsetAt(format: Intl.DateTimeFormat, ms: number): number {
  const match = /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(format.format(ms));
  if (match === null) return 0;
  const [, sign, hours, minutes, seconds = "0"] = match;
  const size = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return (sign === "-" ? -size : size) * 1000;
}
