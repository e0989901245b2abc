import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { beforeEach, describe, expect, test } from "vitest";
import { type OwnerAct, OwnerActSchema } from "#gen/vault/v1/authority";
import { unfreezeAct } from "#protocol/acts/vault-acts";
import { ok } from "#protocol/result";
import { nodeDatabase } from "../../test/support/node-database.ts";
import type { Member } from "../identity/authority.ts";
import type { CheckProof, ProofVerdict } from "../identity/proof.ts";
import type { Call } from "./call.ts";
import { verifyConsent } from "./consent.ts";

const account = (digit: string) => `eip155:1:0x${digit.repeat(40)}`;
const vaultId = account("f");
const nowMs = 1_800_000_000_000;
const members: Member[] = [
  { kind: "EOA", id: account("a"), role: "OWNER" },
  { kind: "CONTRACT", id: account("b"), role: "OWNER" },
  { kind: "WEBAUTHN", id: "p256:c", role: "OWNER" },
];
const authority = { members, threshold: 1, epoch: 1 };

type Proof = OwnerAct["proofs"][number]["proof"];
const signature = new Uint8Array(65);
const eip712 = { case: "eip712", value: signature } as Proof;
const erc1271 = { case: "erc1271", value: signature } as Proof;
const none = { case: undefined } as Proof;

/** The ids that the port was asked about, in order. */
let asked: string[];
beforeEach(() => {
  asked = [];
});

async function verify(proofs: { member: string; proof: Proof }[], verdict: ProofVerdict) {
  const checkProof: CheckProof = async (_, member) => {
    asked.push(member.id);
    return verdict;
  };
  const expireTime = timestampFromMs(nowMs + 1000);
  const act = create(OwnerActSchema, {
    actId: `0x${"1".repeat(64)}`,
    expireTime,
    epoch: 1n,
    proofs,
  });
  const deps = { db: nodeDatabase(), checkProof, admitLookup: () => ok(undefined) };
  const build = unfreezeAct.bind(undefined, vaultId);
  const result = await verifyConsent(deps, { vaultId, nowMs } as Call, act, build, { authority });
  return result.ok
    ? "ok"
    : [result.error.reason, ...Object.values(result.error.metadata)].join(" ");
}

describe("what becomes of a proof", () => {
  const contract = { member: account("b"), proof: erc1271 };
  test.each<[ProofVerdict, string]>([
    ["valid", "ok"],
    ["invalid", "OWNER_PROOF_REJECTED Unfreeze signature"],
    ["unavailable", "CHAIN_UNAVAILABLE eip155:1"],
    ["unsupported", "FEATURE_UNAVAILABLE OwnerProof.erc1271"],
  ])("that is %s", async (verdict, expected) => {
    expect(await verify([contract], verdict)).toBe(expected);
  });

  test("that carries nothing", async () => {
    const empty = { member: account("b"), proof: none };
    expect(await verify([empty], "valid")).toBe("OWNER_PROOF_REJECTED Unfreeze signature");
    expect(asked).toEqual([]);
  });

  test("of an Ethereum key is settled here, whatever its form", async () => {
    for (const proof of [eip712, erc1271]) {
      const own = { member: account("a"), proof };
      expect(await verify([own], "valid")).toBe("OWNER_PROOF_REJECTED Unfreeze signature");
    }
    expect(asked).toEqual([]);
  });
});

describe("the chain is not asked", () => {
  const contract = { member: account("b"), proof: erc1271 };
  test("before everything else holds", async () => {
    const own = { member: account("a"), proof: eip712 };
    expect(await verify([contract, own], "valid")).toMatch(/signature$/);
    expect(asked).toEqual([]);
    const passkey = { member: "p256:c", proof: erc1271 };
    expect(await verify([contract, passkey], "valid")).toBe("ok");
    expect(asked).toEqual(["p256:c", account("b")]);
  });

  test("when a member signs twice, or a stranger does", async () => {
    expect(await verify([contract, contract], "valid")).toMatch(/member$/);
    const stranger = { member: account("9"), proof: erc1271 };
    expect(await verify([contract, stranger], "valid")).toMatch(/member$/);
    expect(asked).toEqual([]);
  });
});
