/**
 * P8: what a signal causes can be foreseen by others. So it has a bound on its price, an amount of
 * its owner's choice, a limit to its age, a time of the vault's own, and a pause after it.
 */
import { createHash } from "node:crypto";
import { create, equals } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { beforeEach, describe, expect, test } from "vitest";
import { type Trigger, TriggerSchema, Verdict } from "#gen/trigger/v1/trigger";
import { IntentSchema } from "#gen/vault/v1/intent";
import { reasonOf } from "#protocol/errors";
import { ok } from "#protocol/result";
import { operatingVault, startMs } from "../../test/support/operating-vault.ts";
import { registry } from "../../test/support/registry.ts";
import {
  ethUsd,
  giftTrigger,
  native,
  quakes,
  requestId,
  under,
  watchingVault,
} from "../../test/support/watching-vault.ts";
import type { SignalClient } from "../signal/client.ts";
import type { World } from "../signal/world.ts";
import { lastFiring } from "./firing-store.ts";
import { insertTrigger, readTrigger } from "./store.ts";
import { createWatch } from "./watch.ts";

const minuteMs = 60_000;
let world: Awaited<ReturnType<typeof watchingVault>>;

beforeEach(async () => {
  world = await watchingVault();
  world.signals.observe(ethUsd, "2500");
  world.signals.observe(quakes, undefined);
  await world.signals.publish();
});

const make = (trigger: Trigger) =>
  world.client.triggers
    .createTrigger({ parent: world.vault.name, requestId: requestId(), trigger })
    .then((answer) => answer.trigger?.name.split("/").at(-1) ?? "");

async function minute(price?: string): Promise<void> {
  const { vault, signals } = world;
  vault.wait(minuteMs);
  if (price === undefined) signals.reread(ethUsd);
  else signals.observe(ethUsd, price);
  signals.reread(quakes);
  await signals.publish();
  await vault.wake();
}

const firings = () => world.vault.db.all("SELECT firing_id FROM firing").length;

test.for([0, 1001])("P8: a swap with a slippage bound of %i is refused", async (maxSlippageBps) => {
  const trigger = create(TriggerSchema, {
    displayName: "out of ether",
    condition: giftTrigger(under("2000")).condition as NonNullable<Trigger["condition"]>,
    intent: {
      chain: "eip155:31337",
      action: {
        action: {
          case: "swap",
          value: {
            sellAsset: native,
            buyAsset: `eip155:31337/erc20:0x${"c".repeat(40)}`,
            amount: { amount: { case: "exact", value: "1" } },
            maxSlippageBps,
            venue: { case: "uniswapV3", value: { fee: 500 } },
          },
        },
      },
    },
  });
  expect(await make(trigger).catch(reasonOf)).toBe("FIELD_INVALID");
});

test.for(["1999.99", "1000", "10"])(
  "P8: at a price of %s the amount is what its owner wrote",
  async (price) => {
    const trigger = giftTrigger(under("2000"), {}, "2");
    const triggerId = await make(trigger);
    await minute();
    await minute(price);
    const firing = lastFiring(world.vault.db, triggerId);
    const [written, asked] = [trigger.intent, firing?.intent];
    if (written === undefined || asked === undefined) throw new Error("no intent");
    expect(equals(IntentSchema, written, asked)).toBe(true);
    const stored = world.vault.db.one<{ intent: Uint8Array<ArrayBuffer> }>(
      "SELECT intent FROM execution",
    );
    expect(stored).toBeDefined();
  },
);

describe("P8: an event", () => {
  test.for<readonly [string, number, number]>([
    ["within its maximum age fires", 3_480_000, 1],
    ["older than its maximum age does not fire", 3_600_000, 0],
  ])("%s", async ([, ageMs, expected]) => {
    const { vault, signals } = world;
    await make(
      giftTrigger({
        test: { case: "eventMatch", value: { series: quakes, maxAge: { seconds: 3600n } } },
      }),
    );
    await minute();
    signals.event({
      id: "usgs:late",
      magnitude: "9",
      occurTime: timestampFromMs(vault.nowMs - ageMs),
    });
    await minute();
    expect(firings()).toBe(expected);
  });
});

test("P8: a cooldown bounds how often, however often it comes true", async () => {
  await make(giftTrigger(under("2000"), { cooldown: { seconds: 600n } }));
  for (let i = 0; i < 30; i += 1) {
    await minute("2500");
    await minute("1500");
  }
  // An hour has six times ten minutes.
  expect(firings()).toBe(6);
});

/** An address like others: the start of a hash. */
const addressOf = (i: number) =>
  `0x${createHash("sha256").update(String(i)).digest("hex").slice(0, 40)}`;

test("P8: vaults that wait for the same round look at times of their own", async () => {
  const due = new Set<number>();
  const publishMs = startMs;
  const seen: World = {
    round: 1n,
    publishMs,
    nextPublishMs: publishMs + minuteMs,
    receiveMs: publishMs,
    observations: new Map(),
    events: [],
    series: registry,
  };
  const vaults = 100;
  for (let i = 0; i < vaults; i += 1) {
    const { db } = await operatingVault({});
    db.run("UPDATE vault SET vault_id = ?", `eip155:1:${addressOf(i)}`);
    const condition = giftTrigger(under("2000")).condition as NonNullable<Trigger["condition"]>;
    const body = create(TriggerSchema, { condition, intent: { chain: "eip155:1" } });
    insertTrigger(db, { triggerId: "t", body, creatorKeyId: "k1", createdMs: startMs });
    const watch = createWatch({
      db,
      chains: new Map(),
      signals: { current: async () => ({ kind: "ok", world: seen }) } as unknown as SignalClient,
      chain: { read: async () => new Map(), readLogs: async () => new Map(), pauseMs: () => 1000 },
      judge: () => ok({ approval: [] }),
      newId: () => "f",
      now: () => startMs + 1000,
      planIntent: () => "",
    });
    const outcome = await watch();
    if (outcome.kind === "again") due.add(outcome.dueMs);
    expect(readTrigger(db, "t")?.standing.verdict).toBe(Verdict.UNKNOWN);
  }
  const times = [...due].sort((a, b) => a - b);
  // Nearly every one at a time of its own, all of them after the round and within a tenth of its period.
  expect(times.length).toBeGreaterThan(0.9 * vaults);
  expect((times[0] ?? 0) >= seen.nextPublishMs).toBe(true);
  expect((times.at(-1) ?? 0) <= seen.nextPublishMs + 0.1 * minuteMs).toBe(true);
  expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(0.08 * minuteMs);
});
