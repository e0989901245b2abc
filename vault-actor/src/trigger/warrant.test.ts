import { create } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Series_Kind, Series_TrustTier, SeriesSchema, Unit } from "#gen/signal/v1/series";
import { type Condition, ConditionSchema } from "#gen/trigger/v1/condition";
import { type Intent, IntentSchema } from "#gen/vault/v1/intent";
import { testChain } from "../../test/support/test-chain.ts";
import { restsOn } from "./trust.ts";
import { checkWarrant, tiersNow, tiersOf, type Warrant, warrantOf } from "./warrant.ts";

const price = "market.price.eth.usd@v1";
const score = "geo.cii.ua@v8";
const outage = "infra.outage.ir@v1";
const strait = "supply.chokepoint.hormuz@v1";
const odds = "prediction.market.ab@v1";
const quakes = "natural.quake@v1";
const { OFFICIAL, TRADED, CURATED, CROWD, EDITORIAL } = Series_TrustTier;

const define = (id: string, trustTier: Series_TrustTier) =>
  [
    id,
    create(SeriesSchema, { id, unit: Unit.INDEX_0_100, trustTier, kind: Series_Kind.GAUGE }),
  ] as const;
const series = new Map([
  define(price, TRADED),
  define(score, EDITORIAL),
  define(outage, CURATED),
  define(strait, CURATED),
  define(odds, CROWD),
  define(quakes, OFFICIAL),
]);

const on = (id: string) =>
  create(ConditionSchema, {
    test: { case: "signalThreshold", value: { series: id, comparator: 1, value: "1" } },
  });
const node = (kind: "all" | "any", ...conditions: Condition[]) =>
  create(ConditionSchema, { test: { case: kind, value: { conditions } } });
const all = (...conditions: Condition[]) => node("all", ...conditions);
const any = (...conditions: Condition[]) => node("any", ...conditions);
const not = (value: Condition) => create(ConditionSchema, { test: { case: "not", value } });
const atLeast = (count: number, ...conditions: Condition[]) =>
  create(ConditionSchema, { test: { case: "atLeast", value: { count, conditions } } });
const heldFor = (condition: Condition) =>
  create(ConditionSchema, {
    test: { case: "heldFor", value: { condition, duration: { seconds: 60n } } },
  });
const sequence = (...conditions: Condition[]) =>
  create(ConditionSchema, {
    test: { case: "sequence", value: { conditions, within: { seconds: 60n } } },
  });
const clock = create(ConditionSchema, {
  test: { case: "schedule", value: { schedule: { case: "cron", value: {} } } },
});
const drift = (...ids: string[]) =>
  create(ConditionSchema, {
    test: {
      case: "allocationDrift",
      value: {
        targets: ids.map((priceSeries, i) => ({
          asset: `eip155:1/erc20:0x${String(i).repeat(40)}`,
          priceSeries,
        })),
      },
    },
  });

const wordOf = (warrant: Warrant) =>
  warrant.kind === "any"
    ? "any"
    : `${warrant.kind}${"alone" in warrant && warrant.alone ? " alone" : ""} ${warrant.series}`;

