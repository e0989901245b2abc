/**
 * Decides which kind of root a claimed account has, and so whether its owner is proved.
 *
 * Pure: what the chain says and what the account's address should be are given. An account
 * with code is asked for its owner on chain, so that a former owner's stale deployment
 * parameters prove nothing.
 */
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import type { Address } from "#protocol/names";
import { ok, type Result } from "#protocol/result";
import type { RootKind } from "./vault.ts";

/** What is known about the account that is claimed. */
export type RootEvidence = {
  readonly account: Address;
  readonly owner: Address;
  /** The address that an account of this owner and salt has. */
  readonly counterfactual: Address;
  /** What the chain says: no code, or the owner that the code names. */
  readonly onChain:
    | { readonly deployed: false }
    | { readonly deployed: true; readonly owner: Address | undefined };
};

/** Classifies the root. Refuses an account that the owner does not prove. */
export function proveRoot(evidence: RootEvidence): Result<RootKind, Failure> {
  if (evidence.account === evidence.owner) return ok("EOA");
  if (evidence.account !== evidence.counterfactual) {
    return refused("address", "the account's address does not follow from this owner and salt");
  }
  if (evidence.onChain.deployed && evidence.onChain.owner !== evidence.owner) {
    return refused("owner", "the deployed account names another owner");
  }
  return ok("COUNTERFACTUAL");
}

function refused(cause: string, detail: string) {
  return refuse("OWNER_PROOF_REJECTED", detail, { act: "ClaimVault", cause });
}
