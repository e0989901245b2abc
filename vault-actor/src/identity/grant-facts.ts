/** What the ledger says of a grant, so that the ledger alone tells which key could act when. Pure. */
import type { CallerKey } from "./key.ts";

/** The scopes, sorted and joined by spaces, and from when until when the key may act. */
export function grantFacts(key: Pick<CallerKey, "scopes" | "startMs" | "expireMs">) {
  return {
    scopes: [...key.scopes].sort().join(" "),
    from: new Date(key.startMs).toISOString(),
    until: new Date(key.expireMs).toISOString(),
  };
}
