/**
 * Judges one event that a source tells of.
 *
 * Pure. What has no identity or no possible time is dropped; what else is impossible is missing,
 * and says so. Texts are for facts: a code, a number, the name of a place. A headline or a
 * description is somebody's work and is not passed on, whatever an adapter hands over.
 */
import { Quality } from "#gen/signal/v1/observation";
import { type Series, Series_LicenceClass } from "#gen/signal/v1/series";
import type { EventReading } from "../source/source.ts";
import { aheadMs } from "./age.ts";
import { readDecimal, roundTo, writeDecimal } from "./decimal.ts";
import { isPlausible } from "./range.ts";

const maxAttributes = 8;
const maxLength = 64;
const key = /^[a-z][a-z0-9_]{0,63}$/;
/** A code, a number or a time: nothing that could be a sentence or an address. */
const fact = /^[A-Za-z0-9_.:+-]+$/;
const placeKeys: ReadonlySet<string> = new Set([
  "admin",
  "area",
  "city",
  "country",
  "place",
  "region",
  "theater",
]);
const proseKeys: ReadonlySet<string> = new Set([
  "body",
  "description",
  "headline",
  "summary",
  "text",
  "title",
  "url",
]);

/** Judges an event. `undefined`: it can't be told from others, or can't have happened then. */
export function judgeEvent(
  reading: EventReading,
  series: Series,
  fetchMs: number,
): EventReading | undefined {
  const ids = [...new Set(reading.ids)].filter((id) => id.length > 0 && id.length <= 128);
  const { occurMs } = reading;
  if (ids.length === 0 || !Number.isFinite(occurMs) || occurMs > fetchMs + aheadMs)
    return undefined;
  const qualities = new Set(reading.qualities ?? []);
  const magnitude = magnitudeOf(reading.magnitude, series);
  const severity = severityOf(reading.severityBps);
  if (magnitude === "impossible" || severity === "impossible") {
    qualities.add(Quality.OUT_OF_BOUNDS);
  }
  const { confidenceBps, expireMs, place } = reading;
  return {
    series: series.id,
    ids,
    status: reading.status,
    type: reading.type.slice(0, maxLength),
    severityBps: severity === "impossible" ? 0 : severity,
    magnitude: magnitude === "impossible" ? undefined : magnitude,
    occurMs: Math.floor(occurMs),
    ...(expireMs !== undefined && Number.isFinite(expireMs)
      ? { expireMs: Math.floor(expireMs) }
      : {}),
    place: place !== undefined && isOnEarth(place) ? place : undefined,
    ...(isBps(confidenceBps) ? { confidenceBps } : {}),
    qualities: [...qualities].sort((a, b) => a - b),
    attributes: attributesOf(reading.attributes, series),
  };
}

function magnitudeOf(text: string | undefined, series: Series): string | "impossible" | undefined {
  if (text === undefined) return undefined;
  const units = readDecimal(text);
  if (units === undefined || !isPlausible(units, series)) return "impossible";
  return writeDecimal(roundTo(units, series.decimals));
}

function severityOf(bps: number): number | "impossible" {
  return isBps(bps) ? bps : "impossible";
}

function isBps(bps: number | undefined): bps is number {
  return bps !== undefined && Number.isInteger(bps) && bps >= 0 && bps <= 10_000;
}

function isOnEarth({ latitudeE6, longitudeE6 }: { latitudeE6: number; longitudeE6: number }) {
  return (
    Number.isInteger(latitudeE6) &&
    Number.isInteger(longitudeE6) &&
    Math.abs(latitudeE6) <= 90_000_000 &&
    Math.abs(longitudeE6) <= 180_000_000
  );
}

/** At most 8, the first by key. One that is too long is dropped: half a fact is another one. */
function attributesOf(
  attributes: Readonly<Record<string, string>>,
  { licenceClass }: Series,
): Readonly<Record<string, string>> {
  const isOpen = licenceClass === Series_LicenceClass.PUBLIC;
  const allowed = Object.entries(attributes).filter(([name, value]) => {
    if (!key.test(name) || proseKeys.has(name)) return false;
    if (value.length === 0 || value.length > maxLength) return false;
    return isOpen || placeKeys.has(name) || fact.test(value);
  });
  return Object.fromEntries(allowed.sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, maxAttributes));
}
