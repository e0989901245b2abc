import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { hashTypedData } from "viem";
import { describe, expect, test } from "vitest";
import {
  Authority_Member_Kind,
  Authority_Member_Role,
  Authority_MemberSchema,
} from "#gen/vault/v1/authority";
import { type Act, actDigest, type Consent, typedData } from "./act.ts";
import {
  freezeAct,
  memberLine,
  ownerRotationAct,
  recoveryAct,
  recoveryCancelAct,
} from "./authority-acts.ts";
import { sessionRotateAct } from "./session-rotate.ts";
import { sessionInstallAct, unfreezeAct } from "./vault-acts.ts";

const vault = "eip155:1:0x7e5f4552091a69125d5dfcb7b8c2659029395bdf";
const consent: Consent = {
  actId: `0x${"01".repeat(32)}`,
  expireTime: timestampFromMs(1_800_000_000_000),
  epoch: 3n,
};
const { EOA, CONTRACT, WEBAUTHN } = Authority_Member_Kind;
const { OWNER, GUARDIAN } = Authority_Member_Role;
const member = (kind: Authority_Member_Kind, role: Authority_Member_Role, id = vault) =>
  create(Authority_MemberSchema, { kind, role, id });
const owner = member(EOA, OWNER);
const session = {
  name: `vaults/${vault}/sessions/s2`,
  keyAddress: `0x${"2".repeat(40)}`,
  account: vault,
};
const permission = { hash: `0x${"3".repeat(64)}`, expiresSeconds: 9n } as const;
const old = { name: `vaults/${vault}/sessions/s1`, keyAddress: `0x${"4".repeat(40)}` };

const digestOf = (act: Act) => actDigest(act, 1);

describe("what members sign about the authority", () => {
  test.each<[string, (members: (typeof owner)[], threshold: number, version: bigint) => Act]>([
    ["a rotation", (...change) => ownerRotationAct(vault, ...change, consent)],
    ["a recovery", (...change) => recoveryAct(vault, ...change, consent)],
  ])("%s is another act for every other change", (_, build) => {
    const other = `eip155:1:0x${"1".repeat(40)}`;
    const digests = [
      build([owner], 1, 1n),
      build([owner], 2, 1n),
      build([owner], 1, 2n),
      build([], 1, 1n),
      build([owner, owner], 1, 1n),
      build([member(EOA, GUARDIAN)], 1, 1n),
      build([member(CONTRACT, OWNER)], 1, 1n),
      build([member(WEBAUTHN, OWNER)], 1, 1n),
      build([member(EOA, OWNER, other)], 1, 1n),
      build([owner, member(EOA, OWNER, other)], 1, 1n),
      build([member(EOA, OWNER, other), owner], 1, 1n),
    ].map(digestOf);
    expect(new Set(digests).size).toBe(digests.length);
  });

  test("no act passes for another of the same fields", () => {
    const acts = [
      ownerRotationAct(vault, [owner], 1, 1n, consent),
      recoveryAct(vault, [owner], 1, 1n, consent),
      recoveryCancelAct(vault, consent),
      unfreezeAct(vault, consent),
      freezeAct(vault, "", consent),
      freezeAct(vault, "theft", consent),
      sessionInstallAct(vault, session, permission, consent),
      sessionRotateAct(vault, session, old, permission, consent),
      sessionRotateAct(vault, session, session, permission, consent),
    ];
    expect(new Set(acts.map(digestOf)).size).toBe(acts.length);
    // The types keep them apart, whatever the statements say.
    const bare = acts.map((act) => ({ ...act, message: { ...act.message, statement: "" } }));
    expect(new Set(bare.map(digestOf)).size).toBe(acts.length);
  });

  test("a wallet shows who will own the vault, and when", () => {
    const key = member(WEBAUTHN, GUARDIAN, "p256:AAAA");
    const { message, primaryType } = typedData(recoveryAct(vault, [owner, key], 1, 7n, consent), 1);
    expect({ primaryType, ...message }).toEqual({
      primaryType: "Recovery",
      vault,
      statement: expect.stringMatching(/48 hours.*cancels/),
      members: [`owner: Ethereum key ${vault}`, "guardian: passkey p256:AAAA"],
      threshold: 1,
      replacesVersion: 7n,
      authorityEpoch: 3n,
      validUntil: 1_800_000_000n,
      actId: consent.actId,
    });
  });

  test("a rotation of a session names the one that ends", () => {
    const { message } = typedData(sessionRotateAct(vault, session, old, permission, consent), 1);
    expect(message).toMatchObject({
      session: session.name,
      replaces: old.name,
      sessionKey: session.keyAddress,
      permissionHash: permission.hash,
    });
  });

  test("every field of an act has a type that hashes", () => {
    for (const act of [freezeAct(vault, "x", consent), recoveryCancelAct(vault, consent)]) {
      expect(hashTypedData(typedData(act, 1))).toMatch(/^0x[0-9a-f]{64}$/);
      expect(act.fields.map(({ name }) => name)).toEqual(Object.keys(act.message));
    }
  });

  test("two members with the same line are the same", () => {
    const any = fc.record({
      kind: fc.constantFrom(EOA, CONTRACT, WEBAUTHN),
      role: fc.constantFrom(OWNER, GUARDIAN),
      id: fc.constantFrom("a", "b", " a", "passkey a"),
    });
    fc.assert(
      fc.property(any, any, (one, other) => {
        const same =
          memberLine(create(Authority_MemberSchema, one)) ===
          memberLine(create(Authority_MemberSchema, other));
        expect(same).toBe(JSON.stringify(one) === JSON.stringify(other));
      }),
    );
  });
});
