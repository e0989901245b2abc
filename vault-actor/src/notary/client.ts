/** Speaks to a vault's notary. */
import { err, ok, type Result } from "#protocol/result";
import type { Note } from "./note.ts";
import { type Answer, decodeAnswer, encodeNote, encodeRequest } from "./wire.ts";

const timeoutMs = 5_000;

/** What the client needs. */
export type NotaryClientDeps = {
  /** Hands a request to the notary of a vault. */
  readonly fetch: (vaultId: string, request: Request) => Promise<Response>;
  /** Makes the code of a note. */
  readonly sign: (vaultId: string, note: Uint8Array) => Promise<Uint8Array>;
  readonly onFault: (fault: unknown) => void;
};

/** Creates the client. Nothing here throws: a notary that can't be used is `unavailable`. */
export function createNotaryClient(deps: NotaryClientDeps) {
  const call = async (
    vaultId: string,
    note: Uint8Array,
  ): Promise<Result<Answer, "unavailable">> => {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), timeoutMs);
    try {
      const mac = await deps.sign(vaultId, note);
      const response = await deps.fetch(
        vaultId,
        new Request("http://notary/", {
          method: "POST",
          body: encodeRequest(note, mac),
          signal: abort.signal,
        }),
      );
      const body = new Uint8Array(await response.arrayBuffer());
      if (response.status !== 200) throw new Error(`the notary answers ${response.status}`);
      return ok(decodeAnswer(body));
    } catch (fault) {
      deps.onFault(fault);
      return err("unavailable");
    } finally {
      // A timer that is left behind keeps the object awake.
      clearTimeout(timer);
    }
  };

  return {
    /** What the notary holds; `undefined` when it holds nothing. */
    async ask(vaultId: string): Promise<Result<Note | undefined, "unavailable">> {
      const answer = await call(vaultId, new Uint8Array());
      return answer.ok ? ok(answer.value.held) : answer;
    },

    /** Has the notary hold a note. `false` when it holds a later one or another. */
    async put(note: Note): Promise<Result<boolean, "unavailable">> {
      const answer = await call(note.vaultId, encodeNote(note));
      return answer.ok ? ok(answer.value.accepted) : answer;
    },
  };
}

/** The client of a notary. */
export type NotaryClient = ReturnType<typeof createNotaryClient>;
