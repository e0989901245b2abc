/**
 * Upstream bodies in the shapes that the sources answer with, all their fields included, and a
 * feed that reads them as the signals service does, without its database. The values are invented.
 */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type Observation, ObservationSchema } from "#gen/signal/v1/observation";
import { ManifestSchema, SeriesEntrySchema } from "#gen/signal/v1/snapshot";
import type { Result } from "#protocol/result";
import { findKnown, reviseEvent } from "../../../signals-service/src/ingest/event.ts";
import { judgeReading } from "../../../signals-service/src/normalise/observation.ts";
import { buildSnapshot, entriesOf } from "../../../signals-service/src/publish/snapshot.ts";
import { readPrices } from "../../../signals-service/src/source/coingecko.ts";
import type { AskFailure, SourceReadings } from "../../../signals-service/src/source/source.ts";
import { readQuakes } from "../../../signals-service/src/source/usgs.ts";
import { readScores } from "../../../signals-service/src/source/world-monitor/risk-scores.ts";
import type { StoredEvent } from "../../../signals-service/src/store/event-store.ts";
import { type World, worldOf } from "../../src/signal/world.ts";
import { registry } from "./registry.ts";

type Source = {
  readonly id: string;
  readonly read: (answer: unknown, nowMs: number) => Result<SourceReadings, AskFailure>;
};

/** What a source answers when it is asked. */
export type Answer = (nowMs: number) => { readonly source: Source; readonly body: string };

const sources = {
  coingecko: { id: "coingecko", read: readPrices },
  usgs: { id: "usgs", read: readQuakes },
  worldMonitor: { id: "world-monitor.risk-scores", read: readScores },
};

/** CoinGecko's simple price, a few seconds old. `null`: it has none. */
export function prices(usd: Readonly<Record<string, number | null>>): Answer {
  return (nowMs) => {
    const entries = Object.entries(usd).map(([coin, price]) => [
      coin,
      {
        usd: price,
        usd_market_cap: 61_234_567_890.12,
        usd_24h_vol: 7_123_456_789.01,
        usd_24h_change: -0.0123,
        last_updated_at: Math.floor(nowMs / 1000) - 6,
      },
    ]);
    return { source: sources.coingecko, body: JSON.stringify(Object.fromEntries(entries)) };
  };
}

/** World Monitor's risk scores, computed a minute ago. */
export function riskScore(region: string, score: number, changes: object = {}): Answer {
  return (nowMs) => ({
    source: sources.worldMonitor,
    body: JSON.stringify({
      ciiScores: [
        {
          region,
          staticBaseline: 50,
          dynamicScore: 3,
          combinedScore: score,
          trend: "TREND_DIRECTION_RISING",
          components: {
            newsActivity: 41,
            ciiContribution: 12,
            geoConvergence: 55,
            militaryActivity: 30,
          },
          computedAt: nowMs - 60_000,
          methodologyVersion: "v8",
          eventMultiplier: 0.8,
          advisoryLevel: "do-not-travel",
          advisoryProvenance: "live",
        },
      ],
      strategicRisks: [
        {
          region: "global",
          level: "SEVERITY_LEVEL_HIGH",
          score: 71,
          factors: [region],
          trend: "TREND_DIRECTION_STABLE",
        },
      ],
      degraded: false,
      stale: false,
      ...changes,
    }),
  });
}

/** The USGS summary feed with one earthquake, ten minutes ago, east of Namie in Japan. */
export function quake(properties: object = {}): Answer {
  return (nowMs) => ({
    source: sources.usgs,
    body: JSON.stringify({
      type: "FeatureCollection",
      metadata: {
        generated: nowMs - 20_000,
        url: "https://usgs.example/earthquakes/feed/v1.0/summary/4.5_day.geojson",
        title: "USGS Magnitude 4.5+ Earthquakes, Past Day",
        status: 200,
        api: "1.14.1",
        count: 1,
      },
      bbox: [-177.9, -33.1, 4, 178.2, 52.6, 601.2],
      features: [
        {
          type: "Feature",
          id: "us7000abcd",
          properties: {
            mag: 7.1,
            place: "42 km E of Namie, Japan",
            time: nowMs - 600_000,
            updated: nowMs - 30_000,
            tz: null,
            url: "https://usgs.example/earthquakes/eventpage/us7000abcd",
            detail: "https://usgs.example/us7000abcd.geojson",
            felt: 812,
            cdi: 6.2,
            mmi: 6.8,
            alert: "yellow",
            status: "reviewed",
            tsunami: 1,
            sig: 900,
            net: "us",
            code: "7000abcd",
            ids: ",us7000abcd,pt26211050,",
            sources: ",us,pt,",
            types: ",origin,shakemap,losspager,",
            nst: 88,
            dmin: 2.1,
            rms: 0.71,
            gap: 28,
            magType: "mww",
            type: "earthquake",
            title: "M 7.1 - 42 km E of Namie, Japan",
            ...properties,
          },
          geometry: { type: "Point", coordinates: [141.63, 37.49, 41.2] },
        },
      ],
    }),
  });
}

/** Reads answers as the signals service does, and publishes what is known. */
export function createFeed() {
  const latest = new Map<string, Observation>();
  let events: StoredEvent[] = [];
  let round = 0n;
  return {
    /** Asks a source, and publishes. */
    ask(answer: Answer, nowMs: number): World {
      const { source, body } = answer(nowMs);
      const read = source.read(JSON.parse(body), nowMs);
      if (!read.ok) throw new Error(read.error.detail);
      for (const reading of read.value.readings) {
        const series = registry.get(reading.series);
        if (series === undefined) continue;
        const before = latest.get(series.id);
        const judged = judgeReading(reading, series, before?.value, nowMs);
        latest.set(
          series.id,
          create(ObservationSchema, {
            series: series.id,
            round: (before?.round ?? 0n) + 1n,
            ...(judged.value === undefined ? {} : { value: judged.value }),
            observeTime: timestampFromMs(judged.observeMs),
            fetchTime: timestampFromMs(judged.fetchMs),
            publishTime: timestampFromMs(nowMs),
            expireTime: timestampFromMs(judged.expireMs),
            sources: [source.id],
            qualities: [...judged.qualities],
            revision: 1,
          }),
        );
      }
      for (const reading of read.value.events) {
        const series = registry.get(reading.series);
        const known = findKnown(reading, events);
        if (series === undefined) continue;
        const from = { source: source.id, evidence: new Uint8Array(32), nowMs };
        const next = reviseEvent(reading, series, known, from);
        if (next !== undefined) events = [...events.filter((event) => event !== known), next];
      }
      return this.publish(nowMs);
    },

    /** What is known, as a vault gets it. */
    publish(nowMs: number): World {
      round += 1n;
      const snapshot = buildSnapshot(
        round,
        registry,
        [...latest.values()],
        events.map(({ event }) => event),
        { nowMs, nextMs: nowMs + 60_000 },
      );
      const { publishTime, nextPublishTime } = snapshot;
      if (publishTime === undefined || nextPublishTime === undefined) throw new Error("undated");
      const manifest = create(ManifestSchema, { round, publishTime, nextPublishTime });
      const entries = [...entriesOf(snapshot).values()].map((entry) =>
        fromBinary(SeriesEntrySchema, toBinary(SeriesEntrySchema, entry)),
      );
      return worldOf(manifest, entries, nowMs);
    },
  };
}
