/**
 * A first signed call, from nothing: an owner, its account, a device key, a claimed vault.
 *
 * Arguments, as `npm start` prints them: the API's origin, the deployment's attestation key, the
 * account factory and the account implementation of the chain. The account need not be deployed: its address proves its owner.
 */
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { bytesToHex } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { consentTo } from "#client/owner";
import { createVaultClient } from "#client/vault-client";
import { Scope } from "#gen/access/v1/access";
import {
  Authority_Member_Kind,
  Authority_Member_Role,
  Authority_MemberSchema,
} from "#gen/vault/v1/authority";
import { KeyGrant_Holder, KeyGrantSchema } from "#gen/vault/v1/key";
import { hybridAccount } from "#protocol/account/hybrid-account";
import { claimVaultAct } from "#protocol/acts/vault-acts";
import { type Address, formatAccount, vaultName } from "#protocol/names";
import { generateP256Signer } from "#protocol/proof/signer";

const [baseUrl, attestationKeyId, factory, implementation, chain = "31337"] = process.argv.slice(2);
if (!baseUrl || !attestationKeyId || !factory || !implementation) {
  const usage = "<origin> <attestation key id> <account factory> <implementation> [chain]";
  console.error(`usage: npm run first-call -- ${usage}`);
  process.exit(2);
}
const chainId = Number(chain);

// The owner: a wallet in real life. It owns a smart account, whose id is the vault's id.
const wallet = privateKeyToAccount(generatePrivateKey());
const owner = wallet.address.toLowerCase() as Address;
const salt = bytesToHex(crypto.getRandomValues(new Uint8Array(32)));
const account = hybridAccount({
  factory: factory.toLowerCase() as Address,
  implementation: implementation.toLowerCase() as Address,
  owner,
  salt,
});
const vaultId = formatAccount({ chainId, address: account.address });
const name = vaultName(vaultId);

// The device: a P-256 key whose private half nobody can read. It signs every call. Answers are
// believed when the vault signed them, and it is the vault whom the attestation key vouches for.
const signer = await generateP256Signer();
const attestationKeyIds = [attestationKeyId];
const client = createVaultClient(baseUrl, { vaultId, signer, attestationKeyIds });

// The claim: the owner's wallet consents to exactly this grant (EIP-712), once.
const member = create(Authority_MemberSchema, {
  kind: Authority_Member_Kind.EOA,
  id: formatAccount({ chainId, address: owner }),
  role: Authority_Member_Role.OWNER,
});
const inAMonth = Math.floor(Date.now() / 1000) * 1000 + 30 * 86_400_000;
const grant = create(KeyGrantSchema, {
  keyId: signer.keyId,
  holder: KeyGrant_Holder.DEVICE,
  label: "my first device",
  scopes: [Scope.VAULT_READ],
  expireTime: timestampFromMs(inAMonth),
});
const act = await consentTo(wallet, (consent) => claimVaultAct(vaultId, member, grant, consent), {
  chainId,
  epoch: 0n,
  nowMs: Date.now(),
});
await client.vault.claimVault({
  name,
  requestId: crypto.randomUUID(),
  owner: member,
  grant,
  act,
  deploySalt: salt,
});

// From here on the device acts by itself. Answers are signed by the vault, and checked.
const { vault } = await client.vault.getVault({ name });
const { ledgerEntries: entries } = await client.vault.listLedgerEntries({ parent: name });
console.log(`claimed   ${vault?.name}`);
console.log(`identity  ${vault?.identityKeyId}`);
console.log(`ledger    ${entries.map((entry) => entry.facts).join("\n          ")}`);

// What the key was not granted is refused, and says why.
const refused = await client.vault
  .createSession({ parent: name, requestId: crypto.randomUUID(), chain: `eip155:${chainId}` })
  .catch((error: Error) => error.message);
console.log(`refused   ${refused}`);
