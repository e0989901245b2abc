/**
 * One vault's notary: holds the latest note of the vault, apart from the vault's own storage.
 *
 * Never goes back: an older note, or another one for the same place, is refused, and the
 * vault that sent it finds out what is held instead. Answers only what carries the code of
 * the deployment's own key.
 */
import type { Database } from "../storage/database.ts";
import { readHeld, writeHeld } from "./held-store.ts";
import { isSame, order } from "./note.ts";
import { decodeNote, decodeRequest, encodeAnswer } from "./wire.ts";

/** The largest request, in bytes. */
export const maxRequestBytes = 1_048_576;

/** What a notary needs. */
export type NotaryDeps = {
  readonly db: Database;
  /** The name of the vault that it is for. */
  readonly vaultId: string | undefined;
  /** Checks the code of a note. */
  readonly verify: (vaultId: string, note: Uint8Array, mac: Uint8Array) => Promise<boolean>;
};

/**
 * Creates the function that answers an encoded `NoteRequest` with an encoded `NoteResponse`.
 * Answers 400 what is malformed or of another vault, and 403 what is not authentic. An ask
 * writes nothing.
 */
export function createNotary(deps: NotaryDeps): (request: Request) => Promise<Response> {
  const { db, vaultId } = deps;

  // No await between reading what is held and writing: two notes at once are one after the other.
  const accept = (bytes: Uint8Array<ArrayBuffer>): boolean | undefined => {
    const note = attempt(() => decodeNote(bytes));
    if (note === undefined || note.vaultId !== vaultId) return undefined;
    const held = readHeld(db);
    if (held !== undefined) {
      const before = decodeNote(held).head;
      if (isSame(note.head, before)) return true;
      if (order(note.head, before) <= 0) return false;
    }
    writeHeld(db, bytes);
    return true;
  };

  return async (request) => {
    const body = new Uint8Array(await request.arrayBuffer());
    if (vaultId === undefined || body.length > maxRequestBytes) return empty(400);
    const parsed = attempt(() => decodeRequest(body));
    if (parsed === undefined) return empty(400);
    if (!(await deps.verify(vaultId, parsed.note, parsed.mac))) return empty(403);
    const accepted = parsed.note.length === 0 ? false : accept(new Uint8Array(parsed.note));
    if (accepted === undefined) return empty(400);
    const held = accepted ? undefined : readHeld(db);
    return new Response(encodeAnswer({ held, accepted }));
  };
}

function attempt<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch {
    return undefined;
  }
}

function empty(status: number): Response {
  return new Response(null, { status });
}
