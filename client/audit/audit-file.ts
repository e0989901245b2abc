/**
 * The file of an export: a line of JSON each for the head, the entries from the first on, and the
 * checkpoint. docs/audit.md writes it down. Pure.
 *
 * A line has one text only: what reads the same and is written otherwise is refused, so that no
 * byte of a file can change unseen.
 */

import { timestampMs } from "@bufbuild/protobuf/wkt";
import { type LedgerEntry, LedgerEntry_Kind } from "#gen/vault/v1/ledger_entry";
import { enumName } from "#protocol/enum-name";
import type { CallProof } from "#protocol/ledger/call-proof";
import { fromHex, type HashedEntry, toHex } from "#protocol/ledger/entry-hash";
import { fromBase64, toBase64 } from "#protocol/proof/base64";

/** The format of the file, and its version. */
const auditFormat = "metavault-audit/1";

/** Whose ledger it is. */
export type AuditHead = {
  /** The vault's CAIP-10 id. */
  readonly vault: string;
  /** The vault's certificate (compact JWS), which names the identity key. */
  readonly certificate: string;
};

/** An entry as the file has it. The digest of its proof follows from the proof. */
export type AuditEntry = Omit<HashedEntry, "proofDigest"> & {
  readonly hash: Uint8Array<ArrayBuffer>;
  readonly proof: CallProof | undefined;
};

/** Writes the head. */
export function encodeHead({ vault, certificate }: AuditHead): string {
  return JSON.stringify({ format: auditFormat, vault, certificate });
}

/** Writes an entry. */
export function encodeEntry(entry: AuditEntry): string {
  const { sequence, timeMs, kind, actor, subject, facts, previousHash, hash, proof } = entry;
  return JSON.stringify({
    sequence,
    timeMs,
    kind,
    actor,
    subject,
    facts,
    previousHash: toHex(previousHash),
    hash: toHex(hash),
    ...(proof === undefined
      ? {}
      : {
          proof: {
            keyId: proof.keyId,
            base: new TextDecoder().decode(proof.base),
            signature: toBase64(proof.signature),
          },
        }),
  });
}

/** Writes the checkpoint: a signed note. */
export function encodeCheckpoint(note: string): string {
  return JSON.stringify({ checkpoint: note });
}

/** Reads an entry of the wire. */
export function fromLedgerEntry(message: LedgerEntry): AuditEntry {
  const { proof, time } = message;
  return {
    sequence: Number(message.sequence),
    timeMs: time === undefined ? 0 : timestampMs(time),
    kind: enumName(LedgerEntry_Kind, message.kind) ?? "",
    actor: message.actor,
    subject: message.subject,
    facts: message.facts,
    previousHash: message.previousHash,
    hash: new Uint8Array(message.hash),
    proof:
      proof === undefined
        ? undefined
        : {
            keyId: proof.keyId,
            base: new Uint8Array(proof.signatureBase),
            signature: new Uint8Array(proof.signature),
          },
  };
}

/** Reads the head. `undefined` unless it is exactly one. */
export function parseHead(line: string): AuditHead | undefined {
  const value = objectOf(line);
  const { vault, certificate } = value ?? {};
  if (typeof vault !== "string" || typeof certificate !== "string") return undefined;
  const head = { vault, certificate };
  return encodeHead(head) === line ? head : undefined;
}

/** Reads the checkpoint. `undefined` unless it is exactly one. */
export function parseCheckpointLine(line: string): string | undefined {
  const note = objectOf(line)?.checkpoint;
  return typeof note === "string" && encodeCheckpoint(note) === line ? note : undefined;
}

/** Reads an entry. `undefined` unless it is exactly one. */
export function parseEntry(line: string): AuditEntry | undefined {
  const value = objectOf(line);
  if (value === undefined) return undefined;
  const { sequence, timeMs, kind, actor, subject, facts } = value;
  const previousHash = hashOf(value.previousHash);
  const hash = hashOf(value.hash);
  const proof = value.proof === undefined ? undefined : proofOf(value.proof);
  if (!isCount(sequence) || !isCount(timeMs) || proof === "malformed") return undefined;
  if (typeof kind !== "string" || typeof actor !== "string") return undefined;
  if (typeof subject !== "string" || typeof facts !== "string") return undefined;
  if (previousHash === undefined || hash === undefined) return undefined;
  const entry = { sequence, timeMs, kind, actor, subject, facts, previousHash, hash, proof };
  return encodeEntry(entry) === line ? entry : undefined;
}

function proofOf(value: unknown): CallProof | "malformed" {
  if (typeof value !== "object" || value === null) return "malformed";
  const { keyId, base, signature } = value as Record<string, unknown>;
  if (typeof keyId !== "string" || typeof base !== "string") return "malformed";
  const bytes = typeof signature === "string" ? fromBase64(signature) : undefined;
  if (bytes === undefined) return "malformed";
  return { keyId, base: new Uint8Array(new TextEncoder().encode(base)), signature: bytes };
}

function objectOf(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function hashOf(value: unknown): Uint8Array<ArrayBuffer> | undefined {
  const bytes = typeof value === "string" ? fromHex(value) : undefined;
  return bytes?.length === 32 ? bytes : undefined;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
