/** What the ledger says about a restore that was found out. Pure. */
import type { Hex } from "viem";
import type { Head } from "./note.ts";

/** The facts of an entry `VAULT_RESTORED`: what was found, and what the notary held. */
export function toFacts(found: Head, held: Head): Readonly<Record<string, string>> {
  return {
    found_generation: String(found.generation),
    found_sequence: String(found.sequence),
    held_claim_epoch: String(held.claimEpoch),
    held_generation: String(held.generation),
    held_sequence: String(held.sequence),
    held_root: held.root,
  };
}

/** Reads what the notary held, out of the facts as the ledger stores them. */
export function fromFacts(json: string): Head {
  const facts = JSON.parse(json) as Record<string, string>;
  return {
    claimEpoch: Number(facts.held_claim_epoch),
    generation: Number(facts.held_generation),
    sequence: Number(facts.held_sequence),
    root: (facts.held_root ?? "0x") as Hex,
  };
}
