/** The price feeds of the local world, as the signals-service's own sources read them. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { sourcesOf } from "../../signals-service/src/env.ts";
import { priceOf } from "../../signals-service/src/series/market.ts";
import { priceSources } from "../../signals-service/src/source/catalog/prices.ts";
import { outcomeOf } from "../../signals-service/test/support/adapter.ts";
import { freePorts } from "../stack/ports.ts";
import { upstreams } from "../stack/upstreams.ts";
import { startWorld, type World } from "../stack/world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld((await freePorts()).world);
});
afterAll(() => world?.close());
beforeEach(() => change({ lies: {}, silent: [], ethUsd: 2500 }));

const feeds = ["coingecko", "coinpaprika", "pyth"] as const;

/** Changes the world as people do. */
async function change(state: object): Promise<number> {
  const body = JSON.stringify(state);
  return (await fetch(`${world.url}/state`, { method: "PUT", body })).status;
}

async function outcome(feed: string) {
  const env = { ...upstreams(world.url) } as unknown as Parameters<typeof sourcesOf>[0];
  const configured = priceSources(sourcesOf(env)).find((one) => one.on && one.source.id === feed);
  if (configured === undefined) throw new Error(`${feed} is off`);
  return outcomeOf(configured, (url) => fetch(url), Date.now());
}

async function saidBy(feed: string, series: string) {
  const found = await outcome(feed);
  if (found.kind === "failed") return found.failure.reason;
  return found.readings.readings.find((reading) => reading.series === series)?.value;
}

const ether = () => Promise.all(feeds.map((feed) => saidBy(feed, priceOf.eth)));

describe.each(feeds)("%s", (feed) => {
  test("says what all prices are, as of now", async () => {
    const found = await outcome(feed);
    if (found.kind === "failed") return expect.unreachable();
    expect(Object.fromEntries(found.readings.readings.map((r) => [r.series, r.value]))).toEqual({
      [priceOf.btc]: "96000",
      [priceOf.eth]: "2500",
      [priceOf.usdc]: "0.9998",
      [priceOf.usdt]: "1.0002",
      [priceOf.dai]: "0.9999",
    });
    for (const { observeMs } of found.readings.readings) {
      expect(Math.abs((observeMs ?? 0) - Date.now())).toBeLessThan(10_000);
    }
  });
});

test("a price that changes changes everywhere", async () => {
  expect(await change({ ethUsd: 2100.5 })).toBe(200);
  expect(await ether()).toEqual(["2100.5", "2100.5", "2100.5"]);
});

test("one feed may lie, and take it back", async () => {
  await change({ lies: { pyth: { ethUsd: 1 } } });
  expect(await ether()).toEqual(["2500", "2500", "1"]);
  await change({ lies: {} });
  expect(await ether()).toEqual(["2500", "2500", "2500"]);
});

test("P1: one feed may say null, which is no value", async () => {
  const lies = Object.fromEntries(feeds.map((feed) => [feed, { ethUsd: null }]));
  await change({ lies });
  expect(await ether()).toEqual([undefined, undefined, undefined]);
});

test("one feed may fall silent", async () => {
  await change({ silent: ["coinpaprika"] });
  const [first, second, third] = await ether();
  expect([first, third]).toEqual(["2500", "2500"]);
  expect(["refused", "unavailable"]).toContain(second);
});

test("what is not of its type stays as it was", async () => {
  expect(await change({ ethUsd: "many", silent: "pyth", lies: null })).toBe(200);
  expect(await ether()).toEqual(["2500", "2500", "2500"]);
  expect((await fetch(`${world.url}/state`, { method: "PUT", body: "{" })).status).toBe(400);
});
