import { describe, expect, test } from "vitest";
import { callsPerChange, createCallLimits, strangersPerMinute } from "./call-limits.ts";
import type { CallerKey } from "./key.ts";

const key = (keyId: string, maxCallsPerMinute = 2): CallerKey => ({
  keyId,
  scopes: new Set(),
  startMs: 0,
  expireMs: 1,
  maxProofSeconds: 60,
  maxCallsPerMinute,
  state: "ACTIVE",
  epoch: 1,
  createdMs: 0,
  lastUseMs: undefined,
  revokedMs: undefined,
});

describe("the limits of calls", () => {
  test("a key has ten calls for each change, then the refusal says which limit and how long", () => {
    const limits = createCallLimits();
    const own = key("p256:a");
    for (let i = 0; i < 2 * callsPerChange; i++) expect(limits.countKey(own, 0)).toBeUndefined();
    expect(limits.countKey(own, 0)).toEqual({
      reason: "RATE_LIMITED",
      detail: "too many calls",
      metadata: { limit: "20/60s" },
      retryAfterMs: 3_000,
    });
    expect(limits.countKey(own, 3_000)).toBeUndefined();
    expect(limits.countKey(key("p256:b"), 0)).toBeUndefined();
  });

  test("who holds no accepted key shares one budget, which failed proofs use up too", () => {
    const limits = createCallLimits();
    for (let i = 0; i < strangersPerMinute; i += 2) {
      expect(limits.countStranger(0)).toBeUndefined();
      limits.countFailed(0);
    }
    expect(limits.countStranger(0)).toMatchObject({
      reason: "RATE_LIMITED",
      metadata: { limit: "3000/60s" },
      retryAfterMs: 20,
    });
    // It never touches a key that is accepted.
    expect(limits.countKey(key("p256:a"), 0)).toBeUndefined();
    expect(limits.countStranger(20)).toBeUndefined();
  });

  test("as many keys as a vault may have are all remembered", () => {
    const limits = createCallLimits();
    const keys = Array.from({ length: 64 }, (_, i) => key(`p256:${i}`, 1));
    for (let i = 0; i < callsPerChange; i++) for (const one of keys) limits.countKey(one, 0);
    expect(keys.every((one) => limits.countKey(one, 0) !== undefined)).toBe(true);
  });
});
