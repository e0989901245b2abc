/** What a whole vault tells: what happened, in time, and not a word of whom it happened to. */
import { fromBinary } from "@bufbuild/protobuf";
import { expect, test, vi } from "vitest";
import { TelemetryBatchSchema } from "#gen/internal/v1/telemetry";
import { TelemetryFact_Kind } from "#gen/signal/v1/telemetry";
import { reasonOf } from "#protocol/errors";
import { setPolicy } from "../test/support/node-vault-acts.ts";
import {
  ethUsd,
  friend,
  giftTrigger,
  native,
  requestId,
  under,
  watchingVault,
} from "../test/support/watching-vault.ts";
import { createTelemetry, type SendBatch } from "./telemetry/telemetry.ts";

const amount = "1375000000000000000";

/** A vault that makes a trigger, is refused something, and fires. */
async function busyVault(send: SendBatch) {
  const { vault, signals, client, signer } = await watchingVault();
  await setPolicy(vault, {
    calls: [{ target: friend, selectors: ["0x"] }],
    recipients: [friend],
    assets: [
      {
        asset: native,
        maxPerOperation: amount,
        windows: [{ window: { seconds: 86_400n }, maxAmount: amount }],
      },
    ],
  });
  vault.crash();
  vault.telemetry = createTelemetry({
    send,
    now: () => vault.nowMs,
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  });
  signals.observe(ethUsd, "2500");
  await signals.publish();
  const { trigger } = await client.triggers.createTrigger({
    parent: vault.name,
    requestId: requestId(),
    trigger: giftTrigger(under("2200"), {}, amount),
  });
  const unknown = client.triggers.getTrigger({ name: `${vault.name}/triggers/none` });
  expect(await unknown.catch(reasonOf)).toBe("NOT_FOUND");
  const look = async () => {
    vault.wait(60_000);
    await vault.runtime.alarm({ retryCount: 0, scheduledTime: vault.nowMs - 900 });
  };
  await look();
  signals.observe(ethUsd, "2100");
  await signals.publish();
  await look();
  const { firings } = await client.triggers.listFirings({ parent: trigger?.name ?? "" });
  return { vault, firings, trigger, signer };
}

const told = (batches: readonly Uint8Array[]) =>
  batches
    .flatMap((batch) => fromBinary(TelemetryBatchSchema, batch).facts)
    .map(({ kind, outcome }) => `${nameOf(kind)} ${outcome}`);

const nameOf = (kind: TelemetryFact_Kind) =>
  Object.entries(TelemetryFact_Kind).find(([, number]) => number === kind)?.[0];

test("a busy vault tells what it did, and nothing of itself", async () => {
  const batches: Uint8Array[] = [];
  const { vault, firings, trigger, signer } = await busyVault(async (batch) => {
    batches.push(batch);
  });
  expect(firings).toHaveLength(1);
  const facts = told(batches);
  for (const one of ["CALL ok", "CALL NOT_FOUND", "PULL ok", "LOOK ok", "ALARM ok"]) {
    expect(facts).toContain(one);
  }
  expect(facts).toContain("FIRING allowed");
  // Nothing that is its own: no name, address, key, series, amount or price, in any spelling.
  const account = vault.vaultId.split(":")[2] ?? "";
  const own = [vault.vaultId, account, friend, signer.keyId, ethUsd, "market.price", "ETH"];
  own.push(amount, "2100", "2200", "2500", "31337", "eip155", "a gift");
  for (const name of [trigger?.name, firings[0]?.name, firings[0]?.execution]) {
    own.push(...(name ?? "").split(/[/:]/).filter((part) => part.length > 3 && /\d/.test(part)));
  }
  const bytes = batches.flatMap((batch) => {
    const { id } = fromBinary(TelemetryBatchSchema, batch);
    // All but its random id, which may hold any four bytes.
    return [...batch.subarray(batch.indexOf(id[0] ?? 0) + id.length)];
  });
  const text = String.fromCharCode(...bytes).toLowerCase();
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
  for (const one of own) expect(text).not.toContain(one.toLowerCase());
  expect(hex).not.toContain(account.slice(2, 18));
  expect(hex).not.toContain(friend.slice(-40, -24));
  for (const number of [BigInt(amount), 2100n * 10n ** 8n]) {
    expect(hex).not.toContain(number.toString(16));
  }
});

test("each fact's words are of the closed list, and its times of its own vault only", async () => {
  const batches: Uint8Array[] = [];
  await busyVault(async (batch) => {
    batches.push(batch);
  });
  for (const batch of batches) {
    const { facts, minute } = fromBinary(TelemetryBatchSchema, batch);
    expect(facts.length).toBeLessThanOrEqual(64);
    expect(Number(minute?.seconds) % 60).toBe(0);
    expect(minute?.nanos).toBe(0);
    for (const { outcome } of facts) expect(outcome).toMatch(/^([a-z0-9_]+|[A-Z_]+)$/);
  }
  const facts = batches.flatMap((batch) => fromBinary(TelemetryBatchSchema, batch).facts);
  const alarm = facts.find(({ kind }) => kind === TelemetryFact_Kind.ALARM);
  // 900 ms late each time: more than 512, at most 1024.
  expect(alarm?.latencyBuckets[10]).toBe(alarm?.count);
});

test.each<readonly [string, SendBatch]>([
  ["hangs for ever", () => new Promise(() => {})],
  ["fails", () => Promise.reject(new Error("full"))],
  [
    "throws",
    () => {
      throw new Error("no such queue");
    },
  ],
])("a queue that %s keeps no call and no firing from being done", async (_, send) => {
  const tried = vi.fn(send);
  const { vault, firings } = await busyVault(tried);
  expect(firings).toHaveLength(1);
  expect(tried).toHaveBeenCalled();
  expect(vault.faults).toEqual([]);
});

test("telling writes no row and sets no alarm", async () => {
  const rows = async (send: SendBatch | undefined) => {
    const { vault, signals, client } = await watchingVault();
    vault.crash();
    if (send !== undefined) {
      const randomBytes = (length: number) => new Uint8Array(length);
      vault.telemetry = createTelemetry({ send, now: () => vault.nowMs, randomBytes });
    }
    signals.observe(ethUsd, "2500");
    await signals.publish();
    await client.triggers.createTrigger({
      parent: vault.name,
      requestId: requestId(),
      trigger: giftTrigger(under("2200")),
    });
    const before = vault.db.rows.written;
    for (let i = 0; i < 15; i++) {
      vault.wait(60_000);
      await vault.runtime.alarm({ retryCount: 0 });
    }
    return { written: vault.db.rows.written - before, alarmMs: vault.alarmMs };
  };
  const sent = vi.fn(async () => {});
  const [without, withTelemetry] = [await rows(undefined), await rows(sent)];
  expect(sent).toHaveBeenCalled();
  expect(withTelemetry.written).toBe(without.written);
});
