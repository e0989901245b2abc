/** A claim by a passkey, whole: in workerd, with nodes that a test stands in for. */
import { create } from "@bufbuild/protobuf";
import { afterEach, expect, test, vi } from "vitest";
import { consentOf, type MemberSigner } from "#client/member";
import {
  Authority_Member_Kind,
  Authority_Member_Role,
  Authority_MemberSchema,
} from "#gen/vault/v1/authority";
import { Vault_RootKind, Vault_State } from "#gen/vault/v1/vault";
import { hybridAccount } from "#protocol/account/hybrid-account";
import { hybridPasskey } from "#protocol/account/hybrid-passkey";
import { claimVaultAct } from "#protocol/acts/vault-acts";
import { reasonOf } from "#protocol/errors";
import { generateP256Signer } from "#protocol/proof/signer";
import { allScopes, grantOf } from "./support/claimed-vault.ts";
import { makePasskey } from "./support/passkey.ts";
import { standInForNodes, vaultOf } from "./support/root-claim.ts";
import { quorumChain } from "./support/test-chain.ts";

afterEach(() => vi.unstubAllGlobals());

const { accountFactory: factory, accountImplementation: implementation, chainId } = quorumChain;
const credentialId = "device-1";
const salt = `0x${"00".repeat(32)}` as const;

/** The account that the passkey deploys, or will. */
function accountOf(passkey: MemberSigner) {
  const owner = hybridPasskey(passkey.member, credentialId) ?? expect.unreachable();
  return hybridAccount({ factory, implementation, owner, salt }).address;
}

/** Has `passkey` claim the account of `owner`'s; `by` signs. */
async function claim(ownerOf: MemberSigner, passkey = ownerOf, by = passkey) {
  const { vaultId, name, clientOf } = vaultOf(accountOf(ownerOf));
  const signer = await generateP256Signer();
  const owner = create(Authority_MemberSchema, {
    kind: Authority_Member_Kind.WEBAUTHN,
    id: passkey.member,
    role: Authority_Member_Role.OWNER,
  });
  const grant = grantOf(signer, allScopes);
  const build = claimVaultAct.bind(undefined, vaultId, owner, grant);
  const signed = await consentOf([by], build, { chainId, epoch: 0n, nowMs: Date.now() });
  const act = {
    ...signed,
    proofs: signed.proofs.map((proof) => ({ ...proof, member: passkey.member })),
  };
  const requestId = crypto.randomUUID();
  const deploy = { deploySalt: "", deployPasskeyId: credentialId };
  return clientOf(signer).vault.claimVault({ name, requestId, owner, grant, act, ...deploy });
}

const reason = (call: Promise<unknown>) => call.then(() => "ok", reasonOf);

test("a passkey claims the account that its address follows from", async () => {
  standInForNodes();
  const { vault } = await claim(makePasskey());
  expect(vault).toMatchObject({
    rootKind: Vault_RootKind.COUNTERFACTUAL,
    state: Vault_State.ACTIVE,
  });
});

test("no passkey claims another one's account, nor with another one's answer", async () => {
  standInForNodes();
  const [mine, other] = [makePasskey(), makePasskey()];
  expect(await reason(claim(mine, other))).toBe("OWNER_PROOF_REJECTED");
  expect(await reason(claim(mine, mine, other))).toBe("OWNER_PROOF_REJECTED");
  expect(await reason(claim(mine))).toBe("ok");
});

test("a passkey that was used elsewhere, or not by its person, claims nothing", async () => {
  standInForNodes();
  const phished = makePasskey({ origin: "https://app.metavault.example.evil" });
  expect(await reason(claim(phished))).toBe("OWNER_PROOF_REJECTED");
  expect(await reason(claim(makePasskey({ flags: 1 })))).toBe("OWNER_PROOF_REJECTED");
});
