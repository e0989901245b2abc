/** Effects happen once, whatever dies in between, and never without policy and scope. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { Scope } from "#gen/access/v1/access";
import { TriggerSchema } from "#gen/trigger/v1/trigger";
import { IntentSchema } from "#gen/vault/v1/intent";
import { KeyGrantSchema } from "#gen/vault/v1/key";
import { PolicySchema } from "#gen/vault/v1/policy";
import { formatEd25519KeyId } from "#protocol/proof/key-id";
import { verifyWebhook } from "#protocol/webhook/verify";
import { operatingVault, startMs, vaultId } from "../../../test/support/operating-vault.ts";
import { revokeKey, writeKey } from "../../identity/key-store.ts";
import { readVault, writeFreeze } from "../../identity/vault-store.ts";
import { fromGrant } from "../../identity/wire.ts";
import { list } from "../../ledger/store.ts";
import { writePolicy } from "../../policy/store.ts";
import { insertTrigger, readTrigger } from "../../trigger/store.ts";
import type { EffectDraft } from "../action/effect-draft.ts";
import { insertExecution, readExecution, writeEnd } from "../store.ts";
import { readDelivery } from "./delivery-store.ts";
import { runEffect } from "./run-effect.ts";

const url = "https://hooks.shop.example/metavault";
const webhook = { kind: "webhook", url, host: "hooks.shop.example", message: "m" } as const;
const rules: MessageInitShape<typeof PolicySchema> = { webhookHosts: ["hooks.shop.example"] };

async function stage(scopes: readonly Scope[] = [Scope.VAULT_FREEZE, Scope.TRIGGER_TOGGLE]) {
  const { db } = await operatingVault(rules);
  const pair = (await crypto.subtle.generateKey("Ed25519", true, ["sign"])) as CryptoKeyPair;
  const raw = (await crypto.subtle.exportKey("raw", pair.publicKey)) as ArrayBuffer;
  const keyId = formatEd25519KeyId(new Uint8Array(raw));
  db.run("UPDATE vault SET identity_key_id = ?", keyId);
  const grant = create(KeyGrantSchema, {
    keyId: "k1",
    scopes: [...scopes],
    expireTime: timestampFromMs(startMs + 365 * 86_400_000),
  });
  writeKey(db, fromGrant(grant, 1, startMs), grant);
  insertExecution(db, {
    executionId: "e1",
    intent: create(IntentSchema, { chain: "eip155:1" }),
    cause: { kind: "KEY", keyId: "k1" },
    keyId: "k1",
    expireMs: startMs + 600_000,
    nowMs: startMs,
  });
  const state = {
    nowMs: startMs,
    opened: 0,
    sent: [] as { url: string; init: RequestInit }[],
    answer: async (): Promise<Response> => new Response(null, { status: 204 }),
  };
  const deps = {
    db,
    vaultId: () => vaultId,
    now: () => state.nowMs,
    identity: async () => {
      state.opened += 1;
      return pair.privateKey;
    },
    outside: (url: string, init: RequestInit) => {
      state.sent.push({ url, init });
      return state.answer();
    },
  };
  const run = async (effect: EffectDraft) => {
    const execution = readExecution(db, "e1");
    if (execution === undefined) throw new Error("no execution");
    return runEffect(deps, execution, effect);
  };
  const ended = () => {
    const { state: at, failure } = readExecution(db, "e1") ?? {};
    return failure === undefined ? at : `${at} ${failure.reason}`;
  };
  const kinds = () =>
    list(db, 99, 99)
      .map(({ kind }) => kind)
      .reverse();
  return { db, state, run, ended, kinds, keyId };
}

const freeze = { kind: "freeze", reason: "enough" } as const;
const pause = {
  kind: "pause_trigger",
  trigger: `vaults/${vaultId}/triggers/t1`,
  triggerId: "t1",
} as const;
const notify = { kind: "notify", message: "look" } as const;

test("a freeze freezes, once, by who asked for it", async () => {
  const { db, run, ended, kinds } = await stage();
  expect(await run(freeze)).toEqual({ kind: "done" });
  await run(freeze);
  expect(readVault(db)?.freeze).toEqual({ by: "k1", reason: "enough", atMs: startMs });
  expect(ended()).toBe("FINAL");
  expect(kinds()).toEqual(["VAULT_FROZEN", "OPERATION_SETTLED"]);
});

test("a freeze of a frozen vault changes nothing and is carried out", async () => {
  const { db, run, ended, kinds } = await stage();
  const before = { by: "owner", reason: "first", atMs: 1 };
  writeFreeze(db, before);
  await run(freeze);
  expect(readVault(db)?.freeze).toEqual(before);
  expect(ended()).toBe("FINAL");
  expect(kinds()).toEqual(["OPERATION_SETTLED"]);
});

test("a pause pauses the trigger, and one that is gone is an error", async () => {
  const { db, run, ended } = await stage();
  const body = create(TriggerSchema);
  insertTrigger(db, { triggerId: "t1", body, creatorKeyId: "k1", createdMs: startMs });
  await run(pause);
  expect(readTrigger(db, "t1")?.standing.state).toBe("PAUSED");
  expect(ended()).toBe("FINAL");
  const other = await stage();
  await other.run(pause);
  expect(other.ended()).toBe("FAILED NOT_FOUND");
});

test.each<[string, EffectDraft]>([
  ["freeze", freeze],
  ["pause", pause],
])("a %s needs its scope when it is carried out", async (_, effect) => {
  const { db, run, ended } = await stage([]);
  await run(effect);
  expect(ended()).toBe("FAILED SCOPE_MISSING");
  expect(readVault(db)?.freeze).toBeUndefined();
});

test.each<[string, EffectDraft]>([
  ["freeze", freeze],
  ["notification", notify],
  ["webhook", webhook],
])("a %s of a revoked key does not happen", async (_, effect) => {
  const { db, run, ended, state } = await stage();
  revokeKey(db, "k1", startMs);
  await run(effect);
  expect(ended()).toBe("FAILED POLICY_REFUSED");
  expect(readVault(db)?.freeze).toBeUndefined();
  expect(state.sent).toEqual([]);
});

test.each<[string, EffectDraft]>([
  ["freeze", freeze],
  ["webhook", webhook],
])("a %s that is late does not happen", async (_, effect) => {
  const { run, ended, state } = await stage();
  state.nowMs += 600_000;
  await run(effect);
  expect(ended()).toBe("FAILED DEADLINE_EXCEEDED");
  expect(state.sent).toEqual([]);
});

test("a notification is in the ledger, once, frozen or not", async () => {
  const { db, run, kinds } = await stage();
  writeFreeze(db, { by: "owner", reason: "", atMs: 1 });
  await run(notify);
  await run(notify);
  expect(kinds()).toEqual(["NOTIFICATION"]);
  expect(list(db, 99, 1)[0]).toMatchObject({ actor: "k1", facts: '{"message":"look"}' });
});

test("a webhook is signed, and ends with the first 2xx", async () => {
  const { run, ended, kinds, state, keyId } = await stage();
  expect(await run(webhook)).toEqual({ kind: "done" });
  expect(await run(webhook)).toEqual({ kind: "done" });
  expect(ended()).toBe("FINAL");
  expect(kinds()).toEqual(["WEBHOOK_DELIVERED"]);
  expect(state.sent).toHaveLength(1);
  const init: RequestInit = state.sent[0]?.init ?? {};
  expect(init).toMatchObject({ method: "POST", redirect: "manual" });
  const request = {
    method: "POST",
    url,
    headers: init.headers as Headers,
    body: init.body as Uint8Array<ArrayBuffer>,
  };
  const verified = await verifyWebhook(request, { vaultId, keyId, nowMs: startMs });
  expect(verified).toMatchObject({ ok: true, value: { id: "e1", message: "m" } });
});

test("a webhook comes again with the same bytes until it is answered", async () => {
  const { db, run, ended, state } = await stage();
  state.answer = async () => new Response(null, { status: 500 });
  const first = await run(webhook);
  expect(first).toEqual({ kind: "again", dueMs: startMs + 5_000 });
  // An alarm before the time sends nothing.
  expect(await run(webhook)).toEqual(first);
  expect(state.sent).toHaveLength(1);
  state.nowMs += 5_000;
  state.answer = () => Promise.reject(new Error("unreachable"));
  expect(await run(webhook)).toMatchObject({ kind: "again" });
  expect(readDelivery(db, "e1")).toMatchObject({ attemptCount: 2, lastStatus: 0 });
  state.nowMs += 60_000;
  state.answer = async () => new Response(null, { status: 200 });
  expect(await run(webhook)).toEqual({ kind: "done" });
  expect(ended()).toBe("FINAL");
  const bodies = new Set(state.sent.map(({ init }) => String(init.body)));
  const signed = new Set(state.sent.map(({ init }) => (init.headers as Headers).get("signature")));
  expect([state.sent.length, bodies.size, signed.size]).toEqual([3, 1, 3]);
});

test("eight attempts that nobody answers end it as failed", async () => {
  const { db, run, ended, state } = await stage();
  state.answer = async () => new Response(null, { status: 503 });
  for (let i = 0; i < 20; i++) {
    const outcome = await run(webhook);
    if (outcome.kind === "again") state.nowMs = outcome.dueMs;
  }
  expect(state.sent).toHaveLength(8);
  expect(ended()).toBe("FAILED DELIVERY_FAILED");
  expect(readDelivery(db, "e1")).toMatchObject({ lastStatus: 503, nextMs: undefined });
});

test("410 ends it at once, and a redirect is not followed", async () => {
  const { run, ended, state } = await stage();
  state.answer = async () => Response.redirect("https://elsewhere.example/", 302);
  expect(await run(webhook)).toMatchObject({ kind: "again" });
  state.nowMs += 5_000;
  state.answer = async () => new Response(null, { status: 410 });
  expect(await run(webhook)).toEqual({ kind: "done" });
  expect(ended()).toBe("FAILED DELIVERY_FAILED");
  expect(state.sent.map((one) => one.url)).toEqual([url, url]);
});

test("one that dies while it is sent comes again later, under the same id", async () => {
  const { db, run, ended, state } = await stage();
  // The object is gone before the answer: nothing after the fetch runs.
  state.answer = () => new Promise(() => {});
  void run(webhook);
  await expect.poll(() => state.sent.length).toBe(1);
  expect(readDelivery(db, "e1")).toMatchObject({ attemptCount: 1, nextMs: startMs + 5_000 });
  state.answer = async () => new Response(null, { status: 200 });
  expect(await run(webhook)).toEqual({ kind: "again", dueMs: startMs + 5_000 });
  state.nowMs += 5_000;
  await run(webhook);
  expect(ended()).toBe("FINAL");
  expect(state.sent).toHaveLength(2);
});

test("a host that the owners strike out gets nothing more", async () => {
  const { db, run, ended, state } = await stage();
  state.answer = async () => new Response(null, { status: 500 });
  await run(webhook);
  writePolicy(db, create(PolicySchema, {}), 2, startMs);
  state.nowMs += 5_000;
  await run(webhook);
  expect(state.sent).toHaveLength(1);
  expect(ended()).toBe("FAILED POLICY_REFUSED");
});

test("one that was begun is sent again after its intent's time", async () => {
  const { run, ended, state } = await stage();
  state.answer = async () => new Response(null, { status: 500 });
  await run(webhook);
  state.nowMs += 3_600_000;
  state.answer = async () => new Response(null, { status: 200 });
  await run(webhook);
  expect(ended()).toBe("FINAL");
});

test("one that is cancelled while it is sent stays cancelled", async () => {
  const { db, run, ended, state } = await stage();
  state.answer = async () => {
    writeEnd(db, "e1", "CANCELLED", undefined, startMs);
    return new Response(null, { status: 200 });
  };
  await run(webhook);
  expect(ended()).toBe("CANCELLED");
});
