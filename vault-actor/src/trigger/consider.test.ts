/** What one look of a trigger does, in tables: occurrences, clearing, debouncing, stale inputs. */
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FirePolicySchema, Verdict } from "#gen/trigger/v1/trigger";
import type { Node } from "./compile.ts";
import { consider, maxFiringsOfLook, type Rule } from "./consider.ts";
import { fireRulesOf } from "./fire-policy.ts";
import type { LeafTest } from "./leaf-kind.ts";
import { type Standing, startingAt } from "./trigger.ts";
import { emptyWorld } from "./view.ts";

const [T, F, U] = [Verdict.TRUE, Verdict.FALSE, Verdict.UNKNOWN];
const minute = 60_000;

type Policy = Parameters<typeof create<typeof FirePolicySchema>>[1];

function leaf(test: LeafTest, path = "leaf", depends: Node["depends"] = []): Node {
  return { kind: "leaf", path, children: [], maxAgeMs: minute, depends, test };
}

/** A level that is what it is set to. */
function level(path = "leaf") {
  const now = { verdict: F as Verdict, stale: true };
  const test: LeafTest = () => ({
    verdict: now.verdict,
    explain: () => "set",
    ageMs: 0,
    stale: now.verdict === U && now.stale,
  });
  return { now, node: leaf(test, path) };
}

/** True at each cause that is set and not spent, the first first. */
function point(path = "leaf") {
  const now = { causes: [] as string[] };
  const test: LeafTest = (view) => {
    const cause = now.causes.find((one) => !view.spent.has(one));
    const common = { explain: () => "set", ageMs: 0 };
    if (cause === undefined) return { ...common, verdict: F };
    return { ...common, verdict: T, cause, fired: { spend: cause } };
  };
  return { now, node: leaf(test, path) };
}

/** A trigger from look to look. */
function trigger(condition: Node, policy: Policy = {}, clear?: Node) {
  const rules = fireRulesOf(create(FirePolicySchema, policy));
  const rule: Rule = { triggerId: "t", version: 1, condition, clear, rules };
  let standing: Standing = startingAt(0);
  const spent = new Set<string>();
  return {
    look(nowMs: number) {
      const before = standing;
      const seen = consider(rule, standing, emptyWorld(nowMs), { spent, busy: false });
      for (const cause of seen.spends) spent.add(cause);
      standing = seen.standing;
      return { ...seen, isWritten: standing !== before };
    },
    causes(nowMs: number) {
      return this.look(nowMs).firings.map(({ occurrenceKey }) =>
        occurrenceKey.slice("t/1/".length),
      );
    },
    standing: () => standing,
  };
}

