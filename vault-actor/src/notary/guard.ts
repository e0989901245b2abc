/**
 * Keeps a vault from being rolled back: compares it with its notary once, before anything is
 * served or done, and has the notary hold what must not be lost.
 */
import type { NotaryClient } from "./client.ts";
import { compare } from "./compare.ts";
import { type Head, isSame } from "./note.ts";
import { putRight, type RestoreDeps } from "./restore.ts";
import { readHead, readHistory, readNote } from "./store.ts";

/** What the guard needs. */
export type GuardDeps = RestoreDeps & {
  readonly notary: NotaryClient;
  readonly vaultId: () => string;
  readonly now: () => number;
  readonly onFault: (fault: unknown) => void;
};

/** Creates the guard of one vault, which must be claimed when it is asked. Nothing throws. */
export function createGuard(deps: GuardDeps) {
  const { db, notary } = deps;
  let compared = false;
  let noted: Head | undefined;
  let comparing: Promise<boolean> | undefined;
  let noting: Promise<boolean> | undefined;

  const note = async (): Promise<boolean> => {
    const sent = readNote(db, deps.now());
    const answer = await notary.put(sent);
    if (!answer.ok) return false;
    if (answer.value) {
      noted = sent.head;
      return true;
    }
    // Somebody else's history is held: what this one is worth is to be found out anew.
    compared = false;
    deps.onFault(new Error("the notary holds another history of this vault"));
    return false;
  };

  const catchUp = async (): Promise<boolean> => {
    for (;;) {
      const head = readHead(db);
      if (noted !== undefined && isSame(noted, head)) return true;
      // One note at a time: it holds everything up to when it is sent.
      noting ??= note().finally(() => {
        noting = undefined;
      });
      if (!(await noting)) return false;
    }
  };

  const first = async (): Promise<boolean> => {
    const held = await notary.ask(deps.vaultId());
    if (!held.ok) return false;
    const standing = compare(readHistory(db), held.value?.head);
    if (standing === "same") noted = held.value?.head;
    const found = held.value;
    if (standing === "restored" && found !== undefined) {
      db.transaction(() => putRight(deps, found, deps.now()));
    }
    if (!(await catchUp())) return false;
    compared = true;
    return true;
  };

  const whole = (step: () => Promise<boolean>) =>
    step().catch((fault: unknown) => {
      deps.onFault(fault);
      return false;
    });

  const ready = async (): Promise<boolean> => {
    if (compared) return true;
    comparing ??= whole(first).finally(() => {
      comparing = undefined;
    });
    return comparing;
  };

  return {
    /** Compares, once. False while the notary can't be asked: nothing may be served or done. */
    ready,

    /** Has the notary hold everything that is committed by now. False when it could not. */
    secure: () => whole(async () => (await ready()) && catchUp()),
  };
}

/** The guard of one vault. */
export type Guard = ReturnType<typeof createGuard>;
