/** The real decision against a second one that shares nothing with it. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { naiveDecision } from "../../test/support/naive-policy.ts";
import { inputsOf, operations, policies } from "../../test/support/policy-fuzz.ts";
import { decide, explain } from "./decide.ts";

test("decides as a naive implementation does, and explains what it decides", () => {
  const seen: Record<string, number> = {};
  const count = (name: string) => {
    seen[name] = (seen[name] ?? 0) + 1;
  };
  fc.assert(
    fc.property(inputsOf(policies), operations, (input, operation) => {
      const result = decide(operation, input);
      const verdict = !result.ok ? "deny" : result.value.approval.length > 0 ? "approval" : "allow";
      const naive = naiveDecision(operation, input);
      expect(verdict).toBe(naive.verdict);
      count(verdict);
      if (!result.ok) {
        expect([...naive.reasons]).toContain(result.error.reason);
        count(result.error.metadata.rule ?? result.error.metadata.limit?.split(":")[0] ?? "");
      }
      const explained = explain(operation, input);
      expect(explained.outcome.toLowerCase()).toBe(verdict);
      expect(explained.decidingRule === "").toBe(verdict === "allow");
      const denied = explained.checks.filter(({ outcome }) => outcome === "DENY");
      expect(denied).toHaveLength(verdict === "deny" ? 1 : 0);
    }),
    { numRuns: 6000 },
  );
  // Every verdict and every rule had its say.
  expect(Math.min(seen.allow ?? 0, seen.approval ?? 0)).toBeGreaterThan(100);
  expect(Object.keys(seen)).toEqual(
    expect.arrayContaining([
      "chain",
      "hours",
      "calls",
      "infrastructure",
      "approval",
      "target",
      "selector",
      "value",
      "argument",
      "recipient",
      "slippage",
      "webhook_host",
      "oracle",
      "asset",
      "per operation",
      "window",
      "usd",
      "fee per operation",
      "fee per gas",
    ]),
  );
}, 30_000);
