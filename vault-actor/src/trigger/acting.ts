/** Tells which triggers are looked at: those whose key may still ask for something. Pure. */
import { type CallerKey, refusalOf } from "../identity/key.ts";

/** Whose triggers are looked at now, and when the next key's time begins. */
export type Acting<T> = {
  readonly entries: readonly T[];
  /** `Infinity`: no key waits for its time. */
  readonly startMs: number;
};

/** Chooses. What a key that is over or revoked has made waits for another key to take it on. */
export function actingOf<T extends { readonly trigger: { readonly creatorKeyId: string } }>(
  entries: readonly T[],
  keyOf: (keyId: string) => CallerKey | undefined,
  epoch: number,
  nowMs: number,
): Acting<T> {
  let startMs = Number.POSITIVE_INFINITY;
  const known = new Map<string, boolean>();
  const mayAct = (keyId: string): boolean => {
    const before = known.get(keyId);
    if (before !== undefined) return before;
    const key = keyOf(keyId);
    const refusal = refusalOf(key, epoch, nowMs);
    if (refusal === "key_not_started" && key !== undefined)
      startMs = Math.min(startMs, key.startMs);
    known.set(keyId, refusal === undefined);
    return refusal === undefined;
  };
  return { entries: entries.filter(({ trigger }) => mayAct(trigger.creatorKeyId)), startMs };
}
