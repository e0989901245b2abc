/** Asks the chain what is known about an account and who claims to own it. */
import { hybridAccount } from "#protocol/account/hybrid-account";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { formatChain, parseAccount } from "#protocol/names";
import type { Result } from "#protocol/result";
import type { Member } from "../identity/authority.ts";
import { proveRoot } from "../identity/root.ts";
import type { RootKind } from "../identity/vault.ts";
import { type Chains, chainIn } from "./chain-config.ts";
import { type Rpc, readOwner } from "./node.ts";

/** Decides whether `owner` owns the vault's account, before and after its deployment. */
export async function proveOwner(
  deps: { readonly chains: Chains; readonly rpcFor: (urls: readonly string[]) => Rpc },
  vaultId: string,
  owner: Member,
  deploySalt: string,
): Promise<Result<RootKind, Failure>> {
  const account = parseAccount(vaultId);
  const member = parseAccount(owner.id);
  if (owner.kind !== "EOA") {
    const feature = "a claim by a contract or passkey";
    return refuse("FEATURE_UNAVAILABLE", `${feature} is not served by this release`, { feature });
  }
  if (account === undefined || member?.chainId !== account.chainId) {
    return refuse("FIELD_INVALID", "owner.id: must be of the account's chain", {
      field: "owner.id",
      rule: "chain",
    });
  }
  const chain = chainIn(deps.chains, account.chainId);
  if (!chain.ok) return chain;
  const { accountFactory, accountImplementation, rpcUrls } = chain.value;
  const salt =
    deploySalt === "" ? (`0x${"00".repeat(32)}` as const) : (deploySalt as `0x${string}`);
  const counterfactual = hybridAccount({
    factory: accountFactory,
    implementation: accountImplementation,
    owner: member.address,
    salt,
  }).address;
  if (account.address === member.address) {
    return proveRoot({
      account: account.address,
      owner: member.address,
      counterfactual,
      onChain: { deployed: false },
    });
  }
  const onChain = await readOwner(deps.rpcFor(rpcUrls), account.address);
  if (onChain.kind !== "ok") {
    return refuse("CHAIN_UNAVAILABLE", "the chain's nodes do not answer", {
      chain: formatChain(account.chainId),
    });
  }
  return proveRoot({
    account: account.address,
    owner: member.address,
    counterfactual,
    onChain: onChain.value,
  });
}
