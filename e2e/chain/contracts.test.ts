/** Our contracts behind MetaMask's own delegation manager, and under hostile callers. */
import { createLogicalOrWrapperTerms } from "@metamask/delegation-core";
import fc from "fast-check";
import { concatHex, encodeFunctionData, type Hex, parseAbi, toHex, zeroAddress } from "viem";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Address } from "#protocol/names";
import {
  type ArgConstraint,
  argRangeTerms,
  maxWord,
  windowSpendTerms,
} from "#protocol/permission/our-terms";
import { type ContractWorld, contractWorld } from "../scenario/contract-world.ts";

let world: ContractWorld;
let snapshot: Hex;
beforeAll(async () => {
  world = await contractWorld();
});
afterAll(() => world.stop());
beforeEach(async () => {
  snapshot = await world.chain.tools.snapshot();
});
afterEach(() => world.chain.tools.revert({ id: snapshot }));

const nobody = "0x00000000000000000000000000000000000000aa" as Address;
const window = (limit: bigint, seconds = 100) => ({
  enforcer: world.deployment.enforcers.windowSpend,
  terms: windowSpendTerms({ token: zeroAddress, limit, seconds }),
});
const give = (value: bigint, data: Hex = "0x") => ({ target: nobody, value, data });

describe("the window of what leaves", () => {
  test("agrees with a naive count, whatever is spent when", async () => {
    const step = fc.record({ waits: fc.integer({ min: 0, max: 130 }), spends: fc.bigInt(0n, 70n) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 12 }), async (steps) => {
        const permission = await world.grant([window(100n)]);
        let time = await world.nowSeconds();
        const spent: { at: number; amount: bigint }[] = [];
        for (const { waits, spends } of steps) {
          time += 1 + waits;
          const used = spent
            .filter(({ at }) => at > time - 100)
            .reduce((sum, { amount }) => sum + amount, 0n);
          const allowed = used + spends <= 100n;
          expect(await world.redeemAt(time, [{ permission, call: give(spends) }])).toBe(
            allowed ? "" : "WindowSpend:limit-exceeded",
          );
          if (allowed) spent.push({ at: time, amount: spends });
        }
      }),
      { numRuns: 8 },
    );
  });

  test("redemptions in one transaction share it, to the last unit", async () => {
    const permission = await world.grant([window(100n)]);
    const each = (amounts: readonly bigint[]) =>
      world.redeem(amounts.map((amount) => ({ permission, call: give(amount) })));
    expect(await each([60n, 41n])).toBe("WindowSpend:limit-exceeded");
    expect(await each([60n, 40n, 0n])).toBe("");
    expect(await each([1n])).toBe("WindowSpend:limit-exceeded");
  });

  test("a limit of zero lets nothing leave, and calls that take nothing pass", async () => {
    const permission = await world.grant([window(0n)]);
    expect(await world.redeem([{ permission, call: give(0n) }])).toBe("");
    expect(await world.redeem([{ permission, call: give(1n) }])).toBe("WindowSpend:limit-exceeded");
  });

  test("the largest limit holds without an overflow", async () => {
    const permission = await world.grant([window(2n ** 128n - 1n)]);
    expect(await world.redeem([{ permission, call: give(10n ** 18n) }])).toBe("");
  });

  test("another delegation has a window of its own", async () => {
    const [one, other] = [await world.grant([window(100n)]), await world.grant([window(100n)])];
    expect(await world.redeem([{ permission: one, call: give(100n) }])).toBe("");
    expect(await world.redeem([{ permission: other, call: give(100n) }])).toBe("");
  });

  test("a redemption inside a redemption is refused", async () => {
    const permission = await world.grant([window(100n)]);
    const inner = world.redemptionCall([{ permission, call: give(60n) }]);
    const call = world.batchCall([inner], 60n);
    expect(await world.redeem([{ permission, call }])).toBe("WindowSpend:reentered");
  });

  test("hooks that anybody calls count for nobody else", async () => {
    const permission = await world.grant([window(100n)]);
    expect(await world.hookDirectly(window(100n).terms, permission)).toBe("WindowSpend:not-begun");
    expect(await world.redeem([{ permission, call: give(100n) }])).toBe("");
  });

  test("works inside a group, with its hook after the call", async () => {
    const { enforcers } = world.deployment;
    const caveatGroups = [[{ ...window(100n), args: new Uint8Array() }]];
    const terms = createLogicalOrWrapperTerms({ caveatGroups }) as Hex;
    const permission = await world.grant([{ enforcer: enforcers.logicalOrWrapper, terms }]);
    expect(await world.redeem([{ permission, call: give(60n) }])).toBe("");
    expect(await world.redeem([{ permission, call: give(41n) }])).toBe(
      "WindowSpend:limit-exceeded",
    );
    expect(await world.redeem([{ permission, call: give(40n) }])).toBe("");
  });

  test.each<[string, () => Hex]>([
    ["short", () => "0x00"],
    ["without a length", () => concatHex([zeroAddress, toHex(1n, { size: 16 }), "0x00000000"])],
  ])("terms that are %s are refused", async (_, terms) => {
    const permission = await world.grant([{ ...window(1n), terms: terms() }]);
    expect(await world.redeem([{ permission, call: give(0n) }])).toBe("WindowSpend:terms");
  });
});

