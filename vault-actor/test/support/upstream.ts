/**
 * Upstream bodies in the shapes that the sources answer with, all their fields included, and a
 * feed that reads them as the signals service does, without its database. The values are invented.
 */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { Observation } from "#gen/signal/v1/observation";
import type { Series } from "#gen/signal/v1/series";
import { ManifestSchema, SeriesEntrySchema } from "#gen/signal/v1/snapshot";
import type { Result } from "#protocol/result";
import { aggregate } from "../../../signals-service/src/aggregate/aggregate.ts";
import type { Draft } from "../../../signals-service/src/aggregate/draft.ts";
import { guardDepth, guardStep } from "../../../signals-service/src/aggregate/step.ts";
import { derive } from "../../../signals-service/src/derive/derive.ts";
import { type EventBook, mergeEvents } from "../../../signals-service/src/ingest/merge-events.ts";
import { msOf, stepOf } from "../../../signals-service/src/ingest/round.ts";
import { judgeSaid } from "../../../signals-service/src/ingest/said.ts";
import type { JudgedReading } from "../../../signals-service/src/normalise/reading.ts";
import {
  buildSnapshot,
  entriesOf,
  recentEvents,
} from "../../../signals-service/src/publish/snapshot.ts";
import { readPrices } from "../../../signals-service/src/source/coingecko.ts";
import type { AskFailure, SourceReadings } from "../../../signals-service/src/source/source.ts";
import { readQuakes } from "../../../signals-service/src/source/usgs.ts";
import { readScores } from "../../../signals-service/src/source/world-monitor/risk-scores.ts";
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
  const rounds = new Map<string, Observation[]>();
  const readings = new Map<string, JudgedReading>();
  const events: EventBook = new Map();
  let round = 0n;

  const step = (draft: Draft, series: Series, nowMs: number) => {
    const past = (rounds.get(series.id) ?? []).map((one) => ({
      value: one.value,
      observeMs: msOf(one.observeTime),
      qualities: one.qualities,
    }));
    const latest = rounds.get(series.id)?.[0];
    const next = stepOf(guardStep(draft, series, past), latest, new Uint8Array(32), nowMs);
    const before = (rounds.get(series.id) ?? []).slice(next.kind === "round" ? 0 : 1);
    rounds.set(series.id, [next.observation, ...before].slice(0, guardDepth));
  };

  const settle = (nowMs: number) => {
    const drafts = new Map<string, Draft>();
    for (const series of registry.values()) {
      if (series.derivation !== undefined || series.id.startsWith("svc.")) continue;
      const said = [...readings.values()].filter((one) => one.series === series.id);
      drafts.set(series.id, aggregate(series, said, nowMs));
    }
    for (const series of registry.values()) {
      const basis = series.derivation?.series;
      if (basis === undefined) continue;
      const known = [...events.values()].map(({ event }) => event);
      const own = known.filter((event) => event.series === basis);
      const rest = { latest: drafts.get(basis), events: own, earlier: undefined, nowMs };
      drafts.set(series.id, derive(series, rest));
    }
    for (const [id, draft] of drafts) {
      const series = registry.get(id);
      if (series !== undefined && draft.sources.length > 0) step(draft, series, nowMs);
    }
  };

  return {
    /** Asks a source, and publishes. */
    ask(answer: Answer, nowMs: number): World {
      const { source, body } = answer(nowMs);
      const read = source.read(JSON.parse(body), nowMs);
      if (!read.ok) throw new Error(read.error.detail);
      const spoken = [...read.value.readings, ...read.value.events].map(({ series }) => series);
      const series = [...new Set(spoken)];
      const from = { source: source.id, fetchMs: nowMs, evidence: new Uint8Array(32) };
      const said = { ...read.value, ...from, series };
      const before = (id: string) => readings.get(`${id}/${source.id}`);
      for (const one of judgeSaid(said, registry, before)) {
        readings.set(`${one.series}/${source.id}`, one);
        // One venue alone is no price: a second says the same.
        if (source.id !== "coingecko") continue;
        readings.set(`${one.series}/coinpaprika`, { ...one, source: "coinpaprika" });
      }
      mergeEvents(events, said, registry, { ...from, nowMs, series: new Set(series) });
      return this.publish(nowMs);
    },

    /** What is known, as a vault gets it. */
    publish(nowMs: number): World {
      round += 1n;
      settle(nowMs);
      const snapshot = buildSnapshot(
        round,
        registry,
        [...rounds.values()].flatMap(([latest]) => latest ?? []),
        recentEvents(events.values(), registry, nowMs),
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
