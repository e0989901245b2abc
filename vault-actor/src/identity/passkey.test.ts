import { describe, expect, test } from "vitest";
import type { Member } from "./authority.ts";
import { checkPasskeys, parseRelyingParty } from "./passkey.ts";
import { createCheckProof, type MemberProof } from "./proof.ts";

describe("where passkeys may be used", () => {
  const app = `android:apk-key-hash:${"A".repeat(43)}`;
  test.each<[string, string, string, string[] | string]>([
    ["nowhere", "", "", []],
    ["an origin of its own id", "https://a.example", "a.example", ["https://a.example"]],
    ["an origin below the id", "https://x.a.example", "a.example", ["https://x.a.example"]],
    [
      "two",
      "https://a.example, https://b.example",
      "a.example,b.example",
      ["https://a.example", "https://b.example"],
    ],
    ["this machine", "http://localhost:3000", "localhost", ["http://localhost:3000"]],
    ["an app", `https://a.example,${app}`, "a.example", ["https://a.example", app]],
    ["without an id", "https://a.example", "", "passkeys need a relying party id"],
    ["without an origin", "", "a.example", "passkeys need an origin"],
    ["without TLS", "http://a.example", "a.example", "malformed"],
    ["with a path", "https://a.example/", "a.example", "malformed"],
    ["with a standard port", "https://a.example:443", "a.example", "malformed"],
    ["in capitals", "https://A.example", "a.example", "malformed"],
    ["a bare name", "a.example", "a.example", "malformed"],
    ["an id that covers a name by chance", "https://ba.example", "a.example", "covers"],
    ["another app", "android:apk-key-hash:x", "a.example", "malformed"],
  ])("%s", (_, origins, rpIds, expected) => {
    const parse = () => parseRelyingParty(origins, rpIds);
    if (typeof expected === "string") {
      expect(parse).toThrow(expected);
    } else expect([...parse().origins]).toEqual(expected);
  });
});

describe("who checks a member", () => {
  const digest = new Uint8Array(32);
  const empty = new Uint8Array();
  const member = (kind: Member["kind"]): Member => ({ kind, id: "p256:x", role: "OWNER" });
  const webauthn: MemberProof = {
    kind: "webauthn",
    member: "p256:x",
    authenticatorData: empty,
    clientDataJson: empty,
    signature: empty,
  };
  const contract: MemberProof = { kind: "erc1271", member: "p256:x", signature: empty };
  const here = checkPasskeys(parseRelyingParty("https://a.example", "a.example"));
  const nowhere = checkPasskeys(parseRelyingParty("", ""));

  test.each<[string, typeof here, MemberProof, Member["kind"], string]>([
    ["a passkey where none are served", nowhere, webauthn, "WEBAUTHN", "unsupported"],
    ["a passkey with a contract's proof", here, contract, "WEBAUTHN", "invalid"],
    ["a passkey with noise", here, webauthn, "WEBAUTHN", "invalid"],
    ["a contract with a contract's proof", here, contract, "CONTRACT", "unavailable"],
    ["a contract with a passkey's proof", here, webauthn, "CONTRACT", "unavailable"],
  ])("%s", async (_, passkey, proof, kind, verdict) => {
    const check = createCheckProof({ passkey, contract: async () => "unavailable" });
    expect(await check(proof, member(kind), digest)).toBe(verdict);
  });
});
