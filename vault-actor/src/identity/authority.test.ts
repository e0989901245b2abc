import { p256 } from "@noble/curves/nist.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toBase64Url } from "#protocol/proof/base64";
import { checkMembers, type Member } from "./authority.ts";

const account = (digit: string, chainId = 1) => `eip155:${chainId}:0x${digit.repeat(40)}`;
const point = p256.getPublicKey(new Uint8Array(32).fill(7));
const passkey = `p256:${toBase64Url(point)}`;
const mirrored = `p256:${toBase64Url(new Uint8Array([5 - (point[0] ?? 0), ...point.subarray(1)]))}`;
const offCurve = `p256:${toBase64Url(new Uint8Array([2, ...new Array(31).fill(0), 1]))}`;

const owner = (id: string, kind: Member["kind"] = "EOA"): Member => ({ kind, id, role: "OWNER" });
const guardian = (id: string, kind: Member["kind"] = "EOA"): Member => ({
  ...owner(id, kind),
  role: "GUARDIAN",
});
const own = { kind: "CONTRACT", id: account("e") } as const;
const many = (n: number) =>
  Array.from({ length: n }, (_, i) => owner(`eip155:1:0x${String(i).padStart(40, "0")}`));

describe("an authority", () => {
  test.each<[string, Member[], number, string]>([
    ["one owner", [owner(account("a"))], 1, "ok"],
    [
      "two of three kinds",
      [owner(account("a")), owner(account("b"), "CONTRACT"), owner(passkey, "WEBAUTHN")],
      2,
      "ok",
    ],
    ["an owner and a guardian", [owner(account("a")), guardian(account("b"))], 1, "ok"],
    ["as many as there may be", many(16), 16, "ok"],
    ["one more than there may be", many(17), 1, "members max_items"],
    ["nobody", [], 1, "members owner"],
    ["guardians alone", [guardian(account("a"))], 1, "members owner"],
    ["a threshold of nobody", [owner(account("a"))], 0, "threshold owners"],
    [
      "a threshold above the owners",
      [owner(account("a")), guardian(account("b"))],
      2,
      "threshold owners",
    ],
    ["a fraction of an owner", [owner(account("a"))], 0.5, "threshold owners"],
    ["an owner twice", [owner(account("a")), owner(account("a"))], 1, "members[1].id unique"],
    [
      "an owner that is a guardian too",
      [owner(account("a")), guardian(account("a"))],
      1,
      "members[1].id unique",
    ],
    [
      "a key and a contract of one address",
      [owner(account("a")), owner(account("a"), "CONTRACT")],
      1,
      "members[1].id unique",
    ],
    [
      "a passkey twice",
      [owner(passkey, "WEBAUTHN"), owner(passkey, "WEBAUTHN")],
      1,
      "members[1].id unique",
    ],
    [
      "a passkey and its mirror image",
      [owner(passkey, "WEBAUTHN"), owner(mirrored, "WEBAUTHN")],
      1,
      "members[1].id unique",
    ],
    [
      "the same key on another chain",
      [owner(account("a")), owner(account("a", 10))],
      1,
      "members[1].id form",
    ],
    ["a contract of another chain", [owner(account("a", 10), "CONTRACT")], 1, "members[0].id form"],
    ["an address in capitals", [owner(account("A"))], 1, "members[0].id form"],
    ["the vault's own account", [owner(account("e"), "CONTRACT")], 1, "ok"],
    ["the vault's own account named as a key", [owner(account("e"))], 1, "members[0].id kind"],
    ["a passkey named as a key", [owner(passkey)], 1, "members[0].id form"],
    ["an account named as a passkey", [owner(account("a"), "WEBAUTHN")], 1, "members[0].id form"],
    [
      "an Ed25519 key named as a passkey",
      [owner(`ed25519:${"A".repeat(43)}`, "WEBAUTHN")],
      1,
      "members[0].id form",
    ],
    ["a passkey that is no point", [owner(offCurve, "WEBAUTHN")], 1, "members[0].id form"],
  ])("of %s", (_, members, threshold, verdict) => {
    const result = checkMembers(members, threshold, own);
    const { field, rule } = result.ok ? {} : result.error.metadata;
    expect(result.ok ? "ok" : `${field} ${rule}`).toBe(verdict);
  });

  test("that is let in can always be met by its owners, each once", () => {
    const member = fc.record({
      kind: fc.constantFrom("EOA", "CONTRACT", "WEBAUTHN" as const),
      id: fc.constantFrom(account("a"), account("b"), account("a", 10), passkey, mirrored, ""),
      role: fc.constantFrom("OWNER", "GUARDIAN" as const),
    });
    fc.assert(
      fc.property(fc.array(member, { maxLength: 4 }), fc.integer({ min: -1, max: 5 }), (m, t) => {
        if (!checkMembers(m, t, own).ok) return;
        const owners = new Set(m.filter(({ role }) => role === "OWNER").map(({ id }) => id));
        expect(owners.size).toBeGreaterThanOrEqual(t);
        expect(t).toBeGreaterThanOrEqual(1);
      }),
      { numRuns: 1000 },
    );
  });
});
