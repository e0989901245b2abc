/** One world, looked at live while it unfolds, and played from its history afterwards. */
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { expect } from "vitest";
import { Quality } from "#gen/signal/v1/observation";
import type { Trigger } from "#gen/trigger/v1/trigger";
import { dial } from "#protocol/dial";
import { ok } from "#protocol/result";
import { runBacktest } from "../../src/backtest/run.ts";
import type { ChainReader } from "../../src/chain/chain-reader.ts";
import { createSignalClient } from "../../src/signal/client.ts";
import { createSignalHistory, type Range } from "../../src/signal/history-client.ts";
import { compile } from "../../src/trigger/compile.ts";
import type { Fired } from "../../src/trigger/consider.ts";
import { fireRulesOf } from "../../src/trigger/fire-policy.ts";
import { listFirings } from "../../src/trigger/firing-store.ts";
import { insertTrigger } from "../../src/trigger/store.ts";
import { createWatch } from "../../src/trigger/watch.ts";
import { FakeSignals, makeFeedKey } from "./fake-signals.ts";
import { operatingVault, startMs } from "./operating-vault.ts";
import { registry, restless } from "./registry.ts";
import { ethUsd, quakes } from "./watching-vault.ts";

/** What happens at one moment, and how long nothing happened before. */
export type Step = {
  readonly waitMs: number;
  /** What the price's source says; absent: the same as before. */
  readonly price?: {
    readonly value: string | undefined;
    readonly lagMs: number;
    readonly doubted: boolean;
  };
  readonly quake?: { readonly magnitude: string; readonly agoMs: number };
};

const noChain: ChainReader = {
  read: async () => new Map(),
  readLogs: async () => new Map(),
  pauseMs: () => 60_000,
};

/** How often the feed publishes when nothing happens. */
const periodMs = 60_000;

const feedKey = makeFeedKey();

/** Looks at a world live while it unfolds, then plays it from its history. */
export async function bothOf(trigger: Trigger, steps: readonly Step[]) {
  const feed = await feedKey;
  let nowMs = startMs;
  const now = () => nowMs;
  const signals = new FakeSignals(feed, now, periodMs, restless);
  const { db } = await operatingVault({});
  const transport = dial(signals.fetch, "http://signals");
  insertTrigger(db, { triggerId: "live", body: trigger, creatorKeyId: "k1", createdMs: startMs });
  let ids = 0;
  const look = createWatch({
    db,
    signals: createSignalClient({ transport, feedKeyId: feed.keyId, now }),
    chains: new Map(),
    chain: noChain,
    judge: () => ok({ approval: [] }),
    newId: () => `f${ids++}`,
    now,
    planIntent: () => "",
  });
  let quakeIds = 0;
  let nextLookMs = startMs;
  const lookUntil = async (untilMs: number) => {
    while (nextLookMs < untilMs) {
      nowMs = nextLookMs;
      const outcome = await look();
      if (outcome.kind === "done") nextLookMs = Number.POSITIVE_INFINITY;
      else nextLookMs = outcome.kind === "again" ? outcome.dueMs : nowMs + 1000;
    }
  };
  const publish = async (nextMs: number) => {
    for (const series of [ethUsd, quakes]) signals.reread(series);
    await signals.publish(nextMs);
    if (nextLookMs !== Number.POSITIVE_INFINITY) nextLookMs = nowMs;
    await lookUntil(nextMs);
    nowMs = nextMs;
  };
  signals.observe(quakes, undefined);
  for (const { waitMs, price, quake } of steps) {
    const stepMs = nowMs + waitMs;
    while (nowMs < stepMs) await publish(Math.min(nowMs + periodMs, stepMs));
    if (price !== undefined) {
      signals.observe(ethUsd, price.value, {
        observeTime: timestampFromMs(nowMs - price.lagMs),
        qualities: price.doubted ? [Quality.STEP_LIMITED] : [],
      });
    }
    if (quake !== undefined) {
      const occurTime = timestampFromMs(nowMs - quake.agoMs);
      signals.event({ id: `usgs:${quakeIds++}`, magnitude: quake.magnitude, occurTime });
    }
  }
  await publish(nowMs + 1);
  const endMs = nowMs;
  const live = listFirings(db, "live", Number.MAX_SAFE_INTEGER, 10_000)
    .map(({ firing }) => firing)
    .reverse();
  const played = await playHistory(createSignalHistory(transport), trigger, {
    startMs,
    endMs,
  });
  return { live, played };
}

/** The firings of a backtest over a range. */
async function playHistory(
  history: ReturnType<typeof createSignalHistory>,
  body: Trigger,
  range: Range,
): Promise<readonly Fired[]> {
  const { condition, firePolicy } = body;
  if (condition === undefined) throw new Error("no condition");
  const account = { chainId: 1, address: `0x${"a".repeat(40)}` } as const;
  const clear = firePolicy?.clearCondition;
  const fired: Fired[] = [];
  const played = await runBacktest(
    { history, now: () => 0, pause: async () => {} },
    {
      rule: {
        triggerId: "live",
        version: 1,
        condition: compile(condition, account),
        clear: clear === undefined ? undefined : compile(clear, account, "clear"),
        rules: fireRulesOf(firePolicy),
      },
      series: registry,
      range,
      recorded: [],
      onFired: (one) => fired.push(one) > 0,
      limits: { maxFirings: 10_000, maxEvaluations: 100_000, maxObservations: 100_000 },
      deadlineMs: 1,
    },
  );
  expect(played).toMatchObject({ halt: undefined, untilMs: range.endMs });
  return fired;
}
