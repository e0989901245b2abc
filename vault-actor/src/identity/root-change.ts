/**
 * Decides whether an account is still what its vault was claimed for. Pure.
 *
 * Only ever tightens: a change freezes, and nobody becomes an owner by it.
 */
import { type RootCode, rootCodeText } from "./root.ts";
import type { Vault } from "./vault.ts";

/** What a quorum of nodes says of an account now. */
export type RootSight = {
  readonly code: RootCode;
  /**
   * Which owner of the vault the account's code names; `undefined` when it names none of them.
   * Not asked of an account that has no code or signs for itself.
   */
  readonly named: string | undefined;
};

/** The same, with what to remember of it; or changed, and how. */
export type RootVerdict =
  | { readonly kind: "same"; readonly owner: string; readonly code: string }
  | { readonly kind: "changed"; readonly cause: "owner" | "code"; readonly code: string };

/** What of a vault is compared. */
export type KnownRoot = Pick<Vault, "vaultId" | "rootKind" | "rootOwner" | "rootCode">;

/** Whether an account's code is asked for its owner: it has code, and is not its own owner. */
export function namesItsOwner(root: KnownRoot, code: RootCode): boolean {
  return code.kind === "contract" && root.rootOwner !== root.vaultId;
}

/** Compares an account with what is known of it. */
export function compareRoot(root: KnownRoot, { code, named }: RootSight): RootVerdict {
  const seen = rootCodeText(code);
  const changed = (cause: "owner" | "code") => ({ kind: "changed", cause, code: seen }) as const;
  if (!isExpected(root, code, seen)) return changed("code");
  if (!namesItsOwner(root, code)) return { kind: "same", owner: root.rootOwner, code: seen };
  return named === undefined ? changed("owner") : { kind: "same", owner: named, code: seen };
}

function isExpected(root: KnownRoot, code: RootCode, seen: string): boolean {
  const { rootKind, rootCode } = root;
  if (rootCode === seen) return true;
  // No node could be asked before; what is there first is what is compared with later.
  const unseen = rootCode === undefined;
  switch (rootKind) {
    case "EOA":
    case "EIP7702":
      return unseen && code.kind !== "contract";
    case "COUNTERFACTUAL":
      // It may be deployed at any time, with the code that its address stands for.
      if (code.kind === "contract") return (unseen || rootCode === "none") && code.trust === "own";
      return unseen && code.kind === "none";
    case "CONTRACT":
      return false;
  }
}
