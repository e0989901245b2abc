/** The triggers of a revoked key are not looked at; those of a key that comes back are again. */
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { beforeEach, expect, test } from "vitest";
import { ObservationSchema } from "#gen/signal/v1/observation";
import { Unit } from "#gen/signal/v1/series";
import { Comparator } from "#gen/trigger/v1/signal_condition";
import { TriggerSchema } from "#gen/trigger/v1/trigger";
import { KeyGrantSchema } from "#gen/vault/v1/key";
import { ok } from "#protocol/result";
import { operatingVault, startMs } from "../../test/support/operating-vault.ts";
import { revokeKey, writeKey } from "../identity/key-store.ts";
import { readAuthority, writeAuthority } from "../identity/vault-store.ts";
import { fromGrant } from "../identity/wire.ts";
import type { SignalClient } from "../signal/client.ts";
import type { World } from "../signal/world.ts";
import type { Database } from "../storage/database.ts";
import { insertTrigger } from "./store.ts";
import { createWatch } from "./watch.ts";

const eth = "market.price.eth.usd@v1";
const nowMs = startMs + 1000;
const observation = create(ObservationSchema, {
  series: eth,
  round: 1n,
  value: "2150",
  observeTime: timestampFromMs(nowMs - 1000),
  fetchTime: timestampFromMs(nowMs - 500),
  expireTime: timestampFromMs(nowMs + 60_000),
});
const world: World = {
  round: 1n,
  publishMs: nowMs,
  nextPublishMs: nowMs + 10_000,
  receiveMs: nowMs,
  observations: new Map([[eth, observation]]),
  events: [],
  series: new Map(),
};
const body = create(TriggerSchema, {
  condition: {
    test: {
      case: "signalThreshold",
      value: {
        series: eth,
        unit: Unit.USD,
        comparator: Comparator.GREATER_THAN,
        value: "1",
        maxAge: { seconds: 60n },
      },
    },
  },
  intent: { chain: "eip155:1" },
});

let db: Database;
let fired: string[];
let watch: ReturnType<typeof createWatch>;

/** A vault with a trigger of each of two keys, both of which are true now. */
beforeEach(async () => {
  ({ db } = await operatingVault({}));
  grant("k2");
  for (const key of ["k1", "k2"]) {
    insertTrigger(db, { triggerId: `t-${key}`, body, creatorKeyId: key, createdMs: startMs });
  }
  fired = [];
  let ids = 0;
  watch = createWatch({
    db,
    signals: { current: async () => ({ kind: "ok", world }) } as unknown as SignalClient,
    chains: new Map(),
    newId: () => `f${ids++}`,
    now: () => nowMs,
    chain: { read: async () => new Map(), readLogs: async () => new Map(), pauseMs: () => 1000 },
    judge: () => ok({ approval: [] }),
    planIntent: (_, { keyId }) => {
      fired.push(keyId);
      return `executions/${keyId}`;
    },
  });
});

function grant(keyId: string, expireMs = startMs + 90 * 86_400_000) {
  const granted = create(KeyGrantSchema, { keyId, expireTime: timestampFromMs(expireMs) });
  writeKey(db, fromGrant(granted, readAuthority(db).epoch, startMs), granted);
}

test("good keys' triggers fire", async () => {
  expect(await watch()).toMatchObject({ kind: "again" });
  expect(fired).toEqual(["k1", "k2"]);
});

test("a revoked key's triggers don't, and others' do", async () => {
  revokeKey(db, "k1", nowMs);
  expect(await watch()).toMatchObject({ kind: "again" });
  expect(fired).toEqual(["k2"]);
});

test("in another epoch no trigger fires, and the vault sleeps", async () => {
  writeAuthority(db, readAuthority(db).members, 1);
  expect(await watch()).toEqual({ kind: "done" });
  expect(fired).toEqual([]);
});

test("a key that is granted again brings its triggers back", async () => {
  writeAuthority(db, readAuthority(db).members, 1);
  await watch();
  grant("k2");
  await watch();
  expect(fired).toEqual(["k2"]);
});

test("an expired key's triggers don't fire any more", async () => {
  grant("k1", nowMs);
  await watch();
  expect(fired).toEqual(["k2"]);
});

test("when the only key is over, the vault sleeps", async () => {
  grant("k1", nowMs);
  grant("k2", nowMs);
  expect(await watch()).toEqual({ kind: "done" });
});
