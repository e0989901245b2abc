/** Proves that a member owns the account of a vault, by its signature, its address, its code. */
import type { Hex } from "viem";
import { hybridAccount } from "#protocol/account/hybrid-account";
import { hybridPasskey } from "#protocol/account/hybrid-passkey";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { formatChain, parseAccount } from "#protocol/names";
import { ok, type Result } from "#protocol/result";
import type { Member } from "../identity/authority.ts";
import { isOwnKey, type ProvedRoot, proveRoot, rootCodeText } from "../identity/root.ts";
import { type ChainConfig, chainIn } from "./chain-config.ts";
import type { ContractDeps } from "./contract-signature.ts";
import { lookAtCode, names } from "./root-sight.ts";

/** A claim whose signature holds. */
export type RootClaim = {
  readonly vaultId: string;
  readonly owner: Member;
  /** 32 bytes as hexadecimal; empty for zero. */
  readonly deploySalt: string;
  /** The credential's id of an account's first passkey; empty for none. */
  readonly deployPasskeyId: string;
};

/** A root, and what was at the account when it was proved; `undefined` when that is not known. */
export type FoundRoot = ProvedRoot & { readonly code: string | undefined };

/**
 * Decides whether a claim's owner owns the account. `admit` is asked before any node is: it
 * keeps strangers from making the vault ask without end.
 */
export async function proveOwner(
  deps: ContractDeps,
  claim: RootClaim,
  admit: () => Result<void, Failure>,
): Promise<Result<FoundRoot, Failure>> {
  const { owner } = claim;
  const account = parseAccount(claim.vaultId);
  if (account === undefined) throw new Error("a vault's id is an account");
  const member = parseAccount(owner.id);
  if (owner.kind !== "WEBAUTHN" && member?.chainId !== account.chainId) {
    return invalid("chain", "must be of the account's chain");
  }
  const chain = chainIn(deps.chains, account.chainId);
  if (!chain.ok) return chain;
  const identity =
    owner.kind === "WEBAUTHN" ? hybridPasskey(owner.id, claim.deployPasskeyId) : member?.address;
  if (identity === undefined) return invalid("p256", "must be a passkey's key id");
  const ask = deps.ask(account.chainId);
  const known = {
    account: account.address,
    owner: { kind: owner.kind, address: member?.address },
    derived: derive(chain.value, identity, claim.deploySalt) === account.address,
  };
  const own = isOwnKey(known);
  if (!own) {
    const admitted = admit();
    if (!admitted.ok) return admitted;
  }
  const code = await lookAtCode(ask, chain.value, account.address);
  // Its own key proves an account by itself: it can be claimed while no node answers.
  if (code === undefined && !own) return unavailable(account.chainId);
  const asked = !own && code?.kind === "contract" && identity !== account.address;
  const named = asked ? await names(ask, account.address, identity) : false;
  if (named === undefined) return unavailable(account.chainId);
  const root = proveRoot({ ...known, code, named });
  if (!root.ok) return root;
  return ok({ ...root.value, code: code === undefined ? undefined : rootCodeText(code) });
}

function derive(
  chain: ChainConfig,
  owner: Parameters<typeof hybridAccount>[0]["owner"],
  salt: string,
) {
  return hybridAccount({
    factory: chain.accountFactory,
    implementation: chain.accountImplementation,
    owner,
    salt: salt === "" ? `0x${"00".repeat(32)}` : (salt as Hex),
  }).address;
}

function invalid(rule: string, detail: string) {
  return refuse("FIELD_INVALID", `owner.id: ${detail}`, { field: "owner.id", rule });
}

/** The refusal when the nodes give no answer that enough of them agree on. */
export function unavailable(chainId: number) {
  return refuse("CHAIN_UNAVAILABLE", "the chain's nodes do not agree or answer", {
    chain: formatChain(chainId),
  });
}
