/**
 * Checkpoints: how far a ledger had come, as a C2SP signed note under the vault's identity key.
 *
 * The note's text has three lines: the origin, the number of entries, the last entry's hash in
 * base64. The format is that of https://c2sp.org/signed-note; the hash is the head of a chain, not
 * the root of a Merkle tree. Never throws on hostile input.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { checkSignature } from "../proof/algorithm.ts";
import { fromBase64, toBase64 } from "../proof/base64.ts";
import { parseKeyId } from "../proof/key-id.ts";
import { err, ok, type Result } from "../result.ts";
import { sameBytes } from "./entry-hash.ts";

/** Where a ledger stood. */
export type LedgerHead = {
  /** The number of entries: the last one's sequence. */
  readonly size: number;
  /** The last entry's hash, 32 bytes. Zeros when there is none. */
  readonly head: Uint8Array<ArrayBuffer>;
};

/** Why a note does not hold. */
export type NoteFailure = "note_malformed" | "note_wrong_vault" | "note_bad_signature";

/** The origin of a vault's checkpoints, which is the name of the key that signs them too. */
export function checkpointOrigin(vaultId: string): string {
  return `metavault/${vaultId}`;
}

/** Signs a checkpoint. `keyId` is the identity key's: `ed25519:…`. */
export async function signCheckpoint(
  vaultId: string,
  at: LedgerHead,
  by: { readonly keyId: string; readonly key: CryptoKey },
): Promise<string> {
  const name = checkpointOrigin(vaultId);
  const text = textOf(name, at);
  const signed = new Uint8Array(await crypto.subtle.sign("Ed25519", by.key, encode(text)));
  const stamp = stampOf(name, by.keyId);
  if (stamp === undefined) throw new TypeError("the identity key is an Ed25519 key");
  return `${text}\n— ${name} ${toBase64(new Uint8Array([...stamp, ...signed]))}\n`;
}

/** Reads a note without checking who signed it. `undefined` when it is no checkpoint. */
export function parseCheckpoint(
  note: string,
):
  | (LedgerHead & { readonly vaultId: string; readonly signed: Uint8Array<ArrayBuffer> })
  | undefined {
  const match = notePattern.exec(note);
  if (match === null) return undefined;
  const [, vaultId = "", size = "", root = "", signer, signature = ""] = match;
  const head = fromBase64(root);
  const signed = fromBase64(signature);
  if (signer !== vaultId || head?.length !== 32 || signed?.length !== 68) return undefined;
  if (!Number.isSafeInteger(Number(size))) return undefined;
  return { vaultId, size: Number(size), head, signed };
}

/** Checks that a note is a checkpoint of this vault by this identity key. */
export async function verifyCheckpoint(
  note: string,
  of: { readonly vaultId: string; readonly identityKeyId: string },
): Promise<Result<LedgerHead, NoteFailure>> {
  const parsed = parseCheckpoint(note);
  if (parsed === undefined) return err("note_malformed");
  const { vaultId, size, head, signed } = parsed;
  if (vaultId !== of.vaultId) return err("note_wrong_vault");
  const name = checkpointOrigin(vaultId);
  const stamp = stampOf(name, of.identityKeyId);
  if (stamp === undefined || !sameBytes(signed.subarray(0, 4), stamp)) {
    return err("note_bad_signature");
  }
  const text = encode(textOf(name, { size, head }));
  const holds = await checkSignature(of.identityKeyId, signed.slice(4), text);
  return holds ? ok({ size, head }) : err("note_bad_signature");
}

const notePattern =
  /^metavault\/(\S+)\n(0|[1-9][0-9]{0,15})\n([A-Za-z0-9+/=]+)\n\n— metavault\/(\S+) ([A-Za-z0-9+/=]+)\n$/;

function textOf(name: string, { size, head }: LedgerHead): string {
  return `${name}\n${size}\n${toBase64(head)}\n`;
}

/** The four bytes that name a key in a signed note: type 1 is Ed25519. */
function stampOf(name: string, keyId: string): Uint8Array | undefined {
  const key = parseKeyId(keyId);
  if (key?.kind !== "ed25519") return undefined;
  return sha256(new Uint8Array([...encode(name), 0x0a, 0x01, ...key.publicKey])).subarray(0, 4);
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new TextEncoder().encode(text));
}
