/**
 * Somebody has the feed's key, and so says whatever they like. What that may cause is bounded: by
 * the tiers of the vault's own code, by units, and by the policy. The vault stays alive.
 */
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { beforeEach, describe, expect, test } from "vitest";
import {
  type Series,
  Series_Kind,
  Series_TrustTier,
  SeriesSchema,
  Unit,
} from "#gen/signal/v1/series";
import { Comparator } from "#gen/trigger/v1/signal_condition";
import type { Trigger } from "#gen/trigger/v1/trigger";
import { Verdict } from "#gen/trigger/v1/trigger";
import { errorInfoOf, reasonOf } from "#protocol/errors";
import { registry } from "../../test/support/registry.ts";
import {
  type ConditionInit,
  ethUsd,
  giftTrigger,
  quakes,
  requestId,
  under,
  watchingVault,
} from "../../test/support/watching-vault.ts";
import { lastFiring } from "./firing-store.ts";
import { readTrigger } from "./store.ts";

const { OFFICIAL, CURATED, EDITORIAL } = Series_TrustTier;
const outage = "infra.outage.ir@v1";
const strait = "supply.chokepoint.hormuz@v1";
const score = "geo.cii.ua@v8";
const minuteMs = 60_000;

const gauge = (id: string, trustTier: Series_TrustTier) =>
  create(SeriesSchema, {
    name: `series/${id}`,
    id,
    kind: Series_Kind.GAUGE,
    unit: Unit.COUNT,
    heartbeat: { seconds: 60n },
    maxTransportAge: { seconds: 600n },
    maxContentAge: { seconds: 600n },
    trustTier,
  });

let world: Awaited<ReturnType<typeof watchingVault>>;

beforeEach(async () => {
  world = await watchingVault();
  const more = [gauge(outage, CURATED), gauge(strait, CURATED)];
  world.signals.series = new Map([...registry, ...more.map((one) => [one.id, one] as const)]);
  world.signals.observe(ethUsd, "2500");
  await world.signals.publish();
});

/** The feed says something else of a series from now on. */
function say(id: string, change: Partial<Omit<Series, "$typeName" | "$unknown">>): void {
  const { signals } = world;
  const known = signals.series.get(id);
  if (known === undefined) throw new Error(`no ${id}`);
  signals.series = new Map([
    ...signals.series,
    [id, create(SeriesSchema, { ...known, ...change })],
  ]);
}

async function make(trigger: Trigger): Promise<string> {
  const { trigger: made } = await world.client.triggers.createTrigger({
    parent: world.vault.name,
    requestId: requestId(),
    trigger,
  });
  return made?.name.split("/").at(-1) ?? "";
}

/** The next minute. `undefined`: the price is what it was. */
async function minute(price?: string): Promise<void> {
  const { vault, signals } = world;
  vault.wait(minuteMs);
  if (price === undefined) signals.reread(ethUsd);
  else signals.observe(ethUsd, price);
  await signals.publish();
  await vault.wake();
}

const count = (table: string) => world.vault.db.all(`SELECT 1 AS one FROM ${table}`).length;
const verdict = (triggerId: string) => readTrigger(world.vault.db, triggerId)?.standing.verdict;
const over = (series: string): ConditionInit => ({
  test: {
    case: "signalThreshold",
    value: {
      series,
      unit: Unit.COUNT,
      comparator: Comparator.GREATER_THAN,
      value: "5",
      maxAge: { seconds: 300n },
    },
  },
});

describe("P5: a tier that the feed raises", () => {
  test.for([score, outage])("lets %s move no funds", async (id) => {
    say(id, { trustTier: OFFICIAL, unit: Unit.COUNT, max: "" });
    world.signals.observe(id, "9");
    await world.signals.publish();
    const refused = await make(giftTrigger(over(id))).catch((error: unknown) => error);
    expect(reasonOf(refused)).toBe("CONDITION_INVALID");
    expect(errorInfoOf(refused)?.metadata.hint).toContain(id);
  });

  test("lets two curated series not send anything either", async () => {
    const both: ConditionInit = {
      test: { case: "all", value: { conditions: [over(outage), over(strait)] } },
    };
    for (const id of [outage, strait]) say(id, { trustTier: OFFICIAL });
    await world.signals.publish();
    expect(reasonOf(await make(giftTrigger(both)).catch((error: unknown) => error))).toBe(
      "CONDITION_INVALID",
    );
  });
});

