/** A vault that is full of triggers: creating, showing and listing them stay fast. */
import { beforeAll, expect, test } from "vitest";
import type { Trigger } from "#gen/trigger/v1/trigger";
import { errorInfoOf, reasonOf } from "#protocol/errors";
import {
  ethUsd,
  giftTrigger,
  requestId,
  under,
  watchingVault,
} from "../../test/support/watching-vault.ts";
import type { Database } from "../storage/database.ts";
import { countTriggers, insertTrigger } from "../trigger/store.ts";
import { maxTriggers } from "../trigger/trigger.ts";

let world: Awaited<ReturnType<typeof watchingVault>>;

/** What an editor of triggers would write: a tree of eight tests. */
const composite = (price: number) =>
  giftTrigger({
    test: {
      case: "all",
      value: { conditions: Array.from({ length: 8 }, (_, i) => under(String(price + i))) },
    },
  });

const create = (price: number) =>
  world.client.triggers.createTrigger({
    parent: world.vault.name,
    requestId: requestId(),
    trigger: composite(price),
  });

beforeAll(async () => {
  world = await watchingVault();
  world.signals.observe(ethUsd, "2500");
  await world.signals.publish();
  // Most of them past the service: a signature a trigger would be the longest part of it.
  const { vault, signer } = world;
  for (let i = 1; i <= maxTriggers - 10; i++) {
    insertTrigger(vault.db, {
      triggerId: `t${i}`,
      body: composite(i),
      creatorKeyId: signer.keyId,
      createdMs: vault.nowMs,
    });
  }
  for (let i = maxTriggers - 9; i <= maxTriggers; i++) await create(i);
});

test("lists them all in pages, the newest first, each once", async () => {
  const all: Trigger[] = [];
  let pageToken = "";
  do {
    const page = await world.client.triggers.listTriggers({
      parent: world.vault.name,
      pageSize: 200,
      pageToken,
    });
    all.push(...page.triggers);
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  expect(new Set(all.map(({ name }) => name)).size).toBe(maxTriggers);
  const prices = all.map(({ condition }) => {
    const test = condition?.test;
    const first = test?.case === "all" ? test.value.conditions[0]?.test : undefined;
    return first?.case === "signalThreshold" ? Number(first.value.value) : -1;
  });
  expect(prices).toEqual(prices.toSorted((a, b) => b - a));
});

test("refuses one more, and says why", async () => {
  expect(await create(maxTriggers).catch(reasonOf)).toBe("QUOTA_EXCEEDED");
  expect(await create(maxTriggers).catch(errorInfoOf)).toMatchObject({
    metadata: { resource: "trigger", max: "1000" },
  });
  expect(countTriggers(world.vault.db)).toBe(maxTriggers);
});

test("finds a page by its index, and asks nothing for each trigger", async () => {
  const { db } = world.vault;
  const plan = db.all<{ detail: string }>(
    "EXPLAIN QUERY PLAN SELECT * FROM trigger_rule WHERE sequence < ? ORDER BY sequence DESC LIMIT ?",
    500,
    200,
  );
  expect(plan.map(({ detail }) => detail)).toEqual([
    expect.stringContaining("USING INDEX trigger_by_sequence"),
  ]);
  const asked = await queriesDuring(db, async () => {
    await world.client.triggers.listTriggers({ parent: world.vault.name, pageSize: 200 });
  });
  expect(asked).toBeLessThan(20);
});

/** How many queries a call makes. */
async function queriesDuring(db: Database, call: () => Promise<void>): Promise<number> {
  const { all, one } = db;
  let count = 0;
  const counting =
    <F extends (...args: never[]) => unknown>(query: F) =>
    (...args: Parameters<F>) => {
      count += 1;
      return query(...args) as ReturnType<F>;
    };
  Object.assign(db, { all: counting(all), one: counting(one) });
  try {
    await call();
  } finally {
    Object.assign(db, { all, one });
  }
  return count;
}
