/**
 * The proof of a call as a ledger keeps it: who signed which bytes. Pure.
 *
 * The signature base names method, vault, digest of the body, time and nonce, so the proof can be
 * checked without the request that it came with.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { isInnerList, parseDictionary } from "structured-headers";
import { toBase64 } from "../proof/base64.ts";
import { requestTag } from "../proof/coverage.ts";

/** The proof of one call. */
export type CallProof = {
  /** The key that signed: `p256:…`, `ed25519:…` or `eip155:…`. */
  readonly keyId: string;
  /** The bytes that were signed (RFC 9421 section 2.5). */
  readonly base: Uint8Array<ArrayBuffer>;
  readonly signature: Uint8Array<ArrayBuffer>;
};

/** What a signature base says of its call. Times are seconds since the epoch. */
export type SignedCall = {
  readonly keyId: string;
  /** What `Metavault-Id` names. */
  readonly vaultId: string;
  /** The method's path: `/metavault.vault.v1.VaultService/SubmitIntent`. */
  readonly path: string;
  /** `sha-256=:…:` of the body (RFC 9530). */
  readonly contentDigest: string;
  readonly nonce: string;
  readonly created: number;
  readonly expires: number;
};

/** SHA-256 over the key id, the base and the signature, the last two in base64, a line each. */
export function callProofDigest({ keyId, base, signature }: CallProof): Uint8Array<ArrayBuffer> {
  const text = `${keyId}\n${toBase64(base)}\n${toBase64(signature)}`;
  return new Uint8Array(sha256(new TextEncoder().encode(text)));
}

/** Reads a signature base. `undefined` unless it is the base of a call in this profile. */
export function parseBase(base: Uint8Array): SignedCall | undefined {
  const lines = textOf(base)?.split("\n") ?? [];
  const last = lines.pop();
  if (!last?.startsWith(paramsPrefix)) return undefined;
  const values = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = /^"([@a-z0-9-]+)": (.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined || values.has(name)) return undefined;
    values.set(name, value);
  }
  const parameters = parametersOf(last.slice(paramsPrefix.length), [...values.keys()]);
  const vaultId = values.get("metavault-id");
  const path = values.get("@path");
  const contentDigest = values.get("content-digest");
  if (vaultId === undefined || path === undefined || contentDigest === undefined) return undefined;
  if (values.get("@method") !== "POST" || parameters?.get("tag") !== requestTag) return undefined;
  const keyId = parameters.get("keyid");
  const nonce = parameters.get("nonce");
  const created = parameters.get("created");
  const expires = parameters.get("expires");
  if (typeof keyId !== "string" || typeof nonce !== "string") return undefined;
  if (typeof created !== "number" || typeof expires !== "number") return undefined;
  return { keyId, vaultId, path, contentDigest, nonce, created, expires };
}

const paramsPrefix = '"@signature-params": ';

/** The parameters of a base, if its list names exactly the components above it. */
function parametersOf(text: string, names: readonly string[]) {
  try {
    const member = parseDictionary(`s=${text}`).get("s");
    if (member === undefined || !isInnerList(member)) return undefined;
    const listed = member[0].map(([name]) => name);
    const same = listed.length === names.length && listed.every((name, i) => name === names[i]);
    return same ? member[1] : undefined;
  } catch {
    return undefined;
  }
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
