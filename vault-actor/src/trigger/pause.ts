/** Pauses a trigger, in the caller's transaction, and writes it down. */
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { childName } from "#protocol/names";
import { ok, type Result } from "#protocol/result";
import { append } from "../ledger/store.ts";
import type { Database } from "../storage/database.ts";
import { pauseTrigger, readTrigger } from "./store.ts";

/**
 * Pauses an active trigger; a paused one stays so. Refuses with `NOT_FOUND`, and with
 * `STATE_REFUSED` when it has ended. `actor`: a key's id or a trigger's name.
 */
export function pause(
  db: Database,
  trigger: { readonly vaultId: string; readonly triggerId: string },
  actor: string,
  nowMs: number,
): Result<void, Failure> {
  const { vaultId, triggerId } = trigger;
  const name = childName(vaultId, "triggers", triggerId);
  const state = readTrigger(db, triggerId)?.standing.state;
  if (state === undefined) return refuse("NOT_FOUND", "no such resource in this vault", { name });
  if (state === "PAUSED") return ok(undefined);
  if (state !== "ACTIVE") {
    return refuse("STATE_REFUSED", `the trigger is ${state.toLowerCase()}`, { state });
  }
  pauseTrigger(db, triggerId, nowMs);
  append(db, nowMs, { kind: "TRIGGER_CHANGED", actor, subject: name, facts: { change: "paused" } });
  return ok(undefined);
}
