/** Admits a call's questions to the chain, strangers' far fewer than granted keys'. */
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { ok, type Result } from "#protocol/result";
import { createLookupGate, keysLookups, strangersLookups } from "../identity/lookup-gate.ts";
import type { Call } from "./call.ts";

/** Admits one more question of a call, or refuses it with `RATE_LIMITED`. */
export type AdmitLookup = (call: Pick<Call, "keyId" | "nowMs">) => Result<void, Failure>;

/** Creates the check. `isGranted` tells whether a key is in the register and accepted now. */
export function createAdmitLookup(
  isGranted: (keyId: string, nowMs: number) => boolean,
): AdmitLookup {
  const windowMs = 60_000;
  const strangers = createLookupGate(strangersLookups, windowMs);
  const keys = createLookupGate(keysLookups, windowMs);
  return ({ keyId, nowMs }) => {
    const granted = isGranted(keyId, nowMs);
    if (granted ? keys(nowMs) : strangers(nowMs)) return ok(undefined);
    const max = granted ? keysLookups : strangersLookups;
    const { error } = refuse("RATE_LIMITED", "too many questions to the chain", {
      limit: `${max} look-ups/60s`,
    });
    return { ok: false, error: { ...error, retryAfterMs: windowMs } };
  };
}