describe("occurrences", () => {
  test("of one look fire one after the other, each once", () => {
    const { now, node } = point();
    const { causes } = { causes: trigger(node) };
    now.causes = ["event/a", "event/b", "event/c"];
    expect(causes.causes(1)).toEqual(["event/a", "event/b", "event/c"]);
    expect(causes.causes(2)).toEqual([]);
    now.causes.push("event/d");
    expect(causes.causes(3)).toEqual(["event/d"]);
  });

  test("beyond the limit follow in the next look, at once", () => {
    const { now, node } = point();
    const one = trigger(node);
    now.causes = Array.from({ length: maxFiringsOfLook + 3 }, (_, i) => `event/${i}`);
    const first = one.look(10);
    expect(first.firings).toHaveLength(maxFiringsOfLook);
    expect(first.lookMs).toBe(10);
    const rest = one.look(11);
    expect(rest.firings).toHaveLength(3);
    expect(rest.lookMs).toBe(Number.POSITIVE_INFINITY);
  });

  test("wait for the cooldown, and are looked at when it ends", () => {
    const { now, node } = point();
    const one = trigger(node, { cooldown: { seconds: 60n } });
    now.causes = ["event/a", "event/b"];
    const first = one.look(1);
    expect(first.firings).toHaveLength(1);
    expect(first.lookMs).toBe(1 + minute);
    expect(one.causes(minute)).toEqual([]);
    expect(one.causes(1 + minute)).toEqual(["event/b"]);
  });

  test("wait for the clear condition, where there is one", () => {
    const { now, node } = point();
    const clear = level("clear.leaf");
    const one = trigger(node, {}, clear.node);
    now.causes = ["event/a", "event/b"];
    expect(one.causes(1)).toEqual(["event/a"]);
    clear.now.verdict = U;
    expect(one.causes(2)).toEqual([]);
    clear.now.verdict = T;
    expect(one.causes(3)).toEqual(["event/b"]);
  });

  test("that clear are used up, and don't spend what the condition looks at", () => {
    const { now, node } = point();
    const clear = point("clear.leaf");
    const one = trigger(node, {}, clear.node);
    now.causes = ["event/a", "event/b", "event/c"];
    expect(one.causes(1)).toEqual(["event/a"]);
    clear.now.causes = ["event/b"];
    expect(one.causes(2)).toEqual(["event/b"]);
    expect(one.causes(3)).toEqual([]);
    clear.now.causes.push("event/x");
    expect(one.causes(4)).toEqual(["event/c"]);
  });

  test("end with the last firing that is allowed", () => {
    const { now, node } = point();
    const one = trigger(node, { maxFires: 2n });
    now.causes = ["event/a", "event/b", "event/c"];
    const seen = one.look(1);
    expect(seen.firings).toHaveLength(2);
    expect(seen.standing.state).toBe("EXHAUSTED");
    expect(seen.lookMs).toBe(Number.POSITIVE_INFINITY);
  });

  test("that fired before count as seen, and nothing more", () => {
    const { now, node } = point();
    now.causes = ["event/a", "event/b"];
    const rules = fireRulesOf(undefined);
    const rule: Rule = { triggerId: "t", version: 1, condition: node, clear: undefined, rules };
    const seen = consider(rule, startingAt(0), emptyWorld(1), {
      spent: new Set(),
      busy: false,
      hasFired: (key) => key === "t/1/event/a",
    });
    expect(seen.firings.map(({ occurrenceKey }) => occurrenceKey)).toEqual(["t/1/event/b"]);
    expect(seen.standing.progress.fireCount).toBe(1);
  });

  test("each fire at most once, whatever comes in whatever order", () => {
    const causes = fc.array(fc.constantFrom("a", "b", "c", "d", "e", "f"), { maxLength: 6 });
    fc.assert(
      fc.property(fc.array(causes, { maxLength: 12 }), (looks) => {
        const { now, node } = point();
        const one = trigger(node);
        const fired: string[] = [];
        for (const [i, set] of looks.entries()) {
          now.causes = set.map((cause) => `event/${cause}`);
          fired.push(...one.causes(i));
        }
        expect(new Set(fired)).toEqual(new Set(looks.flat().map((cause) => `event/${cause}`)));
        expect(fired).toHaveLength(new Set(fired).size);
      }),
    );
  });
});

