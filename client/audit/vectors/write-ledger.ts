/**
 * Writes a ledger as a vault would, with fixed keys: for the published vectors, and for tests.
 *
 * Everything is fixed, signatures included, so the same steps give the same bytes.
 */
import { create, toBinary } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { ed25519 } from "@noble/curves/ed25519.js";
import { p256 } from "@noble/curves/nist.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { OwnerActSchema } from "#gen/vault/v1/authority";
import { issueCertificate } from "#protocol/certificate/issue";
import { type CallProof, callProofDigest } from "#protocol/ledger/call-proof";
import { signCheckpoint } from "#protocol/ledger/checkpoint";
import { entryHash, genesisHash, toHex } from "#protocol/ledger/entry-hash";
import { toBase64, toBase64Url } from "#protocol/proof/base64";
import { signDigest } from "#protocol/proof/eip191";
import { formatEd25519KeyId, formatP256KeyId } from "#protocol/proof/key-id";
import { signRequest } from "#protocol/proof/sign";
import { ethereumSigner, type Signer } from "#protocol/proof/signer";
import { type AuditEntry, encodeCheckpoint, encodeEntry, encodeHead } from "../audit-file.ts";

/** What a step appends. */
export type Written = {
  readonly kind: string;
  readonly subject: string;
  readonly facts?: Readonly<Record<string, string>>;
};

/** One transaction of the vault: a call's, or its own. */
export type Step = {
  /** Who called; absent for what the vault does by itself. */
  readonly by?: Signer;
  /** The method: `metavault.vault.v1.VaultService/FreezeVault`. */
  readonly method?: string;
  /** The act that the owner consented to with it. */
  readonly act?: string;
  readonly entries: readonly Written[];
};

/** When the first step is made. */
export const startMs = 1_800_000_000_000;

/** The origin that the calls are signed for. */
const origin = "https://api.metavault.example";

/** The owner of every such vault: a small secret key. */
const ownerKey = secretOf(99);
const owner = ethereumSigner(1, ownerKey).keyId;

/** A signer of a kind, from a small number. */
export function signerOf(kind: "p256" | "ed25519" | "eip155", number: number): Signer {
  const secret = secretOf(number);
  if (kind === "eip155") return ethereumSigner(1, secret);
  if (kind === "ed25519") {
    const keyId = formatEd25519KeyId(ed25519.getPublicKey(secret));
    return { keyId, sign: async (base) => new Uint8Array(ed25519.sign(base, secret)) };
  }
  return {
    keyId: formatP256KeyId(p256.getPublicKey(secret, false)),
    sign: async (base) => new Uint8Array(p256.sign(sha256(base), secret, { prehash: false })),
  };
}

/** Writes the entries of some steps, a second apart. */
export async function writeLedger(
  vaultId: string,
  steps: readonly Step[],
): Promise<readonly AuditEntry[]> {
  const entries: AuditEntry[] = [];
  for (const [index, step] of steps.entries()) {
    const timeMs = startMs + index * 1000;
    const proof = step.by && (await proofOf(vaultId, step.by, step.method ?? "", index, timeMs));
    for (const [place, written] of step.entries.entries()) {
      const acts = step.act !== undefined && place === 0 ? actFacts(step.act, index) : {};
      const facts: Readonly<Record<string, string>> = { ...written.facts, ...acts };
      const last = entries.at(-1);
      const entry = {
        sequence: entries.length + 1,
        timeMs,
        kind: written.kind,
        actor: step.by?.keyId ?? "vault",
        subject: written.subject,
        facts: JSON.stringify(facts, Object.keys(facts).sort()),
        previousHash: last?.hash ?? genesisHash,
      };
      const proofDigest = proof && callProofDigest(proof);
      entries.push({ ...entry, hash: entryHash({ ...entry, proofDigest }), proof });
    }
  }
  return entries;
}

