import { expect, test } from "vitest";
import type { Source } from "../source/source.ts";
import { inLanes } from "./lanes.ts";
import type { Outcome } from "./outcome.ts";

const sources = ["a", "a", "a", "a", "a", "b", "c", "d", "e", "f", "g"].map(
  (account, index): Source => ({
    id: `${account}${index}`,
    account,
    periodMs: 1,
    series: [],
    read: () => expect.unreachable("not asked here"),
  }),
);

test("asks all, six at once and three of one account, and an account doesn't hold up the rest", async () => {
  const running: Source[] = [];
  const order: string[] = [];
  let most = 0;
  let mostOfOne = 0;
  const ask = async (source: Source): Promise<Outcome> => {
    running.push(source);
    most = Math.max(most, running.length);
    mostOfOne = Math.max(mostOfOne, running.filter((one) => one.account === "a").length);
    // The upstream of "a" is slow.
    await new Promise((done) => setTimeout(done, source.account === "a" ? 30 : 1));
    running.splice(running.indexOf(source), 1);
    order.push(source.id);
    return { kind: "failed", source, failure: { reason: "timeout", detail: "" } };
  };
  const outcomes = await inLanes(sources, ask, { all: 6, each: 3 });
  expect(outcomes.map(({ source }) => source.id).sort()).toEqual(
    sources.map(({ id }) => id).sort(),
  );
  expect([most, mostOfOne]).toEqual([6, 3]);
  expect(order.slice(0, 6).map((id) => id[0])).not.toContain("a");
});
