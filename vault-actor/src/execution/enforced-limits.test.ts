/** What an execution says about its limits follows from the permission that signs it. */

import { zeroAddress } from "viem";
import { expect, test } from "vitest";
import type { Address } from "#protocol/names";
import { windowSpendTerms } from "#protocol/permission/our-terms";
import { nobodyApproved } from "../../test/support/execution-ports.ts";
import {
  chain,
  eth,
  operatingVault,
  planned,
  prepared,
  startMs,
  target,
  vaultId,
} from "../../test/support/operating-vault.ts";
import { spendsOf } from "../policy/spend-store.ts";
import { installPermission, readSession } from "../session/store.ts";
import { attemptsOf } from "./attempt-store.ts";
import { readExecution } from "./store.ts";
import { submit } from "./submit.ts";
import { toExecutionMessage } from "./wire.ts";

const windowSpend = `0x${"e".repeat(40)}` as Address;
const policy = {
  calls: [{ target, selectors: ["0x"] }],
  recipients: [target],
  assets: [
    {
      asset: eth,
      maxPerOperation: "60",
      windows: [{ window: { seconds: 3600n }, maxAmount: "100" }],
    },
  ],
};

async function signed(limit: bigint | undefined) {
  const vault = await operatingVault(policy);
  const { db, keyring } = vault;
  const permission = readSession(db, "s1")?.permission;
  if (permission === undefined) throw new Error("no permission");
  if (limit !== undefined) {
    const terms = windowSpendTerms({ token: zeroAddress, limit, seconds: 3600 });
    const caveats = [{ enforcer: windowSpend, terms }];
    installPermission(db, "s1", { ...permission, caveats }, startMs + 86_400_000);
  }
  planned(vault, "e1", startMs);
  const one = prepared(vault, "e1", 5n);
  const spends = [{ asset: eth, amount: 5n, microUsd: 12_500_000n }];
  const submission = {
    ...one,
    operation: { ...one.operation, spends },
    chain: { ...chain, enforcers: { ...chain.enforcers, windowSpend } },
  };
  const done = await submit(
    { db, keyring, vaultId, stillApproved: nobodyApproved },
    submission,
    () => startMs,
  );
  expect(done).toEqual({ ok: true, value: "signed" });
  const execution = readExecution(db, "e1");
  if (execution === undefined) throw new Error("no execution");
  const message = toExecutionMessage(vaultId, execution, spendsOf(db, "e1"), attemptsOf(db, "e1"));
  return { execution, message };
}

const once = `${eth} 60 per operation`;
const hourly = `${eth} 100 per 3600 s`;

test.for<readonly [string, bigint | undefined, readonly string[]]>([
  ["no caveat", undefined, []],
  ["a caveat as tight as the window", 100n, [hourly]],
  ["a tighter one, which bounds one operation too", 60n, [once, hourly]],
  ["a looser one", 101n, []],
])("%s", async ([, limit, onBoth]) => {
  const { limits } = (await signed(limit)).execution;
  const both = limits.filter(({ enforcedBy }) => enforcedBy.length === 2);
  expect(both.map(({ rule }) => rule)).toEqual(onBoth);
  expect(limits.map(({ rule }) => rule)).toEqual(expect.arrayContaining([once, hourly]));
  // What the permission says of itself is the chain's alone.
  expect(limits.filter(({ enforcedBy }) => enforcedBy[0] === "CHAIN")).toMatchObject([
    { rule: "act on eip155:1 with this permission" },
  ]);
});

test("what an asset was worth when it was planned is shown", async () => {
  const { message } = await signed(undefined);
  expect(message.spends).toMatchObject([{ asset: eth, reserved: "5", reservedUsd: "12.5" }]);
});
