/**
 * Decides which kind of root a claimed account has, and so whether its owner is proved.
 *
 * Pure: what the chain's nodes agreed on and whether the address follows from the owner are
 * given. What rests on the owner's signature and on arithmetic is final at once; what rests on
 * the word of nodes alone is provisional. An account with code is judged by its code, so that a
 * former owner's stale deployment parameters prove nothing.
 */
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import type { Address } from "#protocol/names";
import { ok, type Result } from "#protocol/result";
import type { Member } from "./authority.ts";
import type { RootKind } from "./vault.ts";

/** What is at an account's address, as the nodes agree. */
export type RootCode =
  | { readonly kind: "none" }
  /** An Ethereum key that lets other code act for it (EIP-7702). */
  | { readonly kind: "eip7702"; readonly delegate: Address }
  | {
      readonly kind: "contract";
      /** keccak-256 of the code. */
      readonly hash: `0x${string}`;
      /** Where the code goes on, when it is a proxy (EIP-1967). */
      readonly implementation: Address | undefined;
      /**
       * `own`: an account of the configured factory and implementation. `listed`: code that the
       * deployment vouches for. `any`: other code, and the deployment has no list. `foreign`:
       * other code than the list has.
       */
      readonly trust: "own" | "listed" | "any" | "foreign";
    };

/** What is known about an account and who claims it. The member's signature holds. */
export type RootEvidence = {
  readonly account: Address;
  readonly owner: { readonly kind: Member["kind"]; readonly address: Address | undefined };
  /** Whether an account of this owner, passkey and salt has this address. */
  readonly derived: boolean;
  /** What is there. `undefined` when the nodes gave no answer. */
  readonly code: RootCode | undefined;
  /** Whether the account's code names the owner. */
  readonly named: boolean;
};

/** A root, and whether it rests on the word of nodes alone. */
export type ProvedRoot = { readonly kind: RootKind; readonly provisional: boolean };

/** How long such a claim waits: 24 hours. */
export const provisionalMs = 86_400_000;

/** Whether the account's own key made the claim: a proof that needs no node. */
export function isOwnKey(evidence: Pick<RootEvidence, "account" | "owner">): boolean {
  return evidence.owner.kind === "EOA" && evidence.owner.address === evidence.account;
}

/** Classifies the root. Refuses an account that the owner does not prove. */
export function proveRoot(evidence: RootEvidence): Result<ProvedRoot, Failure> {
  const { code, owner, derived, named } = evidence;
  if (isOwnKey(evidence)) {
    return ok({ kind: code?.kind === "eip7702" ? "EIP7702" : "EOA", provisional: false });
  }
  // A contract's signature is the word of nodes, whatever follows from it.
  const provisional = owner.kind === "CONTRACT";
  switch (code?.kind) {
    case undefined:
      return refused("unknown", "nothing is known about the account");
    case "none":
      return derived
        ? ok({ kind: "COUNTERFACTUAL", provisional })
        : refused("address", "the account's address does not follow from this owner and salt");
    case "eip7702":
      return refused("eip7702", "the account's own key can replace its code, so that key claims");
    case "contract":
      if (code.trust === "foreign") return refused("code", "the account's code is not listed");
      if (owner.kind === "CONTRACT" && owner.address === evidence.account) {
        return ok({ kind: "CONTRACT", provisional: true });
      }
      if (code.trust === "any") {
        return refused("code", "an account with unknown code signs for itself (ERC-1271)");
      }
      if (!named) return refused("owner", "the deployed account names another owner");
      return derived && code.trust === "own"
        ? ok({ kind: "COUNTERFACTUAL", provisional })
        : ok({ kind: "CONTRACT", provisional: true });
  }
}

/** What is at an account, as text to compare with later. */
export function rootCodeText(code: RootCode): string {
  switch (code.kind) {
    case "none":
      return "none";
    case "eip7702":
      return `eip7702 ${code.delegate}`;
    case "contract":
      return code.implementation === undefined
        ? `contract ${code.hash}`
        : `contract ${code.hash} ${code.implementation}`;
  }
}

function refused(cause: string, detail: string) {
  return refuse("OWNER_PROOF_REJECTED", detail, { act: "ClaimVault", cause });
}
