/** All of World Monitor's endpoints together: what they cost, feed and let out. */
import { describe, expect, test } from "vitest";
import { Series_Kind, Series_LicenceClass, Series_TrustTier } from "#gen/signal/v1/series";
import { outcomeOf, type Upstream } from "../../../test/support/adapter.ts";
import * as base from "../../../test/support/world-monitor.ts";
import * as economy from "../../../test/support/world-monitor-economy.ts";
import * as events from "../../../test/support/world-monitor-events.ts";
import * as scores from "../../../test/support/world-monitor-scores.ts";
import { editorialSeries } from "../../series/editorial.ts";
import { countries, geoSeries } from "../../series/geo.ts";
import { outageEvents } from "../../series/infra.ts";
import { militarySeries, theaters } from "../../series/military.ts";
import { chokepoints, supplySeries } from "../../series/supply.ts";
import type { SourceSettings } from "../settings.ts";
import { worldMonitorSources } from "./world-monitor.ts";

const settings = (worldMonitor: SourceSettings["worldMonitor"]) =>
  worldMonitorSources({ worldMonitor } as SourceSettings);
const sources = settings(base.worldMonitor).map((one) => (one.on ? one : expect.unreachable()));
const series = [...geoSeries, ...militarySeries, ...supplySeries, ...editorialSeries];

/** World Monitor on a day on which it has everything. */
const bodies: Readonly<Record<string, unknown>> = {
  "/api/intelligence/v1/get-risk-scores": scores.riskScores(
    countries.map((region) => scores.score({ region })),
  ),
  "/api/market/v1/list-stablecoin-markets": scores.stablecoins([
    scores.coin("usd-coin"),
    scores.coin("tether"),
    scores.coin("dai"),
  ]),
  "/api/military/v1/get-theater-posture": {
    theaters: Object.keys(theaters).map((theater) => scores.posture(theater)),
  },
  "/api/supply-chain/v1/get-chokepoint-status": scores.chokepoints(
    Object.keys(chokepoints).map((id) => scores.chokepoint(id)),
  ),
  "/api/infrastructure/v1/list-internet-outages": { outages: [events.outage()] },
  "/api/unrest/v1/list-unrest-events": { events: [events.acled(), events.gdelt()], clusters: [] },
  "/api/intelligence/v1/list-cross-source-signals": events.crossSignals([events.crossSignal()]),
  "/api/prediction/v1/list-prediction-markets": economy.predictions([economy.market()]),
  "/api/economic/v1/get-macro-signals": economy.macroSignals(),
  "/api/market/v1/get-fear-greed-index": economy.fearGreed(),
  "/api/aviation/v1/list-airport-delays": { alerts: [economy.airport()] },
  "/api/seed-health": base.seedHealth(),
};
const everything: Upstream = (url) =>
  bodies[new URL(url).pathname] ?? new Response("", { status: 404 });
const outcomes = Promise.all(
  sources.map(async (configured) => {
    const outcome = await outcomeOf(configured, everything, base.nowMs);
    return outcome.kind === "ok" ? outcome.readings : expect.unreachable(outcome.failure.detail);
  }),
);

describe("the key", () => {
  test.each([
    ["WORLD_MONITOR_URL is not set", undefined],
    ["WORLD_MONITOR_KEY is not set", { url: "https://wm.test", key: undefined }],
  ])("%s: all are off, and say so", (why, upstream) => {
    for (const one of settings(upstream)) expect(one).toMatchObject({ on: false, why });
  });

  test("goes along with every request", async () => {
    const seen: unknown[] = [];
    for (const { source } of sources) {
      await source.read(async ({ url, headers }) => {
        seen.push(headers);
        return { ok: true, value: { json: await everything(url, undefined), fetchMs: 0 } };
      }, base.nowMs);
    }
    expect(new Set(seen.map((headers) => JSON.stringify(headers)))).toEqual(
      new Set(['{"x-worldmonitor-key":"wm_key"}']),
    );
  });
});

