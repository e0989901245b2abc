/** What a policy is compiled for. Pure data. */
import type { Policy } from "#gen/vault/v1/policy";
import { type Address, parseAccount, parseAsset } from "#protocol/names";
import type { ChainConfig } from "../../account/chain-config.ts";

/** The part of a chain's configuration that permissions are made of. */
export type PermissionChain = Pick<
  ChainConfig,
  | "chainId"
  | "enforcers"
  | "wrappedNative"
  | "uniswapV3"
  | "priceSources"
  | "entryPoint"
  | "delegationManager"
>;

/** Everything that a permission follows from. */
export type CompileFrame = {
  /** The policy as the owners consented to it. */
  readonly policy: Policy;
  readonly chain: PermissionChain;
  /** The vault's account, which gives the permission. */
  readonly vaultAccount: Address;
  readonly sessionAccount: Address;
  /** When it ends, in seconds since the epoch. */
  readonly expireSeconds: number;
  /** Where fixed windows are counted from, in seconds since the epoch: now. */
  readonly startSeconds: number;
  /** What the account's kill switch is at. `undefined`: the chain has none. */
  readonly nonce: bigint | undefined;
};

/** The address of a CAIP-10 id, when it is on the chain. */
export function addressOn(id: string, chainId: number): Address | undefined {
  const account = parseAccount(id);
  return account?.chainId === chainId ? account.address : undefined;
}

/** The ERC-20 tokens of the chain that the policy lets leave. */
export function spendableTokens({ policy, chain }: CompileFrame): readonly Address[] {
  return policy.assets.flatMap(({ asset, maxPerOperation }) => {
    const parsed = parseAsset(asset);
    const listed = parsed?.kind === "erc20" && parsed.chainId === chain.chainId;
    return listed && maxPerOperation !== "0" ? [parsed.address] : [];
  });
}

/** Whether the policy lets the native asset of the chain leave. */
export function isNativeSpendable({ policy, chain }: CompileFrame): boolean {
  return policy.assets.some(({ asset, maxPerOperation }) => {
    const parsed = parseAsset(asset);
    const listed = parsed?.kind === "native" && parsed.chainId === chain.chainId;
    return listed && maxPerOperation !== "0";
  });
}

/** Who may receive: the policy's recipients and the account itself. */
export function receivers({ policy, chain, vaultAccount }: CompileFrame): readonly Address[] {
  const others = policy.recipients.flatMap((id) => addressOn(id, chain.chainId) ?? []);
  return [...new Set([vaultAccount, ...others])];
}
