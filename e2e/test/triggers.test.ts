/**
 * Triggers through the whole system: what fires live fires in a backtest, bad ones are refused
 * where they are made, and a firing replays from its record alone.
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { toJsonString } from "@bufbuild/protobuf";
import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Unit } from "#gen/signal/v1/series";
import { FiringSchema } from "#gen/trigger/v1/firing";
import { Comparator } from "#gen/trigger/v1/signal_condition";
import { errorInfoOf, reasonOf } from "#protocol/errors";
import { badTriggers } from "../../vault-actor/test/support/bad-triggers.ts";
import { setPolicy } from "../scenario/policy.ts";
import {
  type ConditionInit,
  causeOf,
  firedMs,
  makeTrigger,
  swapOn,
  waitForFirings,
} from "../scenario/triggers.ts";
import { claimVault, type LiveVault } from "../scenario/vault.ts";
import { root } from "../stack/instance.ts";
import { type Stack, startStack } from "../stack/stack.ts";

let stack: Stack;
let vault: LiveVault;
beforeAll(async () => {
  stack = await startStack({ name: "triggers", persistent: false, progress: () => {} });
  vault = await claimVault(stack, "10");
  await setPolicy(vault, "6");
});
afterAll(() => stack?.stop());

const under = (value: string): ConditionInit => ({
  test: {
    case: "signalThreshold",
    value: {
      series: "market.price.eth.usd@v1",
      unit: Unit.USD,
      comparator: Comparator.LESS_THAN,
      value,
      maxAge: { seconds: 300n },
    },
  },
});

const quake: ConditionInit = {
  test: {
    case: "eventMatch",
    value: { series: "natural.quake@v1", minMagnitude: "6", maxAge: { seconds: 3600n } },
  },
};

/** Lets the world be so until every vault has seen it. */
const worldFor = async (ms: number, change: () => void) => {
  change();
  await sleep(ms);
};

describe("live and backtest", () => {
  test("fire for the same causes", async () => {
    const { state } = stack.world;
    const startMs = Date.now();
    const trigger = swapOn(vault, {
      test: { case: "any", value: { conditions: [under("2200"), quake] } },
    });
    const name = await makeTrigger(vault, trigger);
    const happen = [
      () => {
        state.ethUsd = 2100;
      },
      () => {
        state.ethUsd = 2500;
      },
      () => {
        state.quakes = [
          { id: "us1", magnitude: 6.4, latitude: 35, longitude: 139, timeMs: Date.now() },
        ];
      },
      () => {
        state.ethUsd = 1900;
      },
    ];
    for (const change of happen) await worldFor(3500, change);
    const live = await waitForFirings(vault, name, 3);
    const { firings, playedUntilTime } = await vault.client.triggers.backtestTrigger({
      parent: vault.name,
      trigger,
      startTime: timestampFromMs(startMs),
      endTime: timestampFromMs(Date.now() - 500),
    });
    expect(firings.map(causeOf)).toEqual(live.map(causeOf));
    // The feed says it, and the vault sees it within a period of the feed.
    for (const [i, firing] of firings.entries()) {
      const lateMs = firedMs(live[i] ?? firing) - firedMs(firing);
      expect(lateMs).toBeGreaterThanOrEqual(0);
      expect(lateMs).toBeLessThan(2500);
    }
    expect(firings.every(({ decision }) => decision?.allowed)).toBe(true);
    expect(timestampMs(playedUntilTime ?? timestampFromMs(0))).toBeGreaterThan(startMs);
    state.ethUsd = 2500;
    state.quakes = [];
  });

  test("leave firings that replay, at the vault and from the record alone", async () => {
    const name = await makeTrigger(vault, swapOn(vault, under("9000")));
    const [fired] = await waitForFirings(vault, name, 1);
    if (fired === undefined) throw new Error("nothing fired");
    const replayed = await vault.client.triggers.replayFiring({ name: fired.name });
    expect(replayed.equal).toBe(true);
    expect(replayed.evaluation).toEqual(fired.evaluation);
    const file = join(stack.instance.folder, "firing.json");
    const replay = (json: string) => {
      writeFileSync(file, json);
      return spawnSync(process.execPath, [join(root, "scripts/replay.ts"), file]).status;
    };
    const json = toJsonString(FiringSchema, fired);
    expect(replay(json)).toBe(0);
    expect(replay(json.replace("9000", "1"))).toBe(1);
  });
});

describe("refused", () => {
  test.each(badTriggers.map((bad) => [bad.name, bad] as const))("%s", async (_, bad) => {
    const made = makeTrigger(vault, swapOn(vault, bad.condition, bad.firePolicy));
    const error: unknown = await made.then(
      () => "created",
      (error: unknown) => error,
    );
    expect([reasonOf(error), errorInfoOf(error)?.metadata.field]).toEqual([bad.reason, bad.field]);
  });
});