test("P11: a day costs 776 calls at most, of 900, and a run 12, of 50 a minute", async () => {
  const asked = new Set<string>();
  const perDay = sources.map(async ({ source }) => {
    let calls = 0;
    await source.read(async ({ url }) => {
      calls += 1;
      asked.add(url);
      return { ok: true, value: { json: await everything(url, undefined), fetchMs: 0 } };
    }, base.nowMs);
    // As if nobody shared the seeds' health, which whoever asks makes once a run.
    return calls * (86_400_000 / source.periodMs);
  });
  const sum = (await Promise.all(perDay)).reduce((all, one) => all + one, 0);
  expect(sum).toBe(776);
  expect(asked.size).toBe(12);
  for (const { source, quota } of sources) {
    expect(quota).toEqual({ account: "world-monitor", perMinute: 50, perDay: 900 });
    expect(source.account).toBe(quota.account);
  }
});

describe("P6: nothing is there that never gets a value", () => {
  test("P6: each series that is read has a reading, and each gauge a value", async () => {
    const readings = (await outcomes).flatMap((outcome) => outcome.readings);
    for (const { id, kind, derivation } of series) {
      if (derivation !== undefined) continue;
      const reading = readings.find((one) => one.series === id);
      expect(reading?.observeMs, id).toBeDefined();
      if (kind !== Series_Kind.EVENT) expect(reading?.value, id).toBeDefined();
    }
  });

  test("P6: each event series has an event", async () => {
    const fed = new Set((await outcomes).flatMap(({ events }) => events.map((one) => one.series)));
    const wanted = series.filter(({ kind }) => kind === Series_Kind.EVENT).map(({ id }) => id);
    expect([...fed].sort()).toEqual([...wanted, outageEvents].sort());
  });

  test("P6: each derived series follows from one that is read", () => {
    const ids = new Set(series.filter((one) => one.derivation === undefined).map(({ id }) => id));
    for (const { derivation } of series) {
      if (derivation !== undefined) expect(ids).toContain(derivation.series);
    }
  });

  test("P6: each source reads just the series that it names", async () => {
    const all = await outcomes;
    for (const [i, { source }] of sources.entries()) {
      const read = all[i]?.readings.map((reading) => reading.series) ?? [];
      expect(read.sort()).toEqual([...source.series].sort());
    }
  });

  test("P6: the sources that a series names are those that feed it", () => {
    for (const one of series.filter(({ derivation }) => derivation === undefined)) {
      const feeding = sources.filter(({ source }) => source.series.includes(one.id));
      expect(one.sources).toEqual(feeding.map(({ source }) => source.id));
    }
  });
});

describe("P12: what may be passed on", () => {
  /** A value of ours: a code, a slug or a number; no words. */
  const code = /^[A-Za-z0-9_.-]{1,32}$/;

  test("P12: the attributes of events hold codes under known keys, and no text", async () => {
    const events = (await outcomes).flatMap((outcome) => outcome.events);
    expect(events.length).toBeGreaterThan(3);
    for (const { attributes, ids, type } of events) {
      for (const [key, value] of Object.entries(attributes)) {
        expect(["cause", "country", "origin", "theater"]).toContain(key);
        expect(value).toMatch(code);
      }
      expect(type).toMatch(/^[a-z_]{1,32}$/);
      for (const id of ids) expect(id).toMatch(/^[a-zA-Z0-9_.:-]{1,96}$/);
    }
  });

  test("P12: none of the words of the answers is in what is read", async () => {
    const said = JSON.stringify(await outcomes).toLowerCase();
    const words = ["headline", "words that stay there", "example.com", "newspaper", "will-x"];
    for (const word of words) {
      expect(JSON.stringify(bodies).toLowerCase()).toContain(word);
      expect(said).not.toContain(word);
    }
  });

  test("P12: scores and counts are derived, events are structured, nothing is kept inside", () => {
    for (const { id, kind, licenceClass } of series) {
      expect(licenceClass, id).toBe(
        kind === Series_Kind.EVENT ? Series_LicenceClass.STRUCTURED : Series_LicenceClass.DERIVED,
      );
    }
  });
});

test("P5: none of it is trusted further than an opinion or a crowd", () => {
  for (const { trustTier } of militarySeries) expect(trustTier).toBe(Series_TrustTier.CROWD);
  for (const { trustTier } of [...geoSeries, ...supplySeries, ...editorialSeries]) {
    expect(trustTier).toBe(Series_TrustTier.EDITORIAL);
  }
});
