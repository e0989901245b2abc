import { expect, test } from "vitest";
import { nodeDatabase } from "../../test/support/node-database.ts";
import type { ChainRead, ChainReading } from "../chain/chain-read.ts";
import { migrate } from "../storage/migrate.ts";
import { createChainInputs, maxReadsOfLook } from "./chain-inputs.ts";
import type { Dependency } from "./leaf-kind.ts";

const account = `0x${"a".repeat(40)}` as const;

function readOf(key: string): ChainRead {
  return { key, chainId: 1, kind: "balance", account };
}

function setUp() {
  const db = nodeDatabase();
  migrate(db);
  const clock = { nowMs: 1_000_000 };
  const asked: string[][] = [];
  const chain = { value: "1" as string | undefined };
  const inputs = createChainInputs({
    db,
    now: () => clock.nowMs,
    reader: {
      async read(reads) {
        asked.push(reads.map(({ key }) => key));
        if (chain.value === undefined) return new Map();
        const { value } = chain;
        const reading: ChainReading = { value, blockNumber: 7n, timeMs: clock.nowMs };
        return new Map(reads.map(({ key }) => [key, reading] as const));
      },
      readLogs: async () => new Map(),
      pauseMs: () => 12_000,
    },
  });
  return { asked, chain, clock, inputs };
}

const wanted = (keys: readonly string[]): readonly Dependency[] =>
  keys.map((key) => ({ kind: "chain", read: readOf(key) }));

test("equal reads are made once, and not again before it is worth it", async () => {
  const { asked, clock, inputs } = setUp();
  await inputs.read(wanted(["a", "b", "a"]));
  expect(inputs.nextMs(wanted(["a"]))).toBe(clock.nowMs + 12_000);
  clock.nowMs += 11_999;
  await inputs.read(wanted(["a", "b"]));
  clock.nowMs += 1;
  await inputs.read(wanted(["a"]));
  expect(asked).toEqual([["a", "b"], ["a"]]);
  expect([...inputs.values().keys()]).toEqual(["a"]);
});

test("what can't be read keeps its value and grows old", async () => {
  const { chain, clock, inputs } = setUp();
  await inputs.read(wanted(["a"]));
  const readMs = clock.nowMs;
  chain.value = undefined;
  clock.nowMs += 12_000;
  await inputs.read(wanted(["a"]));
  expect(inputs.values().get("a")).toMatchObject({ value: "1", timeMs: readMs });
});

test("more than fit into one look are read in the next, and none waits for ever", async () => {
  const { asked, clock, inputs } = setUp();
  const keys = Array.from({ length: maxReadsOfLook + 10 }, (_, i) => `k${i}`);
  await inputs.read(wanted(keys));
  expect(inputs.nextMs(wanted(keys))).toBe(clock.nowMs);
  await inputs.read(wanted(keys));
  expect(asked.map((of) => of.length)).toEqual([maxReadsOfLook, 10]);
  expect(inputs.values().size).toBe(keys.length);
});

test("a clock that was set back does not stop the reading", async () => {
  const { asked, clock, inputs } = setUp();
  await inputs.read(wanted(["a"]));
  clock.nowMs -= 500_000;
  await inputs.read(wanted(["a"]));
  expect(asked).toHaveLength(2);
});
