import { describe, expect, test } from "vitest";
import type { Member } from "./authority.ts";
import { type Consent, checkConsent, maxConsentMs, type Quorum } from "./consent.ts";

const nowMs = 1_800_000_000_000;
const member = (id: string, role: Member["role"]): Member => ({ kind: "EOA", id, role });
const authority = {
  members: [member("a", "OWNER"), member("b", "OWNER"), member("g", "GUARDIAN")],
  threshold: 2,
  epoch: 3,
};
const consent = (signers: string, change: Partial<Consent> = {}): Consent => ({
  type: "Freeze",
  actId: "0x",
  epoch: 3,
  expireMs: nowMs + 1,
  signers: new Set(signers),
  ...change,
});

describe("a consent", () => {
  test.each<[string, Consent, Quorum, string]>([
    ["of both owners", consent("ab"), "owners", "ok"],
    ["of one owner of two", consent("a"), "owners", "threshold"],
    ["of an owner and a guardian", consent("ag"), "owners", "member"],
    ["of both owners and a guardian", consent("abg"), "owners", "member"],
    ["of both owners and a stranger", consent("abx"), "owners", "member"],
    ["of nobody", consent(""), "owners", "threshold"],
    ["of an owner, where one member is enough", consent("a"), "member", "ok"],
    ["of a guardian, where one member is enough", consent("g"), "member", "ok"],
    ["of all, where one member is enough", consent("abg"), "member", "ok"],
    ["of a stranger, where one member is enough", consent("x"), "member", "member"],
    ["of nobody, where one member is enough", consent(""), "member", "threshold"],
    ["of the epoch before", consent("ab", { epoch: 2 }), "owners", "epoch"],
    ["of the epoch to come", consent("ab", { epoch: 4 }), "owners", "epoch"],
    ["at its end", consent("ab", { expireMs: nowMs }), "owners", "expired"],
    ["as long as it may be", consent("ab", { expireMs: nowMs + maxConsentMs }), "owners", "ok"],
    [
      "longer than that",
      consent("ab", { expireMs: nowMs + maxConsentMs + 1 }),
      "owners",
      "lifetime",
    ],
  ])("%s", (_, given, quorum, verdict) => {
    const result = checkConsent(given, authority, quorum, nowMs);
    expect(result.ok ? "ok" : result.error.metadata.cause).toBe(verdict);
  });
});
