/** What planning must know depends on who has a limit in US dollars. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { KeyGrantSchema } from "#gen/vault/v1/key";
import type { PolicySchema } from "#gen/vault/v1/policy";
import { eth, operatingVault, startMs, target } from "../../test/support/operating-vault.ts";
import { writeKey } from "../identity/key-store.ts";
import { fromGrant } from "../identity/wire.ts";
import { planningRules } from "./planning-store.ts";

const usd = { maxUsd: "1000", window: { seconds: 3600n } };

async function rulesOf(policy: MessageInitShape<typeof PolicySchema>, isKeyLimited = false) {
  const { db } = await operatingVault(policy);
  if (isKeyLimited) {
    const expireTime = timestampFromMs(startMs + 86_400_000);
    const grant = create(KeyGrantSchema, { keyId: "k1", expireTime, restriction: { usd } });
    writeKey(db, fromGrant(grant, 1, startMs), grant);
  }
  const rules = planningRules(db, { keyId: "k1", triggerId: undefined }, startMs);
  if (!rules.ok) throw new Error(rules.error.detail);
  return rules.value;
}

test("without limits in US dollars nothing need be worth anything", async () => {
  expect(await rulesOf({})).toMatchObject({ needsWorth: false });
});

test("a limit of the vault or of the key needs to know the worth", async () => {
  expect(await rulesOf({ usd })).toMatchObject({ needsWorth: true });
  expect(await rulesOf({}, true)).toMatchObject({ needsWorth: true });
});

test("an exit is what the policy says", async () => {
  const assets = [{ asset: eth, maxPerOperation: "5", windows: [] }];
  const rules = await rulesOf({ approvals: {}, exitRecipient: target, assets });
  expect(rules).toMatchObject({
    needsWorth: false,
    exit: { recipient: target, assets: [eth] },
  });
});
