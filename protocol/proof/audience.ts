/**
 * Whom a proof is made for: a vault, or the signals service. Pure.
 *
 * The header `Metavault-Id` names it, and every proof covers that header: what is signed for one
 * is no good at the other.
 */

/** What kind of audience a call has. */
export type Audience = "vault" | "signals";

/** The id of the signals service, in place of a vault's. */
export const signalsAudience = "signals";

/** Whether `id` is that of one such audience. */
export function isAudience(id: string | null, audience: Audience): id is string {
  if (id === null) return false;
  if (audience === "signals") return id === signalsAudience;
  return /^eip155:[1-9][0-9]{0,15}:0x[0-9a-f]{40}$/.test(id);
}
