import { expect, test } from "vitest";
import { createAdmitLookup } from "./admit-lookup.ts";

const call = (keyId: string, nowMs: number) => ({ keyId, nowMs });

test("strangers share ten look-ups a minute, granted keys have sixty of their own", () => {
  const admit = createAdmitLookup((keyId) => keyId === "granted");
  for (let i = 0; i < 10; i++) expect(admit(call(`stranger ${i}`, 1000)).ok).toBe(true);
  expect(admit(call("another", 1000))).toMatchObject({
    error: { reason: "RATE_LIMITED", retryAfterMs: 6_000, metadata: { limit: "10/60s" } },
  });
  for (let i = 0; i < 60; i++) expect(admit(call("granted", 2000)).ok).toBe(true);
  expect(admit(call("granted", 2000)).ok).toBe(false);
  expect(admit(call("another", 7_000)).ok).toBe(true);
  expect(admit(call("another", 7_000)).ok).toBe(false);
});
