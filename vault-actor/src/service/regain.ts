/**
 * Claims a vault again whose storage was lost, or restored to before its claim.
 *
 * Its notary knows that it was claimed, and by whom. So the account's owner alone can't start
 * it anew, and neither can the first claim's consent be used again: it takes the owners that the
 * notary holds, in the number that they had set, who sign the claim with the next authority
 * epoch. What they regain is frozen, and holds what was spent.
 */
import type { OwnerAct } from "#gen/vault/v1/authority";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { ok, type Result } from "#protocol/result";
import type { Consenting } from "../identity/consent.ts";
import type { Note } from "../notary/note.ts";
import type { Call } from "./call.ts";

/** The authority that must consent: the one that the notary holds, in its next epoch. */
export function regaining({ authority }: Note): Consenting {
  return { ...authority, epoch: authority.epoch + 1 };
}

/**
 * What the notary holds of an earlier claim. Fails with `UNAVAILABLE` when it does not answer,
 * and with `STATE_REFUSED` when the owners did not sign for the epoch in which they regain the
 * vault; the metadata says which.
 */
export async function heldBefore(
  noted: (vaultId: string) => Promise<Result<Note | undefined, "unavailable">>,
  call: Call,
  act: OwnerAct | undefined,
): Promise<Result<Note | undefined, Failure>> {
  const held = await noted(call.vaultId);
  if (!held.ok) return refuse("UNAVAILABLE", "the vault's notary does not answer");
  if (held.value === undefined) return ok(undefined);
  const { epoch } = regaining(held.value);
  if (act?.epoch === BigInt(epoch)) return held;
  const metadata = { state: "RESTORED", epoch: String(epoch) };
  const detail = "the vault was claimed before, and its storage is gone: its owners may regain it";
  return refuse("STATE_REFUSED", detail, metadata);
}
