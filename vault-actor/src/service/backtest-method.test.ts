/** A trigger over the past, through the vault's own service. */
import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { beforeEach, describe, expect, test } from "vitest";
import type { BacktestTriggerResponse } from "#gen/trigger/v1/trigger_messages";
import { errorInfoOf } from "#protocol/errors";
import { setPolicy } from "../../test/support/node-vault-acts.ts";
import { takeSnapshot } from "../../test/support/snapshot.ts";
import {
  ethUsd,
  giftPolicy,
  giftTrigger,
  native,
  quakes,
  under,
  watchingVault,
} from "../../test/support/watching-vault.ts";

const minute = 60_000;

let world: Awaited<ReturnType<typeof watchingVault>>;
let startMs: number;

beforeEach(async () => {
  world = await watchingVault();
  startMs = world.vault.nowMs;
});

/** A round a minute with these values; then time goes on by a minute. */
const prices = (...values: (string | undefined)[]) => pricesEvery(minute, values);

const pricesEvery = (ms: number, values: readonly (string | undefined)[]) => {
  for (const value of values) {
    world.signals.observe(ethUsd, value);
    world.vault.wait(ms);
  }
};

const backtest = (
  trigger: ReturnType<typeof giftTrigger>,
  more: Record<string, unknown> = {},
): Promise<BacktestTriggerResponse> =>
  world.client.triggers.backtestTrigger({
    parent: world.vault.name,
    trigger,
    startTime: timestampFromMs(startMs),
    endTime: timestampFromMs(world.vault.nowMs),
    ...more,
  });

const causes = (answer: BacktestTriggerResponse) =>
  answer.firings.map(({ occurrenceKey }) => occurrenceKey.split("/").slice(2).join("/"));

const minutes = (answer: BacktestTriggerResponse) =>
  answer.firings.map(({ fireTime }) => (fireTime ? timestampMs(fireTime) - startMs : 0) / minute);