describe("what a condition may cause", () => {
  test.for<readonly [string, Condition, string]>([
    ["a price", on(price), "any"],
    ["an instrument", on(quakes), "any"],
    ["the clock", clock, "any"],
    ["opinion alone", on(score), `none ${score}`],
    ["opinion on top of a price", all(on(price), on(score)), "any"],
    ["opinion on top of the clock", all(clock, on(score)), "any"],
    ["opinion or a price", any(on(price), on(score)), `none ${score}`],
    ["the opposite of an opinion", not(on(score)), `none ${score}`],
    ["neither opinion nor price: both must be false", not(any(on(price), on(score))), "any"],
    ["not both: opinion may decide", not(all(on(price), on(score))), `none ${score}`],
    ["two of three with one opinion", atLeast(2, on(price), on(price), on(score)), "any"],
    [
      "two of three with two opinions",
      atLeast(2, on(price), on(score), on(score)),
      `none ${score}`,
    ],
    ["opinion held for a time", heldFor(on(score)), `none ${score}`],
    ["a price held for a time", heldFor(on(price)), "any"],
    ["opinion may end what was held", not(heldFor(all(on(price), on(score)))), `none ${score}`],
    [
      "opinion may begin what is to be held",
      not(heldFor(any(on(price), on(score)))),
      `none ${score}`,
    ],
    ["a price, then opinion", sequence(on(price), on(score)), "any"],
    ["opinion, then opinion", sequence(on(score), on(score)), `none ${score}`],
    ["one curated series", on(outage), `none alone ${outage}`],
    ["one crowd series", on(odds), `none alone ${odds}`],
    ["one series twice", all(on(odds), on(odds)), `none alone ${odds}`],
    ["a curated series and opinion", all(on(outage), on(score)), `none alone ${outage}`],
    ["either of two curated series", any(on(outage), on(strait)), `none alone ${outage}`],
    ["two curated series", all(on(outage), on(strait)), `reduce ${outage}`],
    ["a crowd and a curated series", all(on(odds), on(strait)), `reduce ${odds}`],
    ["one, then the other", sequence(on(odds), on(strait)), `reduce ${odds}`],
    ["both held for a time", heldFor(all(on(outage), on(strait))), `reduce ${outage}`],
    ["two of three", atLeast(2, on(outage), on(strait), on(odds)), `reduce ${outage}`],
    ["one of three", atLeast(1, on(outage), on(strait), on(odds)), `none alone ${outage}`],
    ["neither of two", not(any(on(outage), on(strait))), `reduce ${outage}`],
    ["not both of two", not(all(on(outage), on(strait))), `none alone ${outage}`],
    [
      "two curated series or a price",
      any(all(on(outage), on(strait)), on(price)),
      `reduce ${outage}`,
    ],
    ["two curated series and a price", all(on(outage), on(strait), on(price)), "any"],
    ["prices that are traded", drift(price, price), "any"],
    // Whoever has one of the prices in hand has the drift in hand.
    ["prices of which one is opinion", drift(price, score), `none ${score}`],
  ])("%s", ([, condition, expected]) => {
    expect(wordOf(warrantOf(condition, tiersOf(series)))).toBe(expected);
  });
});

describe("P5: a stolen feed key raises no tier", () => {
  test.for([score, outage, odds])("%s that says it is official", (id) => {
    const raised = new Map([...series, define(id, OFFICIAL)]);
    const before = wordOf(warrantOf(on(id), tiersOf(series)));
    expect(before).not.toBe("any");
    expect(wordOf(warrantOf(on(id), tiersOf(raised)))).toBe(before);
  });
});

test("a series that is not published has no tier when a trigger is made, and any when it fires", () => {
  expect(warrantOf(on(price), tiersOf(new Map())).kind).toBe("none");
  expect(warrantOf(on(price), tiersNow(new Map())).kind).toBe("any");
  expect(warrantOf(on(score), tiersNow(series)).kind).toBe("none");
});