describe("the bounds of arguments", () => {
  const word = (value: bigint) => toHex(value, { size: 32 });
  const data = (...words: readonly bigint[]) => concatHex(["0x12345678", ...words.map(word)]);
  const range = (word: number, min: bigint, max: bigint): ArgConstraint => ({
    about: "word",
    word,
    min,
    max,
  });
  test.each<[string, readonly ArgConstraint[], Hex, bigint, string]>([
    ["the least", [range(1, 5n, 9n)], data(0n, 5n), 0n, ""],
    ["the most", [range(1, 5n, 9n)], data(0n, 9n), 0n, ""],
    ["one less", [range(1, 5n, 9n)], data(0n, 4n), 0n, "ArgRange:out-of-range"],
    ["one more", [range(1, 5n, 9n)], data(0n, 10n), 0n, "ArgRange:out-of-range"],
    ["the largest word", [range(0, 0n, maxWord)], data(maxWord), 0n, ""],
    ["a call that is too short", [range(1, 0n, maxWord)], data(1n), 0n, "ArgRange:short"],
    [
      "one byte too short",
      [range(0, 0n, maxWord)],
      data(1n).slice(0, -2) as Hex,
      0n,
      "ArgRange:short",
    ],
    ["a listed word", [{ about: "word", word: 0, oneOf: [3n, 7n] }], data(7n), 0n, ""],
    ["another", [{ about: "word", word: 0, oneOf: [3n, 7n] }], data(8n), 0n, "ArgRange:not-listed"],
    ["all of several", [range(0, 1n, 1n), range(1, 2n, 2n)], data(1n, 2n), 0n, ""],
    [
      "one of several",
      [range(0, 1n, 1n), range(1, 2n, 2n)],
      data(1n, 3n),
      0n,
      "ArgRange:out-of-range",
    ],
    ["value in bounds", [{ about: "value", min: 0n, max: 7n }], data(), 7n, ""],
    ["value above", [{ about: "value", min: 0n, max: 7n }], data(), 8n, "ArgRange:out-of-range"],
    ["no data", [{ about: "length", min: 0n, max: 0n }], "0x", 1n, ""],
    ["some data", [{ about: "length", min: 0n, max: 0n }], "0x00", 1n, "ArgRange:out-of-range"],
  ])("%s", async (_, constraints, callData, value, expected) => {
    const { argRange } = world.deployment.enforcers;
    const caveat = { enforcer: argRange, terms: argRangeTerms(constraints) };
    const permission = await world.grant([caveat]);
    expect(await world.redeem([{ permission, call: give(value, callData) }])).toBe(expected);
  });
});

