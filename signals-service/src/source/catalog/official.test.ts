/** The official sources against the local stack's world: every series has something to say. */
import { expect, test } from "vitest";
import { marketFeeds } from "../../../../e2e/stack/feeds/markets.ts";
import { officialFeeds } from "../../../../e2e/stack/feeds/official.ts";
import { changeState, initialState, type WorldState } from "../../../../e2e/stack/feeds/state.ts";
import { upstreams } from "../../../../e2e/stack/upstreams.ts";
import { eventsOf, outcomeOf, type Upstream } from "../../../test/support/adapter.ts";
import { conditionsOf, type Env, sourcesOf } from "../../env.ts";
import { createRegistry } from "../../series/registry.ts";
import { officialSources } from "./official.ts";

const nowMs = Date.now();
const env = upstreams("http://world") as unknown as Env;
const registry = createRegistry({ pace: 1, conditions: conditionsOf(env), custom: [] });
const sources = officialSources(sourcesOf(env));
const idOf = (one: (typeof sources)[number]) => (one.on ? one.source.id : one.id);

const worldOf = (state: WorldState): Upstream => {
  const feeds = { ...officialFeeds, ...marketFeeds };
  return (url) => {
    const { pathname, search } = new URL(url);
    const name = pathname.split("/")[1] ?? "";
    const path = `${pathname.slice(name.length + 1)}${search}`;
    const said = feeds[name]?.({ path, state, nowMs });
    return said === undefined ? new Response("{}", { status: 404 }) : said;
  };
};
const outcomesIn = (state: WorldState) =>
  Promise.all(sources.map((one) => outcomeOf(one, worldOf(state), nowMs)));

test("all are on, and feed series that there are", () => {
  expect(sources.filter(({ on }) => !on)).toEqual([]);
  const fed = sources.flatMap((one) => (one.on ? one.source.series : []));
  expect(fed.filter((id) => !registry.has(id))).toEqual([]);
  expect(new Set(fed).size).toBe(fed.length);
  expect(fed).toHaveLength(10);
});

test("each says something at first, of its own series only", async () => {
  for (const [at, outcome] of (await outcomesIn(initialState())).entries()) {
    const one = sources[at] ?? expect.unreachable();
    if (outcome.kind === "failed") throw new Error(`${idOf(one)}: ${outcome.failure.detail}`);
    const { readings } = outcome.readings;
    expect(readings.map(({ series }) => series)).toEqual(outcome.source.series);
    const hasValue = readings.every(({ value }) => value !== undefined);
    expect([idOf(one), hasValue]).toEqual([
      idOf(one),
      !["usgs", "gdacs", "radar"].includes(idOf(one)),
    ]);
  }
});

test("what changes in the world is what they tell", async () => {
  const state = initialState();
  const quake = { id: "us1", magnitude: 7.1, latitude: 37.49, longitude: 141.63, timeMs: nowMs };
  const outage = { id: "9", country: "IR", type: "NATIONWIDE", startMs: nowMs, endMs: null };
  const [hazard = expect.unreachable()] = state.hazards;
  const [market = expect.unreachable(), other = expect.unreachable()] = state.markets;
  changeState(state, {
    quakes: [quake],
    outages: [outage],
    hazards: [{ ...hazard, level: "Red", episode: 2 }],
    rates: { DGS10: "5.02" },
    markets: [
      { ...market, bid: "0.985", ask: "0.99" },
      { ...other, bid: null },
    ],
  });
  const outcomes = await outcomesIn(state);
  const events = outcomes.flatMap(eventsOf);
  expect(events).toContainEqual(expect.objectContaining({ ids: ["usgs:us1"], magnitude: "7.1" }));
  expect(events).toContainEqual(
    expect.objectContaining({ ids: ["gdacs:FL:1102983"], magnitude: "3" }),
  );
  expect(events).toContainEqual(expect.objectContaining({ ids: ["cf:9:IR"], magnitude: "3" }));
  const readings = outcomes.flatMap((o) => (o.kind === "ok" ? o.readings.readings : []));
  const values = new Map(readings.map(({ series, value }) => [series, value]));
  expect(values.get("macro.fred.dgs10@v1")).toBe("5.02");
  expect(values.get(`prediction.prob.polymarket.${market.condition}@v1`)).toBe("0.9875");
  expect(values.get(`prediction.prob.polymarket.${other.condition}@v1`)).toBeUndefined();
});