describe("a level", () => {
  test("that lasts is written once, and fires again when it has cleared", () => {
    const { now, node } = level();
    const one = trigger(node);
    now.verdict = T;
    expect(one.causes(1)).toEqual(["rise/1"]);
    expect(one.look(2).isWritten).toBe(false);
    now.verdict = F;
    expect(one.causes(3)).toEqual([]);
    now.verdict = T;
    expect(one.causes(4)).toEqual(["rise/2"]);
  });

  test("whose clear condition was true already does not fire for ever", () => {
    const { now, node } = level();
    const clear = level("clear.leaf");
    const one = trigger(node, {}, clear.node);
    now.verdict = clear.now.verdict = T;
    expect(one.causes(1)).toEqual(["rise/1"]);
    expect(one.causes(2)).toEqual([]);
    clear.now.verdict = F;
    expect(one.causes(3)).toEqual([]);
    clear.now.verdict = T;
    expect(one.causes(4)).toEqual(["rise/2"]);
  });

  test("must hold without a break for as long as it is debounced", () => {
    const { now, node } = level();
    const one = trigger(node, { debounce: { seconds: 60n } });
    now.verdict = T;
    const first = one.look(1000);
    expect(first.firings).toEqual([]);
    expect(first.lookMs).toBe(1000 + minute);
    now.verdict = U;
    one.look(2000);
    now.verdict = T;
    expect(one.causes(3000)).toEqual([]);
    expect(one.causes(2999 + minute)).toEqual([]);
    expect(one.causes(3000 + minute)).toEqual(["rise/1"]);
    // What has fired is not noted again and again.
    expect(one.look(3001 + minute).isWritten).toBe(false);
    expect(one.look(3000 + 60 * minute).isWritten).toBe(false);
  });

  test("expires in time", () => {
    const { now, node } = level();
    const one = trigger(node, { expireTime: timestampFromMs(5000) });
    expect(one.look(1000).lookMs).toBe(5000);
    now.verdict = T;
    const last = one.look(5000);
    expect(last.firings).toEqual([]);
    expect(last.standing.state).toBe("EXPIRED");
  });

  test("names the readings that make it true, and a long key is a hash", () => {
    const names = Array.from({ length: 9 }, (_, i) => `market.price.series-of-a-long-name-${i}@v1`);
    const depends = names.map((series) => ({ kind: "series", series }) as const);
    const always: LeafTest = () => ({ verdict: T, explain: () => "", ageMs: 0 });
    const observations = new Map(names.map((name) => [name, { round: 7n }]));
    const keyOf = (some: typeof depends) => {
      const rule: Rule = {
        triggerId: "t",
        version: 1,
        condition: leaf(always, "leaf", some),
        clear: undefined,
        rules: fireRulesOf(undefined),
      };
      const world = { ...emptyWorld(1), observations } as unknown as ReturnType<typeof emptyWorld>;
      return consider(rule, startingAt(0), world, { spent: new Set(), busy: false }).firings[0]
        ?.occurrenceKey;
    };
    expect(keyOf(depends.slice(0, 2))).toBe(`t/1/rise/1/${names[0]}@7,${names[1]}@7`);
    expect(keyOf(depends)).toMatch(/^t\/1\/sha256\/[0-9a-f]{64}$/);
  });
});

describe("stale inputs", () => {
  test("are told once when they last, and again when they are over", () => {
    const { now, node } = level();
    const one = trigger(node, { stale: 2 });
    now.verdict = U;
    const first = one.look(1000);
    expect([first.stale, first.lookMs, first.isWritten]).toEqual([undefined, 1000 + minute, true]);
    expect(one.look(2000).isWritten).toBe(false);
    expect(one.look(1000 + minute).stale).toBe("alert");
    expect(one.look(1001 + minute).stale).toBeUndefined();
    now.verdict = F;
    expect(one.look(1002 + minute).stale).toBe("fresh");
    expect(one.look(1003 + minute).stale).toBeUndefined();
  });

  test("that end in time are not told", () => {
    const { now, node } = level();
    const one = trigger(node, { stale: 3 });
    now.verdict = U;
    one.look(1000);
    now.verdict = F;
    expect(one.look(2000).stale).toBeUndefined();
    expect(one.standing().staleMs).toBeUndefined();
  });

  test("have no episode when nobody asks, or when the past is only not there yet", () => {
    const held = level();
    const one = trigger(held.node);
    held.now.verdict = U;
    one.look(1);
    expect(one.standing().staleMs).toBeUndefined();
    expect(one.look(10 * minute).stale).toBeUndefined();
    const early = level();
    early.now.stale = false;
    early.now.verdict = U;
    const other = trigger(early.node, { stale: 3 });
    other.look(1);
    expect(other.look(10 * minute).stale).toBeUndefined();
  });
});