describe("a backtest", () => {
  test("fires when the condition becomes true, and again after it cleared", async () => {
    prices("2500", "2100", "2050", "2300", "2000");
    const answer = await backtest(giftTrigger(under("2200")));
    expect(minutes(answer)).toEqual([1, 4]);
    expect(answer.firings[0]).toMatchObject({
      name: `${world.vault.name}/triggers/backtest/firings/1`,
      decision: { allowed: true, reason: "" },
      execution: "",
      evaluation: { explanation: "2100 < 2200" },
    });
    expect(answer.playedUntilTime).toEqual(timestampFromMs(world.vault.nowMs));
    expect(answer.lastEvaluation).toMatchObject({ explanation: "2000 < 2200" });
  });

  test("counts what earlier firings would have spent against the policy of now", async () => {
    prices("2500", "1", "2500", "1", "2500", "1", "2500", "1");
    const { firings } = await backtest(giftTrigger(under("2200"), {}, "1"));
    expect(firings.map(({ decision }) => decision?.allowed)).toEqual([true, true, true, false]);
    expect(firings[3]?.decision).toMatchObject({ reason: "LIMIT_EXCEEDED" });
  });

  test("says what the policy refuses instead of failing", async () => {
    prices("1");
    const { firings } = await backtest(giftTrigger(under("2200"), {}, "5"));
    expect(firings[0]?.decision).toMatchObject({ allowed: false, reason: "LIMIT_EXCEEDED" });
  });

  test.for([
    ["1", false],
    ["0", true],
  ] as const)("of one ether asked about above %s", async ([amount, needsApproval]) => {
    const approvals = { over: [{ asset: native, amount }] };
    await setPolicy(world.vault, { ...giftPolicy, approvals });
    prices("2500", "1");
    const { firings } = await backtest(giftTrigger(under("2200")));
    expect(firings).toMatchObject([{ decision: { allowed: true, needsApproval } }]);
  });

  test("knows what stood before it starts", async () => {
    prices("2100");
    startMs = world.vault.nowMs;
    world.vault.wait(minute);
    expect(minutes(await backtest(giftTrigger(under("2200"))))).toEqual([0]);
  });

  test("takes a source that says the same as read again, and then as too old", async () => {
    prices("2100");
    for (let i = 0; i < 20; i++) {
      world.signals.reread(ethUsd);
      world.vault.wait(minute);
    }
    const { lastEvaluation } = await backtest(
      giftTrigger(under("2200", { maxAge: { seconds: 60_000n } })),
    );
    expect(lastEvaluation).toMatchObject({ explanation: "flagged STALE_CONTENT" });
  });

  test("fires once for each event", async () => {
    for (const id of ["usgs:a", "usgs:b"]) {
      world.signals.event({ id, magnitude: "6.1" });
      for (let i = 0; i < 60; i++) {
        world.signals.observe(quakes, undefined);
        world.vault.wait(minute);
      }
    }
    const trigger = giftTrigger({
      test: {
        case: "eventMatch",
        value: { series: quakes, minMagnitude: "6", maxAge: { seconds: 86_400n } },
      },
    });
    expect(causes(await backtest(trigger))).toEqual(["event/usgs:a", "event/usgs:b"]);
  });

  test("reads many pages, the oldest first", async () => {
    world.signals.maxPage = 7;
    prices(...Array.from({ length: 60 }, (_, i) => (i % 20 === 10 ? "1" : "2500")));
    expect(minutes(await backtest(giftTrigger(under("2200"))))).toEqual([10, 30, 50]);
  });

  test("stops when the trigger is exhausted", async () => {
    prices("1", "2500", "1", "2500", "1");
    const answer = await backtest(giftTrigger(under("2200"), { maxFires: 2n }));
    expect(minutes(answer)).toEqual([0, 2]);
    expect(answer.playedUntilTime).toEqual(timestampFromMs(world.vault.nowMs));
  });

  test("stops at 1,000 firings, and says how far it came", async () => {
    pricesEvery(
      20_000,
      Array.from({ length: 2100 }, (_, i) => (i % 2 === 0 ? "1" : "2500")),
    );
    const answer = await backtest(giftTrigger(under("2200")));
    expect(answer.firings.length).toBeLessThanOrEqual(1000);
    expect(answer.firings.length).toBeGreaterThan(900);
    const lastMs = answer.firings.at(-1)?.fireTime;
    expect(timestampMs(answer.playedUntilTime ?? timestampFromMs(0))).toBe(
      (lastMs ? timestampMs(lastMs) : 0) + 1,
    );
  });

  test("writes nothing", async () => {
    prices("2500", "2100");
    const before = takeSnapshot(world.vault.db);
    await backtest(giftTrigger(under("2200")));
    expect(takeSnapshot(world.vault.db)).toEqual(before);
  });

  test("of a series that can't be read is refused", async () => {
    prices("1");
    await backtest(giftTrigger(under("2200")));
    world.signals.reachable = false;
    const refused = await backtest(giftTrigger(under("2200"))).catch(errorInfoOf);
    expect(refused).toMatchObject({ metadata: {}, nextStep: expect.any(String) });
  });
});

const at = (ms: number) => timestampFromMs(ms);

describe("a backtest is refused", () => {
  test.each<[string, () => Record<string, unknown>, string]>([
    [
      "that ends before it starts",
      () => ({ startTime: at(startMs + 1), endTime: at(startMs) }),
      "start_time",
    ],
    ["of no time at all", () => ({ endTime: at(startMs) }), "start_time"],
    ["that ends in the future", () => ({ endTime: at(world.vault.nowMs + 1) }), "end_time"],
    ["of more than 366 days", () => ({ startTime: at(startMs - 367 * 86_400_000) }), "start_time"],
    ["without a start", () => ({ startTime: undefined }), "start_time"],
    [
      "with a value without a time",
      () => ({ chainValues: [{ key: "a", value: "1" }] }),
      "chain_values[0].time",
    ],
    [
      "with a value that is no number",
      () => ({ chainValues: [{ key: "a", value: "1e3", time: at(startMs) }] }),
      "chain_values[0].value",
    ],
    [
      "with a log without topics",
      () => ({
        chainLogs: [
          { logs: [{ time: at(startMs), transactionHash: `0x${"1".repeat(64)}`, data: "0x" }] },
        ],
      }),
      "chain_logs[0].logs[0].topics",
    ],
    [
      "of an unknown series",
      () => ({ trigger: giftTrigger(under("1", { series: "no.such@v1" })) }),
      "trigger.condition.signal_threshold.series",
    ],
  ])("%s", async (_, more, field) => {
    world.vault.wait(minute);
    const refused = await backtest(giftTrigger(under("2200")), more()).catch(errorInfoOf);
    expect(refused).toMatchObject({ metadata: { field } });
  });
});