describe("the guard of an intent", () => {
  const abi = parseAbi([
    "struct Feed { address feed; int256 min; int256 max; uint256 maxAge; }",
    "function begin(address account, address[] tokens, uint256 deadline, Feed[] feeds)",
    "function end(address account, address[] tokens, int256[] minDelta)",
  ]);
  type Feed = { feed: Address; min: bigint; max: bigint; maxAge: bigint };
  const guard = (data: Hex) => ({ target: world.deployment.intentGuard, value: 0n, data });
  const far = 10n ** 12n;
  const begin = (
    tokens: readonly Address[] = [zeroAddress],
    deadline = far,
    feeds: readonly Feed[] = [],
  ) =>
    guard(
      encodeFunctionData({
        abi,
        functionName: "begin",
        args: [world.account, tokens, deadline, feeds],
      }),
    );
  const end = (
    minDelta: readonly bigint[],
    tokens: readonly Address[] = [zeroAddress],
    account = world.account,
  ) => guard(encodeFunctionData({ abi, functionName: "end", args: [account, tokens, minDelta] }));

  test.each<[string, () => readonly Call[], string]>([
    ["a fall within bounds", () => [begin(), spend(5n), end([-5n])], ""],
    ["a fall by one more", () => [begin(), spend(6n), end([-5n])], "BalanceFellShort"],
    ["a gain", () => [begin(), gain(9n), end([9n])], ""],
    ["a gain by one less", () => [begin(), gain(8n), end([9n])], "BalanceFellShort"],
    ["no end", () => [end([0n])], "NotOpen"],
    ["a begin within", () => [begin(), begin(), end([0n])], "AlreadyOpen"],
    ["an end twice", () => [begin(), end([0n]), end([0n])], "NotOpen"],
    ["pairs one after the other", () => [begin(), end([0n]), begin(), spend(1n), end([-1n])], ""],
    ["other tokens", () => [begin(), end([0n], [world.deployment.usdc])], "Mismatch"],
    ["fewer bounds", () => [begin(), end([])], "Mismatch"],
    ["another account", () => [begin(), end([0n], [zeroAddress], nobody)], "Mismatch"],
    ["a token without code", () => [begin([nobody]), end([0n], [nobody])], "revert"],
    ["a time that is over", () => [begin([zeroAddress], 1n), end([0n])], "Late"],
    [
      "a feed in bounds",
      () => [
        begin([zeroAddress], far, [{ feed: world.feed, min: 5n, max: 5n, maxAge: 1000n }]),
        end([0n]),
      ],
      "",
    ],
    [
      "a feed out of bounds",
      () => [
        begin([zeroAddress], far, [{ feed: world.feed, min: 6n, max: 9n, maxAge: 1000n }]),
        end([0n]),
      ],
      "FeedOutOfBounds",
    ],
    [
      "a stale feed",
      () => [
        begin([zeroAddress], far, [{ feed: world.staleFeed, min: 0n, max: 9n, maxAge: 5n }]),
        end([0n]),
      ],
      "FeedStale",
    ],
  ])("%s", async (_, calls, expected) => {
    const outcome = await world.batch(calls());
    if (expected === "") expect(outcome).toBe("");
    else if (expected === "revert") expect(outcome).not.toBe("");
    else expect(outcome).toContain(expected);
  });

  test("another caller's pair is its own", async () => {
    // The hostile batch gets control between begin and end, and ends what it did not begin.
    const hostile = {
      target: world.otherBatch,
      value: 0n,
      data: world.runData([end([-(10n ** 18n)])]),
    };
    expect(await world.batch([begin(), hostile, end([0n])])).toContain("NotOpen");
    const itsOwn = { ...hostile, data: world.runData([begin(), end([0n])]) };
    expect(await world.batch([begin(), itsOwn, end([0n])])).toBe("");
  });

  type Call = { readonly target: Address; readonly value: bigint; readonly data: Hex };
  const spend = (amount: bigint): Call => world.spendCall(amount);
  const gain = (amount: bigint): Call => ({ target: world.account, value: amount, data: "0x" });
});