describe("an action on two curated series", () => {
  const chains = new Map([[1, testChain(1)]]);
  const [reserve = ""] = testChain(1).reserveAssets;
  const ether = "eip155:1/slip44:60";
  const swap = (sellAsset: string, buyAsset: string, chain = "eip155:1") =>
    create(IntentSchema, {
      chain,
      action: { action: { case: "swap", value: { sellAsset, buyAsset } } },
    });
  const transfer = create(IntentSchema, {
    chain: "eip155:1",
    action: { action: { case: "transfer", value: { asset: ether } } },
  });
  const call = create(IntentSchema, {
    chain: "eip155:1",
    action: { action: { case: "call", value: {} } },
  });
  const both = all(on(score), not(not(all(on(outage), on(strait)))));
  const check = (intent: Intent, condition = both) =>
    checkWarrant(condition, intent, { tier: tiersOf(series), chains, path: "trigger.condition" });

  test("may buy a reserve", () => {
    expect(check(swap(ether, reserve))).toMatchObject({ ok: true });
  });

  test.for<readonly [string, Intent]>([
    ["buys what is none", swap(reserve, ether)],
    ["swaps one risk for another", swap(ether, `eip155:1/erc20:0x${"d".repeat(40)}`)],
    ["swaps within the reserves", swap(reserve, reserve)],
    ["sends", transfer],
    ["calls", call],
    ["acts on a chain without reserves", swap(ether, reserve, "eip155:2")],
  ])("is refused when it %s, and says why", ([, intent]) => {
    const checked = check(intent);
    expect(checked.ok ? undefined : checked.error).toMatchObject({
      reason: "CONDITION_INVALID",
      metadata: {
        field: "trigger.condition.all.conditions[1].not.not.all.conditions[0].signal_threshold",
        hint: expect.stringContaining(`${outage} is CURATED: it may only cause a swap`),
      },
    });
  });

  test("is refused on one of them alone, whatever it does", () => {
    const checked = check(swap(ether, reserve), any(on(outage), on(strait)));
    expect(checked.ok ? undefined : checked.error.metadata).toEqual({
      field: "trigger.condition.any.conditions[0].signal_threshold",
      hint: `${outage} is CURATED: it may cause nothing alone, another series must be needed too`,
    });
  });

  test("is refused on opinion, whatever it does", () => {
    const checked = check(swap(ether, reserve), on(score));
    expect(checked.ok ? undefined : checked.error.metadata.hint).toBe(
      `${score} is EDITORIAL: it may only add to what another kind of series says`,
    );
  });
});

test("exact over the tree: who holds the weak tests can make it true, or it rests on the others", () => {
  // Every test looks at a series of its own: strong ones have even numbers.
  type Shape = (next: () => Condition) => Condition;
  const tree: fc.Arbitrary<Shape> = fc.letrec<{ tree: Shape }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.constant<Shape>((next) => next()),
      fc.tuple(fc.nat(3), fc.array(tie("tree"), { minLength: 1, maxLength: 3 })).map(
        ([kind, children]): Shape =>
          (next) => {
            const made = children.map((child) => child(next));
            const [first] = made;
            if (kind === 0) return all(...made);
            if (kind === 1) return any(...made);
            if (kind === 2 && first !== undefined) return not(first);
            return atLeast(Math.ceil(made.length / 2), ...made);
          },
      ),
    ),
  })).tree;
  const decide = (condition: Condition, holds: (id: string) => boolean): boolean => {
    const { test } = condition;
    switch (test.case) {
      case "all":
        return test.value.conditions.every((one) => decide(one, holds));
      case "any":
        return test.value.conditions.some((one) => decide(one, holds));
      case "atLeast":
        return test.value.conditions.filter((one) => decide(one, holds)).length >= test.value.count;
      case "not":
        return !decide(test.value, holds);
      case "signalThreshold":
        return holds(test.value.series);
      default:
        throw new Error("no such test");
    }
  };
  fc.assert(
    fc.property(tree, fc.infiniteStream(fc.boolean()), (shape, strengths) => {
      const strong: boolean[] = [];
      const condition = shape(() => {
        strong.push(strengths.next().value === true);
        return on(`s${strong.length - 1}`);
      });
      fc.pre(strong.length <= 10);
      const placeOf = (id: string) => Number(id.slice(1));
      const weak = strong.flatMap((is, i) => (is ? [] : [i]));
      const others = strong.flatMap((is, i) => (is ? [i] : []));
      const choices = (places: readonly number[]) =>
        Array.from(
          { length: 2 ** places.length },
          (_, bits) =>
            new Map(places.map((place, at) => [place, (bits & (1 << at)) !== 0] as const)),
        );
      const inHand = choices(weak).some((mine) =>
        choices(others).every((theirs) =>
          decide(condition, (id) => mine.get(placeOf(id)) ?? theirs.get(placeOf(id)) === true),
        ),
      );
      expect(restsOn(condition, (id) => strong[placeOf(id)] === true)).toBe(!inHand);
    }),
    { numRuns: 300 },
  );
});