/** Writes the file of an export: head, entries, checkpoint. */
export async function writeExport(
  vaultId: string,
  entries: readonly AuditEntry[],
): Promise<string> {
  const head = { vault: vaultId, certificate: await certificateOf(vaultId) };
  const note = await noteOf(vaultId, entries);
  const lines = [encodeHead(head), ...entries.map(encodeEntry), encodeCheckpoint(note)];
  return lines.map((line) => `${line}\n`).join("");
}

/** The checkpoint of some entries. */
export async function noteOf(vaultId: string, entries: readonly AuditEntry[]): Promise<string> {
  const { keyId, secret } = identity;
  const key = await importKey(secret);
  const last = entries.at(-1);
  const head = new Uint8Array(last?.hash ?? genesisHash);
  return signCheckpoint(vaultId, { size: last?.sequence ?? 0, head }, { keyId, key });
}

/** The certificate of a vault with the fixed identity key, by the fixed attestation key. */
async function certificateOf(vaultId: string): Promise<string> {
  const issuedSeconds = startMs / 1000;
  return issueCertificate(
    { keyId: attestation.keyId, key: await importKey(attestation.secret) },
    {
      vaultId,
      claimEpoch: 1,
      identityKeyId: identity.keyId,
      issuer: origin,
      sessions: [],
      codeVersion: "test",
      issuedSeconds,
      expireSeconds: issuedSeconds + 86_400,
    },
  );
}

const keyOf = (number: number) => {
  const secret = secretOf(number);
  return { secret, keyId: formatEd25519KeyId(ed25519.getPublicKey(secret)) };
};
/** The identity key of every such vault. */
export const identity = keyOf(100);
/** The attestation key of the deployment. */
export const attestation = keyOf(101);

async function proofOf(
  vaultId: string,
  by: Signer,
  method: string,
  index: number,
  nowMs: number,
): Promise<CallProof> {
  const nonce = toBase64Url(sha256(new TextEncoder().encode(`nonce ${index}`)).subarray(0, 16));
  const headers = new Headers({ "content-type": "application/json" });
  const body = new Uint8Array(new TextEncoder().encode(`{"n":${index}}`));
  let base: Uint8Array<ArrayBuffer> | undefined;
  let signature: Uint8Array<ArrayBuffer> | undefined;
  const signer: Signer = {
    keyId: by.keyId,
    async sign(bytes) {
      base = bytes;
      signature = await by.sign(bytes);
      return signature;
    },
  };
  const request = { method: "POST", url: `${origin}/${method}`, headers, body };
  await signRequest(request, { signer, vaultId, nowMs, nonce });
  if (base === undefined || signature === undefined) throw new Error("nothing was signed");
  return { keyId: by.keyId, base, signature };
}

function actFacts(act: string, index: number) {
  const digest = sha256(new TextEncoder().encode(`${act} ${index}`));
  const message = create(OwnerActSchema, {
    actId: `0x${toHex(digest)}`,
    expireTime: timestampFromMs(startMs + 86_400_000),
    epoch: 1n,
    proofs: [{ member: owner, proof: { case: "eip712", value: signDigest(digest, ownerKey) } }],
  });
  return {
    act,
    act_digest: `0x${toHex(digest)}`,
    act_proofs: toBase64(toBinary(OwnerActSchema, message)),
  };
}

/** A secret key: not zero, and of the group of each curve. */
function secretOf(number: number): Uint8Array<ArrayBuffer> {
  const secret = new Uint8Array(32);
  secret[30] = 1;
  secret[31] = number;
  if (!secp256k1.utils.isValidSecretKey(secret)) throw new Error("no secret key");
  return secret;
}

async function importKey(secret: Uint8Array): Promise<CryptoKey> {
  const jwk = {
    kty: "OKP",
    crv: "Ed25519",
    d: toBase64Url(secret),
    x: toBase64Url(ed25519.getPublicKey(secret)),
  };
  return crypto.subtle.importKey("jwk", jwk, "Ed25519", false, ["sign"]);
}
