import { decodeFunctionData, parseAbi } from "viem";
import { describe, expect, test } from "vitest";
import { encodeGuards } from "./guard.ts";

const abi = parseAbi([
  "struct Feed { address feed; int256 min; int256 max; uint256 maxAge; }",
  "function begin(address account, address[] tokens, uint256 deadline, Feed[] feeds)",
  "function end(address account, address[] tokens, int256[] minDelta)",
]);
const [account, guard, usdc, feed] = ["11", "22", "33", "44"].map(
  (byte) => `0x${byte.repeat(20)}` as const,
) as [`0x${string}`, `0x${string}`, `0x${string}`, `0x${string}`];
const native = "eip155:31337/slip44:60";
const guards = {
  deadlineSeconds: 1_800_000_000,
  changes: [
    { asset: native, atLeast: -5n },
    { asset: `eip155:31337/erc20:${usdc}`, atLeast: 7n },
  ],
  feeds: [{ feed, min: 1n, max: 9n, maxAgeSeconds: 3600 }],
};
const chain = { chainId: 31337, intentGuard: guard };

describe("the guards of an operation", () => {
  test("begin before, end after, with the same account and tokens", () => {
    const calls = encodeGuards(guards, chain, account);
    const [before, after] = [calls?.before ?? [], calls?.after ?? []];
    expect([...before, ...after].map(({ target, value }) => [target, value])).toEqual([
      [guard, 0n],
      [guard, 0n],
    ]);
    const tokens = ["0x0000000000000000000000000000000000000000", usdc];
    expect(decodeFunctionData({ abi, data: before[0]?.data ?? "0x" })).toEqual({
      functionName: "begin",
      args: [account, tokens, 1_800_000_000n, [{ feed, min: 1n, max: 9n, maxAge: 3600n }]],
    });
    expect(decodeFunctionData({ abi, data: after[0]?.data ?? "0x" })).toEqual({
      functionName: "end",
      args: [account, tokens, [-5n, 7n]],
    });
  });

  test("a chain without the contract has none", () => {
    expect(encodeGuards(guards, { ...chain, intentGuard: undefined }, account)).toBeUndefined();
  });

  test.each([
    ["of another chain", [{ asset: "eip155:1/slip44:60", atLeast: 0n }]],
    [
      "named twice",
      [
        { asset: native, atLeast: 0n },
        { asset: native, atLeast: 1n },
      ],
    ],
  ])("an asset %s is a fault", (_, changes) => {
    expect(() => encodeGuards({ ...guards, changes }, chain, account)).toThrow();
  });
});
