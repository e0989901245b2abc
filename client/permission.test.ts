import { create } from "@bufbuild/protobuf";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { beforeEach, describe, expect, test } from "vitest";
import { type Session, SessionSchema } from "#gen/vault/v1/session";
import { hybridAccount, sessionSalt } from "#protocol/account/hybrid-account";
import { possessionDigest } from "#protocol/certificate/possession";
import { type VaultCertificate, verifyCertificate } from "#protocol/certificate/verify";
import { type Address, formatAccount, parseAccount } from "#protocol/names";
import { addressOf, signDigest } from "#protocol/proof/eip191";
import { CertifiedSession } from "./certified-session.ts";
import { signPermission } from "./permission.ts";
import { certificateOf, type FakeVault, makeVault, vaultId } from "./test/fake-vault.ts";
import { UntrustedResponseError } from "./untrusted-response.ts";

const contract = (digit: string): Address => `0x${digit.repeat(40)}`;
const contracts = { factory: contract("a"), implementation: contract("b") };
const delegationManager = contract("c");
const name = `vaults/${vaultId}/sessions/s1`;

function makeSession(secretKey: Uint8Array) {
  const keyAddress = addressOf(secp256k1.getPublicKey(secretKey, false));
  const salt = sessionSalt(keyAddress);
  const { address } = hybridAccount({ ...contracts, owner: keyAddress, salt });
  const account = formatAccount({ chainId: 1, address });
  return create(SessionSchema, { name, chain: "eip155:1", keyAddress, account });
}

const secretKey = new Uint8Array(32).fill(7);
const session = makeSession(secretKey);
const hostile = makeSession(new Uint8Array(32).fill(9));

let vault: FakeVault;
let certificate: VaultCertificate;
beforeEach(async () => {
  vault = await makeVault();
  const identity = { vaultId, claimEpoch: 1, identityKeyId: vault.identity?.keyId ?? "" };
  const possession = signDigest(possessionDigest(identity), secretKey);
  const address = session.keyAddress as Address;
  const sessions = [{ id: "s1", chain: "eip155:1", address, possession }];
  const attestationKeyIds = [vault.attestation.keyId];
  const jws = await certificateOf(vault, { sessions });
  const checked = await verifyCertificate(jws, { attestationKeyIds, vaultId, nowMs: Date.now() });
  certificate = checked.ok ? checked.value : expect.unreachable(checked.error);
});

describe("a session that the owner is asked about", () => {
  test("is the certificate's", () => {
    expect({ ...CertifiedSession.of(certificate, session, contracts) }).toEqual({
      vaultId,
      name,
      chainId: 1,
      keyAddress: session.keyAddress,
      accountAddress: parseAccount(session.account)?.address,
      account: session.account,
    });
  });

  test.for<readonly [string, Partial<Session>, string]>([
    ["another key", { keyAddress: hostile.keyAddress }, "session_substituted"],
    ["another account", { account: hostile.account }, "session_substituted"],
    [
      "another key with its account",
      { keyAddress: hostile.keyAddress, account: hostile.account },
      "session_substituted",
    ],
    ["another chain", { chain: "eip155:8453" }, "session_substituted"],
    [
      "a name that is not certified",
      { name: `vaults/${vaultId}/sessions/s2` },
      "session_uncertified",
    ],
    [
      "another vault's name",
      { name: `vaults/eip155:1:0x${"1".repeat(40)}/sessions/s1` },
      "session_uncertified",
    ],
  ])("is refused with %s", ([, changes, failure]) => {
    const told = create(SessionSchema, { ...session, ...changes });
    const certify = () => CertifiedSession.of(certificate, told, contracts);
    expect(certify).toThrow(UntrustedResponseError);
    expect(certify).toThrow(failure);
  });
});

test("the owner's wallet is asked for the certified account, on the vault's own", async () => {
  const seen: unknown[] = [];
  const signTypedData = async (data: { message: { delegate: string; delegator: string } }) => {
    seen.push([data.message.delegate, data.message.delegator]);
    return `0x${"11".repeat(65)}` as const;
  };
  const frame = { delegationManager, caveats: [], salt: 1n };
  const certified = CertifiedSession.of(certificate, session, contracts);
  const { delegation } = await signPermission({ signTypedData }, certified, frame);
  const expected = [parseAccount(session.account)?.address, parseAccount(vaultId)?.address];
  expect(seen).toEqual([expected]);
  expect([delegation.delegate, delegation.delegator]).toEqual(expected);
  // What merely looks like a certified session does not get there.
  const forged = { ...certified, accountAddress: contract("d") } as unknown as CertifiedSession;
  expect(() => signPermission({ signTypedData }, forged, frame)).toThrow(TypeError);
  expect(seen).toHaveLength(1);
});
