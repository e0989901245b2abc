import { describe, expect, test } from "vitest";
import { Quality } from "#gen/signal/v1/observation";
import { condition, market, noToken, yes } from "../../../test/support/polymarket.ts";
import { yesToken } from "./market.ts";

const { CONFLICTING, DEGRADED, STALE_CONTENT } = Quality;
const doubtsOf = (changes: object) => {
  const token = yesToken([market(changes)], condition);
  return token.ok ? token.value : token.error;
};

describe("P9: a market has a value only where much is traded and nothing is decided", () => {
  test.for<readonly [string, object, readonly Quality[] | string]>([
    ["open and liquid", {}, yes],
    ["closed", { closed: true }, [STALE_CONTENT]],
    ["not said to be open", { closed: null }, [STALE_CONTENT]],
    ["archived", { archived: true }, [STALE_CONTENT]],
    ["not active", { active: false }, [STALE_CONTENT]],
    ["without orders", { acceptingOrders: false }, [STALE_CONTENT]],
    ["proposed", { umaResolutionStatus: "proposed" }, [CONFLICTING]],
    ["disputed", { umaResolutionStatus: "disputed" }, [CONFLICTING]],
    ["resolved", { umaResolutionStatus: "resolved", closed: true }, [STALE_CONTENT, CONFLICTING]],
    ["a status that is not known", { umaResolutionStatus: "flagged" }, [CONFLICTING]],
    ["once proposed", { umaResolutionStatuses: '["proposed", "disputed"]' }, [CONFLICTING]],
    ["no status, and none before", { umaResolutionStatus: undefined }, yes],
    [
      "no word of a status",
      { umaResolutionStatus: undefined, umaResolutionStatuses: undefined },
      [CONFLICTING],
    ],
    ["little on offer", { liquidityNum: 9_999.99 }, [DEGRADED]],
    ["just enough on offer", { liquidityNum: 10_000 }, yes],
    ["little traded", { volumeNum: 49_999 }, [DEGRADED]],
    ["nothing known of what is on offer", { liquidityNum: null, liquidity: null }, [DEGRADED]],
    ["an amount in words only", { liquidityNum: undefined, liquidity: "10000.5" }, yes],
    ["an amount that is none", { liquidityNum: undefined, liquidity: "lots" }, [DEGRADED]],
  ])("%s", ([, changes, expected]) => {
    expect(doubtsOf(changes)).toEqual(expected);
  });
});

describe("the outcome is found by its name", () => {
  test.for<readonly [string, object, readonly Quality[] | string]>([
    ["in the second place", { outcomes: '["No", "Yes"]' }, noToken],
    ["missing", { outcomes: '["Trump", "Harris"]' }, []],
    ["twice", { outcomes: '["Yes", "Yes"]' }, []],
    ["more outcomes than tokens", { clobTokenIds: `["${yes}"]` }, []],
    ["ids as numbers, which lose digits", { clobTokenIds: `[${yes}, ${noToken}]` }, []],
    ["no JSON", { clobTokenIds: "7132, 5211" }, []],
    ["null", { outcomes: null }, []],
  ])("%s", ([, changes, expected]) => {
    expect(doubtsOf(changes)).toEqual(expected);
  });
});

describe("P2: a market is known by its condition, not by its slug or its place in a list", () => {
  test("another market under its slug is another one", () => {
    const other = market({ conditionId: `0x${"1".repeat(64)}` });
    expect(yesToken([other], condition)).toEqual({ ok: false, error: [] });
    expect(yesToken([other, market({ slug: "renamed" })], condition)).toMatchObject({ value: yes });
  });
  test("its own id in other letters is the same", () => {
    const shouted = market({ conditionId: `0x${condition.toUpperCase()}` });
    expect(yesToken([shouted], condition)).toMatchObject({ value: yes });
  });
  test("twice the same is one; twice with other tokens is none", () => {
    expect(yesToken([market(), market()], condition)).toMatchObject({ value: yes });
    const other = market({ clobTokenIds: `["1", "${noToken}"]` });
    expect(yesToken([market(), other], condition)).toEqual({ ok: false, error: [CONFLICTING] });
  });
});
