import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { condense } from "./condense.ts";
import { maxRequestBytes } from "./notary.ts";
import type { Hold } from "./note.ts";
import { encodeNote } from "./wire.ts";

const dayMs = 86_400_000;

function hold(change: Partial<Hold> & { readonly executionId: string }): Hold {
  return {
    keyId: "k",
    triggerId: "",
    operation: undefined,
    amounts: new Map([["eth", 1n]]),
    atMs: 0,
    operations: 1,
    ...change,
  };
}

const open = { sender: "0xaa", nonce: "0x1", hash: "0x2" } as const;

describe("what a note carries", () => {
  test("is named one by one while it is little, the oldest first", () => {
    const holds = [hold({ executionId: "b", atMs: 2 }), hold({ executionId: "a", atMs: 1 })];
    expect(condense(holds, 2).map((h) => h.executionId)).toEqual(["a", "b"]);
  });

  test("merges the older ones of a key and day, with the newest time", () => {
    const holds = [
      hold({ executionId: "a", atMs: 1, amounts: new Map([["eth", 5n]]) }),
      hold({ executionId: "b", atMs: 2, amounts: new Map([["usd", 7n]]) }),
      hold({ executionId: "c", atMs: 3, keyId: "other" }),
      hold({ executionId: "d", atMs: 2 * dayMs }),
    ];
    expect(condense(holds, 1)).toEqual([
      hold({
        executionId: "b",
        atMs: 2,
        operations: 2,
        amounts: new Map([
          ["usd", 7n],
          ["eth", 5n],
        ]),
      }),
      hold({ executionId: "c", atMs: 3, keyId: "other" }),
      hold({ executionId: "d", atMs: 2 * dayMs }),
    ]);
  });

  test("merges what may still land last", () => {
    const holds = [
      hold({ executionId: "old", atMs: 1, operation: open }),
      hold({ executionId: "new", atMs: 2 }),
    ];
    expect(condense(holds, 1).map(({ operation }) => operation)).toEqual([open, undefined]);
  });

  test("tells days apart, then keys, then neither, as there is room", () => {
    const holds = ["k1", "k2"].flatMap((keyId) =>
      [0, 1].map((day) => hold({ executionId: `${keyId}${day}`, keyId, atMs: day * dayMs })),
    );
    const shape = (maxAmounts: number) =>
      condense(holds, 0, maxAmounts).map(({ keyId, operations }) => [keyId, operations]);
    expect(shape(4)).toHaveLength(4);
    expect(shape(3)).toEqual([
      ["k1", 2],
      ["k2", 2],
    ]);
    expect(shape(1)).toEqual([["", 4]]);
  });

  test("is never too large for the notary", () => {
    const amounts = new Map(
      Array.from({ length: 64 }, (_, i) => [
        `eip155:8453/erc20:0x${i}${"a".repeat(38)}`,
        10n ** 24n,
      ]),
    );
    const holds = Array.from({ length: 10_000 }, (_, i) =>
      hold({
        executionId: `${i}`.padStart(32, "0"),
        keyId: `ed25519:${`${i % 200}`.padStart(43, "A")}`,
        atMs: (i % 31) * dayMs,
        amounts: i < 9_872 ? amounts : new Map([...amounts].slice(0, 4)),
      }),
    );
    const vaultId = `eip155:8453:0x${"a".repeat(40)}`;
    const head = {
      claimEpoch: 1,
      generation: 0,
      sequence: 9,
      root: `0x${"1".repeat(64)}`,
    } as const;
    const authority = { members: [], threshold: 1, epoch: 1, version: 1 };
    const bytes = encodeNote({ vaultId, head, authority, holds: condense(holds) });
    expect(bytes.length).toBeLessThan(maxRequestBytes - 1024);
  });

  test("never counts less than what was held, in any window", () => {
    const holds = fc.array(
      fc.record({
        executionId: fc.uuid(),
        keyId: fc.constantFrom("", "k1", "k2"),
        triggerId: fc.constantFrom("", "t1"),
        operation: fc.constantFrom(undefined, open),
        amounts: fc.constantFrom("eth", "usd").map((asset) => new Map([[asset, 3n]])),
        atMs: fc.integer({ min: 0, max: 31 * dayMs }),
        operations: fc.integer({ min: 1, max: 3 }),
      }),
      { maxLength: 40 },
    );
    const used = (of: readonly Hold[], keyId: string | undefined, asset: string, fromMs: number) =>
      of
        .filter((h) => (keyId === undefined || h.keyId === keyId) && h.atMs > fromMs)
        .reduce((sum, h) => sum + (h.amounts.get(asset) ?? 0n), 0n);
    const count = (of: readonly Hold[], fromMs: number) =>
      of.filter((h) => h.atMs > fromMs).reduce((sum, h) => sum + h.operations, 0);
    fc.assert(
      fc.property(holds, fc.integer({ min: 0, max: 8 }), fc.nat(31 * dayMs), (all, max, from) => {
        const few = condense(all, max);
        for (const asset of ["eth", "usd"]) {
          for (const keyId of [undefined, "", "k1", "k2"]) {
            expect(used(few, keyId, asset, from)).toBeGreaterThanOrEqual(
              used(all, keyId, asset, from),
            );
            expect(used(few, keyId, asset, -1)).toBe(used(all, keyId, asset, -1));
          }
        }
        expect(count(few, from)).toBeGreaterThanOrEqual(count(all, from));
        expect(few.length).toBeLessThanOrEqual(max + 32 * 3);
        expect(new Set(few.map((h) => h.executionId)).size).toBe(few.length);
      }),
    );
  });
});
