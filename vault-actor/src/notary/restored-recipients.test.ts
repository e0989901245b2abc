/** Who received after the time that a storage is put back to counts as new again. */
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { KeyGrantSchema } from "#gen/vault/v1/key";
import { PolicySchema } from "#gen/vault/v1/policy";
import {
  eth,
  operatingVault,
  planned,
  prepared,
  startMs,
  submitted,
  target,
} from "../../test/support/operating-vault.ts";
import { putBack, takeSnapshot } from "../../test/support/snapshot.ts";
import { judge } from "../execution/judge.ts";
import { writeKey } from "../identity/key-store.ts";
import { readAuthority } from "../identity/vault-store.ts";
import { fromGrant } from "../identity/wire.ts";
import { append } from "../ledger/store.ts";
import { settle } from "../policy/spend-store.ts";
import { readPolicy, writePolicy } from "../policy/store.ts";
import { putRight } from "./restore.ts";
import { readNote } from "./store.ts";

const window = { seconds: 86_400n };
const rules = {
  calls: [{ target, selectors: ["0x"] }],
  recipients: [target],
  assets: [{ asset: eth, maxPerOperation: "9", windows: [{ window, maxAmount: "9" }] }],
  newRecipients: { maxRecipients: 1, window },
  approvals: { newRecipient: true },
};

async function world() {
  const vault = await operatingVault({ ...rules, approvals: undefined });
  const { db } = vault;
  append(db, startMs, { kind: "VAULT_CLAIMED", actor: "", subject: "", facts: {} });
  const send = async (executionId: string) => {
    planned(vault, executionId, startMs);
    await submitted(vault, executionId, 1n, () => startMs);
    settle(db, executionId, new Map());
  };
  const restore = (snapshot: ReturnType<typeof takeSnapshot>) => {
    const held = readNote(db, startMs);
    putBack(db, snapshot);
    putRight({ db, forgetSession: () => {} }, held, startMs);
  };
  /** What wants the owners before one more is sent to the same, under the owners' next policy. */
  const asked = () => {
    const version = readPolicy(db).version + 1;
    writePolicy(db, create(PolicySchema, rules), version, startMs);
    const expireTime = timestampFromMs(startMs + 86_400_000);
    const grant = create(KeyGrantSchema, { keyId: "k2", expireTime });
    writeKey(db, fromGrant(grant, readAuthority(db).epoch, startMs), grant);
    const principal = { keyId: "k2", triggerId: undefined };
    const { operation } = prepared(vault, "next", 1n);
    const judged = judge(db, operation, principal, startMs + 1);
    return judged.ok ? judged.value.approval : judged.error.reason;
  };
  return { db, send, restore, asked };
}

const asNew = ["ask the owners about new recipients"];

test("who is known is not asked about", async () => {
  const { send, asked } = await world();
  await send("e1");
  expect(asked()).toEqual([]);
});

test("who became known since the storage was put back is asked about again", async () => {
  const { db, send, restore, asked } = await world();
  const before = takeSnapshot(db);
  await send("e1");
  restore(before);
  expect(asked()).toEqual(asNew);
  // What left counts all the same.
  expect(db.all("SELECT state FROM spend WHERE asset = ?", eth)).toEqual([{ state: "SETTLED" }]);
});

test("who was known then is known still", async () => {
  const { db, send, restore, asked } = await world();
  await send("e1");
  const before = takeSnapshot(db);
  await send("e2");
  restore(before);
  expect(asked()).toEqual([]);
});
