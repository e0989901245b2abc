/**
 * The series that are published: what each measures, in which unit, and how far it is trusted.
 *
 * Pure. Which series there are depends on the deployment: markets and publishers are its choice.
 */
import { create } from "@bufbuild/protobuf";
import { durationFromMs, durationMs } from "@bufbuild/protobuf/wkt";
import { type Series, SeriesSchema } from "#gen/signal/v1/series";
import { editorialSeries } from "./editorial.ts";
import { geoSeries } from "./geo.ts";
import { infraSeries } from "./infra.ts";
import { macroSeries } from "./macro.ts";
import { marketSeries } from "./market.ts";
import { militarySeries } from "./military.ts";
import { naturalSeries } from "./natural.ts";
import { predictionSeries } from "./prediction.ts";
import { serviceSeries } from "./service.ts";
import { supplySeries } from "./supply.ts";

/** All series, by id, in the order of their ids. */
export type Registry = ReadonlyMap<string, Series>;

/** What the series depend on. */
export type RegistrySettings = {
  /** How fast this deployment's time runs against a real one's: 1 where a minute is a minute. */
  readonly pace: number;
  /** The markets of Polymarket by condition id: 64 hexadecimal digits, without `0x`. */
  readonly conditions: readonly string[];
  /** The series of publishers. */
  readonly custom: readonly Series[];
};

/** Puts all series together. Throws when two have one id. */
export function createRegistry(settings: RegistrySettings): Registry {
  const others = [
    ...marketSeries,
    ...geoSeries,
    ...militarySeries,
    ...supplySeries,
    ...editorialSeries,
    ...naturalSeries,
    ...macroSeries,
    ...infraSeries,
    ...predictionSeries(settings.conditions),
    ...settings.custom,
  ];
  const all = [...others, ...serviceSeries(others)];
  const ids = new Set(all.map(({ id }) => id));
  if (ids.size !== all.length) throw new Error("two series have one id");
  return new Map(
    all
      .map((series) => paced(series, settings.pace))
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .map((series) => [series.id, series] as const),
  );
}

function paced(series: Series, pace: number): Series {
  if (pace === 1 || series.heartbeat === undefined) return series;
  const heartbeat = durationFromMs(Math.max(1, Math.round(durationMs(series.heartbeat) * pace)));
  return create(SeriesSchema, { ...series, heartbeat });
}
