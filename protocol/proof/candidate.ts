/**
 * Finds the one signature of a message that carries a tag, and reads its parameters.
 *
 * Pure; limits come before parsing. Signatures with other tags are none of our business and
 * may stand beside.
 */
import { type BareItem, type InnerList, parseDictionary } from "structured-headers";
import { err, ok, type Result } from "../result.ts";
import { maxSignatureBytes } from "./algorithm.ts";
import { maxComponents, maxFieldLength } from "./coverage.ts";
import type { ProofFailure } from "./failure.ts";

/** A signature that a message carries, taken apart. */
export type Candidate = {
  readonly label: string;
  readonly list: InnerList;
  readonly signature: Uint8Array<ArrayBuffer>;
  readonly components: ReadonlySet<string>;
  readonly created: number;
  readonly expires: number | undefined;
  readonly nonce: string | undefined;
  readonly keyId: string;
  /** What the sender says the algorithm is. Compared with the key's kind, and nothing else. */
  readonly alg: BareItem | undefined;
};

/** What a text holds can't be mistaken for a parameter once it is taken out. */
const texts = /"(?:\\.|[^"\\])*"/g;
const decimalTime = /;\s*(?:created|expires)=-?[0-9]+\./;

const parameterNames = new Set(["created", "expires", "nonce", "keyid", "tag", "alg"]);

/** Finds the one member with `tag`. More than one, or none, is refused. */
export function findCandidate(headers: Headers, tag: string): Result<Candidate, ProofFailure> {
  const inputField = headers.get("signature-input");
  const signatureField = headers.get("signature");
  if (inputField === null || signatureField === null) return err("signature_missing");
  if (inputField.length > maxFieldLength || signatureField.length > maxFieldLength) {
    return err("signature_too_large");
  }
  const inputs = dictionary(inputField);
  const signatures = dictionary(signatureField);
  if (inputs === undefined || signatures === undefined) return err("signature_input_invalid");
  const tagged = [...inputs].filter(
    ([, member]) => Array.isArray(member[0]) && member[1].get("tag") === tag,
  );
  const [label, list] = (tagged[0] ?? []) as [string?, InnerList?];
  if (tagged.length !== 1 || label === undefined || list === undefined) {
    return err("no_acceptable_signature");
  }
  // The parser reads 1.0 as 1, which is another type and another text (RFC 9651 3.3.2).
  if (decimalTime.test(inputField.replaceAll(texts, ""))) return err("invalid_time");
  return read(label, list, signatures.get(label)?.[0]);
}

function read(label: string, list: InnerList, value: unknown): Result<Candidate, ProofFailure> {
  if (list[0].length > maxComponents) return err("signature_too_large");
  if (!(value instanceof ArrayBuffer)) return err("signature_input_invalid");
  if (value.byteLength > maxSignatureBytes) return err("signature_too_large");
  const parameters = list[1];
  for (const name of parameters.keys()) {
    if (!parameterNames.has(name)) return err("signature_input_invalid");
  }
  const names = list[0].map(([name]) => name);
  if (names.some((name) => typeof name !== "string")) return err("signature_input_invalid");
  if (new Set(names).size !== names.length) return err("signature_input_invalid");
  const created = parameters.get("created");
  const expires = parameters.get("expires");
  const nonce = parameters.get("nonce");
  const keyId = parameters.get("keyid");
  if (!isTime(created) || (expires !== undefined && !isTime(expires))) return err("invalid_time");
  if (nonce !== undefined && typeof nonce !== "string") return err("invalid_nonce");
  if (typeof keyId !== "string") return err("invalid_keyid");
  const alg = parameters.get("alg");
  const signature = new Uint8Array(value);
  const components = new Set(names as string[]);
  return ok({ label, list, signature, components, created, expires, nonce, keyId, alg });
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0;
}

function dictionary(text: string) {
  try {
    return parseDictionary(text);
  } catch {
    return undefined;
  }
}
