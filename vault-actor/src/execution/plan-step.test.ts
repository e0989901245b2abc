/** What becomes of an intent that can't be planned yet. */
import { beforeEach, expect, test } from "vitest";
import { executionPorts } from "../../test/support/execution-ports.ts";
import { FakeChain } from "../../test/support/fake-chain.ts";
import {
  chain,
  eth,
  type OperatingVault,
  operatingVault,
  planned,
  startMs,
  target,
  vaultId,
} from "../../test/support/operating-vault.ts";
import { createAdvance } from "./advance.ts";
import { readExecution } from "./store.ts";

let vault: OperatingVault;
let nowMs = startMs;

beforeEach(async () => {
  nowMs = startMs;
  vault = await operatingVault({
    calls: [{ target, selectors: ["0x"] }],
    recipients: [target],
    assets: [{ asset: eth, maxPerOperation: "60" }],
    usd: { window: { seconds: 86_400n }, maxUsd: "1000" },
  });
  const value = {
    asset: eth,
    amount: { amount: { case: "exact", value: "50" } },
    recipient: target,
  } as const;
  planned(vault, "e1", nowMs, {
    chain: "eip155:1",
    action: { action: { case: "transfer", value } },
  });
});

test("what has no fit price is planned again, more and more rarely, until its intent lapses", async () => {
  const outside = new FakeChain(() => expect.unreachable("nothing is signed"));
  const advance = createAdvance({
    ...vault,
    chains: new Map([[1, chain]]),
    vaultId: () => vaultId,
    secure: async () => true,
    // No source says anything.
    ...executionPorts,
    rpcFor: () => outside.rpc,
    now: () => nowMs,
  });
  const { expireMs = 0 } = readExecution(vault.db, "e1") ?? {};
  const pauses: number[] = [];
  for (let outcome = await advance("e1"); outcome.kind === "again"; outcome = await advance("e1")) {
    expect(readExecution(vault.db, "e1")?.state).toBe("PLANNED");
    pauses.push(outcome.dueMs - nowMs);
    nowMs = outcome.dueMs;
  }
  expect(pauses[0]).toBe(1_000);
  expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
  expect(pauses.at(-1)).toBeLessThanOrEqual(30_000);
  expect(nowMs).toBeGreaterThan(expireMs - 60_000);
  expect(nowMs).toBeLessThan(expireMs);
  const { state, failure } = readExecution(vault.db, "e1") ?? {};
  expect({ state, reason: failure?.reason }).toEqual({ state: "FAILED", reason: "PRICE_UNFIT" });
});