test("a tier that fell since the trigger was made: its firing is recorded, and does nothing", async () => {
  const triggerId = await make(giftTrigger(under("2000")));
  await minute();
  say(ethUsd, { trustTier: EDITORIAL });
  await minute("1900");
  const firing = lastFiring(world.vault.db, triggerId);
  expect(firing).toMatchObject({
    execution: "",
    decision: {
      allowed: false,
      reason: "CONDITION_INVALID",
      detail: expect.stringContaining(`${ethUsd} is EDITORIAL`),
    },
  });
  expect(count("execution")).toBe(0);
  expect(world.vault.faults).toEqual([]);
});

describe("P3: a series that became something else", () => {
  test("in another unit is not known, and fires nothing", async () => {
    const triggerId = await make(giftTrigger(under("2000")));
    await minute();
    expect(verdict(triggerId)).toBe(Verdict.FALSE);
    say(ethUsd, { unit: Unit.RATIO });
    await minute("1");
    expect([verdict(triggerId), count("firing")]).toEqual([Verdict.UNKNOWN, 0]);
    say(ethUsd, { unit: Unit.USD });
    await minute("1900");
    expect(count("firing")).toBe(1);
  });

  test("in another unit for a while leaves no trace in a window", async () => {
    const average: ConditionInit = {
      test: {
        case: "windowAverage",
        value: {
          series: ethUsd,
          unit: Unit.USD,
          comparator: Comparator.LESS_THAN,
          value: "2400",
          window: { seconds: 180n },
          maxAge: { seconds: 300n },
        },
      },
    };
    const triggerId = await make(giftTrigger(average));
    for (let i = 0; i < 5; i += 1) await minute("2500");
    expect(verdict(triggerId)).toBe(Verdict.FALSE);
    say(ethUsd, { unit: Unit.RATIO });
    await minute("1");
    say(ethUsd, { unit: Unit.USD });
    for (let i = 0; i < 4; i += 1) await minute("2500");
    expect([verdict(triggerId), count("firing")]).toEqual([Verdict.FALSE, 0]);
  });

  test("without a value any more, or without events, is not known", async () => {
    const level = await make(giftTrigger(under("2000")));
    const event = await make(
      giftTrigger({
        test: { case: "eventMatch", value: { series: quakes, maxAge: { seconds: 3600n } } },
      }),
    );
    world.signals.observe(quakes, undefined);
    await minute();
    expect([verdict(level), verdict(event)]).toEqual([Verdict.FALSE, Verdict.FALSE]);
    say(ethUsd, { kind: Series_Kind.EVENT });
    say(quakes, { kind: Series_Kind.GAUGE });
    world.signals.event({ id: "usgs:spoof", magnitude: "9" });
    await minute("1");
    expect([verdict(level), verdict(event)]).toEqual([Verdict.UNKNOWN, Verdict.UNKNOWN]);
    expect(count("firing")).toBe(0);
  });
});

describe("a flood of ten thousand events", () => {
  const match: ConditionInit = {
    test: { case: "eventMatch", value: { series: quakes, maxAge: { seconds: 3600n } } },
  };
  const flood = () => {
    const { vault, signals } = world;
    for (let i = 0; i < 10_000; i += 1)
      signals.event({ id: `${vault.nowMs}:${i}`, magnitude: "9" });
  };

  test("fires once a cooldown, and keeps nothing else waiting", async () => {
    const { vault, client } = world;
    await make(giftTrigger(match, { cooldown: { seconds: 3600n } }));
    const atMs = vault.nowMs + 150_000;
    const clock = await make(
      giftTrigger({
        test: {
          case: "schedule",
          value: { schedule: { case: "once", value: { time: timestampFromMs(atMs) } } },
        },
      }),
    );
    for (let i = 0; i < 3; i += 1) {
      flood();
      const startMs = performance.now();
      await minute();
      expect(performance.now() - startMs).toBeLessThan(10_000);
    }
    expect(count("firing")).toBe(2);
    expect(readTrigger(vault.db, clock)?.standing.progress.fireCount).toBe(1);
    expect((await client.triggers.listTriggers({ parent: vault.name })).triggers).toHaveLength(2);
    expect(vault.faults).toEqual([]);
  }, 60_000);

  test("fires sixteen times a look at most without a cooldown, and never for more than a thousand", async () => {
    await make(giftTrigger(match));
    flood();
    await minute();
    expect(count("firing")).toBe(16);
    const { vault } = world;
    for (let i = 0; i < 80; i += 1) {
      vault.wait(500);
      await vault.runtime.alarm();
    }
    expect(count("firing")).toBe(1000);
    expect(vault.faults).toEqual([]);
  }, 60_000);
});
