/** What a feed that lies within all bounds can cost: what the policy lets go, and no more. */
import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { Unit } from "#gen/signal/v1/series";
import { Comparator } from "#gen/trigger/v1/signal_condition";
import { TriggerSchema } from "#gen/trigger/v1/trigger";
import { dial } from "#protocol/dial";
import { FakeSignals, makeFeedKey } from "../../test/support/fake-signals.ts";
import {
  chain,
  eth,
  operatingVault,
  planned,
  startMs,
  submitted,
  target,
  vaultId,
} from "../../test/support/operating-vault.ts";
import { ethUsd } from "../../test/support/watching-vault.ts";
import { judgeIntent } from "../execution/judge-intent.ts";
import { recentSpends } from "../policy/spend-store.ts";
import { createSignalClient } from "../signal/client.ts";
import { insertTrigger } from "./store.ts";
import { createWatch } from "./watch.ts";

const hourMs = 3_600_000;
const minuteMs = 60_000;
const [perOperation, perHour] = [60n, 100n];

test("P9: an absurd value within bounds, again and again: the loss is the policy's window", async () => {
  const vault = await operatingVault({
    calls: [{ target, selectors: ["0x"] }],
    recipients: [target],
    assets: [
      {
        asset: eth,
        maxPerOperation: String(perOperation),
        windows: [{ window: { seconds: 3600n }, maxAmount: String(perHour) }],
      },
    ],
  });
  const { db } = vault;
  let nowMs = startMs;
  const now = () => nowMs;
  const signals = new FakeSignals(await makeFeedKey(), now);
  const chains = new Map([[1, chain]]);
  const plans: string[] = [];
  const watch = createWatch({
    db,
    chains,
    signals: createSignalClient({
      transport: dial(signals.fetch, "http://signals"),
      feedKeyId: signals.feedKeyId,
      now,
    }),
    chain: { read: async () => new Map(), readLogs: async () => new Map(), pauseMs: () => 1000 },
    judge: (intent, keyId, atMs) =>
      judgeIntent({ db, chains }, { vaultId, keyId, nowMs: atMs }, intent, recentSpends(db, atMs)),
    newId: () => crypto.randomUUID(),
    now,
    planIntent: () => {
      const executionId = `e${plans.length}`;
      planned(vault, executionId, nowMs);
      plans.push(executionId);
      return `vaults/${vaultId}/executions/${executionId}`;
    },
  });
  const trigger = create(TriggerSchema, {
    condition: {
      test: {
        case: "signalThreshold",
        value: {
          series: ethUsd,
          unit: Unit.USD,
          comparator: Comparator.LESS_THAN,
          value: "2000",
          maxAge: { seconds: 300n },
        },
      },
    },
    intent: {
      chain: "eip155:1",
      action: {
        action: {
          case: "transfer",
          value: {
            asset: eth,
            amount: { amount: { case: "exact", value: "30" } },
            recipient: target,
          },
        },
      },
    },
  });
  insertTrigger(db, { triggerId: "t", body: trigger, creatorKeyId: "k1", createdMs: nowMs });

  const signed: { readonly atMs: number; readonly amount: bigint }[] = [];
  let done = 0;
  for (let minute = 0; minute < 180; minute += 1) {
    nowMs += minuteMs;
    // It rises and falls every other minute: each fall fires anew.
    signals.observe(ethUsd, minute % 2 === 0 ? "10" : "99999");
    await signals.publish();
    await watch();
    for (; done < plans.length; done += 1) {
      const outcome = await submitted(vault, plans[done] ?? "", 30n, now);
      if (outcome.ok) signed.push({ atMs: nowMs, amount: 30n });
    }
  }
  expect(plans.length).toBe(90);
  const worst = signed.map(({ atMs }) =>
    signed
      .filter((one) => one.atMs <= atMs && one.atMs > atMs - hourMs)
      .reduce((sum, { amount }) => sum + amount, 0n),
  );
  expect(signed.length).toBeGreaterThanOrEqual(9);
  expect(worst.every((sum) => sum <= perHour)).toBe(true);
});
