/**
 * What feeds that lie, fall silent, stand still or take back can make a vault do: nothing, until
 * what they say can be believed again. Through the whole system, from the feeds to the vault.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { fromBinary } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createSignalClient } from "#client/signal-client";
import { Event_Status } from "#gen/signal/v1/event";
import { Quality } from "#gen/signal/v1/observation";
import { Unit } from "#gen/signal/v1/series";
import { type SeriesEntry, SeriesEntrySchema } from "#gen/signal/v1/snapshot";
import { Comparator } from "#gen/trigger/v1/signal_condition";
import { Verdict } from "#gen/trigger/v1/trigger";
import { setPolicy } from "../scenario/policy.ts";
import {
  type ConditionInit,
  firingsOf,
  makeTrigger,
  swapOn,
  waitForFirings,
} from "../scenario/triggers.ts";
import { claimVault, type LiveVault } from "../scenario/vault.ts";
import { type Stack, startStack } from "../stack/stack.ts";
import { waitFor } from "../stack/wait.ts";

const eth = "market.price.eth.usd@v1";
const quakes = "natural.quake@v1";
const venues = ["coingecko", "coinpaprika", "pyth"] as const;

let stack: Stack;
let vault: LiveVault;
beforeAll(async () => {
  // At first one venue alone speaks, and says what would make the vault act.
  const world = { silent: ["coinpaprika", "pyth"], ethUsd: 2100 };
  stack = await startStack({ name: "lying", persistent: false, progress: () => {}, world });
  vault = await claimVault(stack, "10");
  await setPolicy(vault, "6");
});
afterAll(() => stack?.stop());
afterEach(() => {
  Object.assign(stack.world.state, { lies: {}, silent: [], frozen: {}, ethUsd: 2500, quakes: [] });
});

const under2200 = (maxAgeSeconds = 300n): ConditionInit => ({
  test: {
    case: "signalThreshold",
    value: {
      series: eth,
      unit: Unit.USD,
      comparator: Comparator.LESS_THAN,
      value: "2200",
      maxAge: { seconds: maxAgeSeconds },
    },
  },
});

/** What vaults are told of a series, once `wanted` likes it. */
const entryWith = (series: string, wanted: (entry: SeriesEntry) => boolean) =>
  waitFor(`${series} is so`, async () => {
    const client = createSignalClient(stack.baseUrl);
    const { entries } = await client.batchGetObservations({ names: [`series/${series}`] });
    const entry = entries[0] && fromBinary(SeriesEntrySchema, entries[0]);
    return entry !== undefined && wanted(entry) ? entry : undefined;
  });

const isFlagged =
  (quality: Quality) =>
  ({ observation }: SeriesEntry) =>
    observation?.qualities.includes(quality) === true;

const isCalm = ({ observation }: SeriesEntry) =>
  observation?.value === "2500" && observation.qualities.length === 0;

const untilVerdict = (name: string, verdict: Verdict) =>
  waitFor(`the verdict is ${verdict}`, async () => {
    const { trigger } = await vault.client.triggers.getTrigger({ name });
    return trigger?.lastVerdict === verdict ? true : undefined;
  });

test("P9: a price of one venue, where several are wanted, fires nothing", async () => {
  const alone = await entryWith(eth, isFlagged(Quality.SINGLE_SOURCE));
  expect(alone.observation).toMatchObject({ value: "2100", sources: ["coingecko"] });
  const trigger = await makeTrigger(vault, swapOn(vault, under2200()));
  await untilVerdict(trigger, Verdict.UNKNOWN);
  await sleep(3_000);
  expect(await firingsOf(vault, trigger)).toEqual([]);
  // The others say the same: now it counts.
  stack.world.state.silent = [];
  const [firing] = await waitForFirings(vault, trigger, 1);
  expect(firing?.inputs?.observations[0]?.sources.length).toBeGreaterThan(1);
});

test("P9: a venue that lies fires nothing", async () => {
  await entryWith(eth, isCalm);
  await sleep(2_500);
  const trigger = await makeTrigger(vault, swapOn(vault, under2200()));
  await untilVerdict(trigger, Verdict.FALSE);
  stack.world.state.lies = { coingecko: { ethUsd: 1800 }, pyth: { ethUsd: 2100 } };
  await entryWith(eth, isFlagged(Quality.CONFLICTING));
  await untilVerdict(trigger, Verdict.UNKNOWN);
  await sleep(3_000);
  expect(await firingsOf(vault, trigger)).toEqual([]);
  stack.world.state.lies = {};
  await untilVerdict(trigger, Verdict.FALSE);
});

test("P4: feeds that answer, and say for ever what was, make the vault hold", async () => {
  await entryWith(eth, isCalm);
  await sleep(2_500);
  const trigger = await makeTrigger(vault, swapOn(vault, under2200(6n)));
  await untilVerdict(trigger, Verdict.FALSE);
  const frozenMs = Date.now();
  stack.world.state.frozen = Object.fromEntries(venues.map((venue) => [venue, frozenMs]));
  stack.world.state.ethUsd = 2100;
  await untilVerdict(trigger, Verdict.UNKNOWN);
  // They were read a moment ago; only what they say is old.
  const { observation } = await entryWith(eth, () => true);
  const { fetchTime, observeTime } = observation ?? {};
  if (fetchTime === undefined || observeTime === undefined) throw new Error("undated");
  expect(timestampMs(fetchTime)).toBeGreaterThan(frozenMs + 2_000);
  expect(timestampMs(observeTime)).toBeLessThanOrEqual(frozenMs);
  const before = (await firingsOf(vault, trigger)).length;
  await sleep(3_000);
  expect(await firingsOf(vault, trigger)).toHaveLength(before);
  stack.world.state.frozen = {};
  expect(await waitForFirings(vault, trigger, before + 1)).toHaveLength(before + 1);
});

test("P10: an event that is taken back before it counts fires nothing, and the vault is told", async () => {
  const strong: ConditionInit = {
    test: {
      case: "eventMatch",
      value: {
        series: quakes,
        minMagnitude: "7",
        zone: { latitudeE6: 35_700_000, longitudeE6: 139_700_000, radiusKm: 300 },
        maxAge: { seconds: 86_400n },
      },
    },
  };
  const quake = { id: "us1", magnitude: 7.4, latitude: 35.6, longitude: 139.8 };
  const firePolicy = { debounce: { seconds: 6n } };
  const held = await makeTrigger(vault, swapOn(vault, strong, firePolicy));
  stack.world.state.quakes = [{ ...quake, timeMs: Date.now() - 60_000 }];
  await untilVerdict(held, Verdict.TRUE);
  stack.world.state.quakes = [];
  const gone = await entryWith(quakes, ({ events }) =>
    events.some(({ status }) => status === Event_Status.RETRACTED),
  );
  expect(gone.events).toHaveLength(1);
  expect(gone.events[0]?.revision).toBeGreaterThan(1);
  await untilVerdict(held, Verdict.FALSE);
  await sleep(6_000);
  expect(await firingsOf(vault, held)).toEqual([]);
  // One that stays counts.
  stack.world.state.quakes = [{ ...quake, id: "us2", timeMs: Date.now() - 60_000 }];
  expect(await waitForFirings(vault, held, 1)).toHaveLength(1);
});
