/**
 * What a decision costs: an operation against a policy of a thousand rules, a restriction beside
 * it and a history of hundreds of spends, which are indexed anew each time. In this process one by
 * one; in workerd, whose clock stands still while it computes, many in a request less one.
 */
import { PerformanceObserver } from "node:perf_hooks";
import { decide } from "../../vault-actor/src/policy/decide.ts";
import type { Stack } from "../stack/stack.ts";
import { countRules, inputOf, largePolicy, operationOf, spendCount } from "./large-policy.ts";
import { measure, percentile } from "./load.ts";

/** The figures of Node.js. Times are in milliseconds. */
export type DecisionCost = {
  readonly rules: number;
  readonly spends: number;
  readonly times: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** The same where the fastest of three alike counts: without what else the machine does. */
  readonly quietP99Ms: number;
  /** The first decision of a policy, which indexes its rules. */
  readonly firstP50Ms: number;
  readonly firstP99Ms: number;
  /** The very first of the process, when nothing is compiled yet. */
  readonly coldMs: number;
  /** How many took a millisecond or more, and during how many of those memory was collected. */
  readonly slow: number;
  readonly slowByCollection: number;
};

/** The figures of workerd: of one decision, by requests of many. */
export type WorkerdDecisionCost = { readonly p50Ms: number; readonly p99Ms: number };

const warmUp = 1000;
const policies = 200;
const many = 100;
const requests = 200;

/** Measures decisions that look at every kind of rule and end with allowed. */
export async function measureDecisions(times = 20_000): Promise<DecisionCost> {
  const policy = largePolicy();
  const operation = operationOf(policy);
  const timed = (of: typeof policy) => {
    const input = inputOf(of);
    const startMs = performance.now();
    const result = decide(operation, input);
    const endMs = performance.now();
    if (!result.ok) throw new Error(result.error.detail);
    return { startMs, endMs, tookMs: endMs - startMs };
  };
  const coldMs = timed(policy).tookMs;
  for (let at = 0; at < warmUp; at++) timed(policy);
  const collections: { readonly startMs: number; readonly endMs: number }[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) {
      collections.push({ startMs: startTime, endMs: startTime + duration });
    }
  });
  observer.observe({ entryTypes: ["gc"] });
  const all = Array.from({ length: times }, () => timed(policy));
  const first = Array.from({ length: policies }, () => timed(largePolicy()));
  // What was observed is told later.
  await new Promise((done) => setTimeout(done, 50));
  observer.disconnect();
  const quiet = Array.from({ length: times / 4 }, () =>
    Math.min(timed(policy).tookMs, timed(policy).tookMs, timed(policy).tookMs),
  );
  const firstMs = first.map(({ tookMs }) => tookMs);
  const took = all.map(({ tookMs }) => tookMs);
  const slow = all.filter(({ tookMs }) => tookMs >= 1);
  const byCollection = slow.filter((one) =>
    collections.some(({ startMs, endMs }) => startMs < one.endMs && endMs > one.startMs),
  );
  return {
    rules: countRules(policy),
    spends: spendCount,
    times,
    p50Ms: rounded(percentile(took, 0.5)),
    p99Ms: rounded(percentile(took, 0.99)),
    maxMs: rounded(Math.max(...took)),
    quietP99Ms: rounded(percentile(quiet, 0.99)),
    firstP50Ms: rounded(percentile(firstMs, 0.5)),
    firstP99Ms: rounded(percentile(firstMs, 0.99)),
    coldMs: rounded(coldMs),
    slow: slow.length,
    slowByCollection: byCollection.length,
  };
}

/** Measures the same in a Worker that does nothing else. */
export async function measureInWorkerd({ ports }: Stack): Promise<WorkerdDecisionCost> {
  const shots = (times: number) =>
    Array.from({ length: requests }, () => ({
      url: `http://127.0.0.1:${ports.direct}/decide`,
      headers: { "bench-times": String(times) },
      body: new Uint8Array(),
    }));
  await measure(shots(many), 0);
  const single = percentile(await measure(shots(1), 1), 0.5);
  const each = (await measure(shots(many), 1)).map((ms) => (ms - single) / (many - 1));
  return { p50Ms: rounded(percentile(each, 0.5)), p99Ms: rounded(percentile(each, 0.99)) };
}

/** Says it in lines. */
export function decisionText(cost: DecisionCost, workerd: WorkerdDecisionCost): string {
  const { rules, spends, times, p50Ms, p99Ms, maxMs, slow, slowByCollection } = cost;
  return [
    `A decision over ${rules} rules and ${spends} spends, in Node.js: ${p50Ms} ms p50, ${p99Ms} ms p99, ${maxMs} ms at most of ${times}, ${cost.quietP99Ms} ms p99 of the fastest of three; ${slow} took a millisecond or more, ${slowByCollection} of them while memory was collected.`,
    `The first of a policy: ${cost.firstP50Ms} ms p50, ${cost.firstP99Ms} ms p99; the first of the process ${cost.coldMs} ms.`,
    `In workerd, in requests of ${many}: ${workerd.p50Ms} ms p50, ${workerd.p99Ms} ms p99 of the requests' means.`,
  ].join("\n");
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
