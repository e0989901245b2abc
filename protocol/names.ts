/**
 * Parses and formats resource names and the chain-agnostic ids inside them.
 *
 * Pure. Only the canonical lowercase form is accepted, so that one resource has one name.
 * Forms: AIP-122 names, CAIP-2 chains, CAIP-10 accounts, CAIP-19 assets.
 */

/** An Ethereum address in lowercase: `0x` and 40 hexadecimal digits. */
export type Address = `0x${string}`;

/** A CAIP-10 account of an EVM chain, taken apart. */
export type Account = { readonly chainId: number; readonly address: Address };

/** A CAIP-19 asset of an EVM chain: the native asset or an ERC-20 token. */
export type Asset =
  | { readonly kind: "native"; readonly chainId: number }
  | { readonly kind: "erc20"; readonly chainId: number; readonly address: Address };

const chainPattern = /^eip155:([1-9][0-9]{0,15})$/;
const accountPattern = /^eip155:([1-9][0-9]{0,15}):(0x[0-9a-f]{40})$/;
const assetPattern = /^eip155:([1-9][0-9]{0,15})\/(?:slip44:60|erc20:(0x[0-9a-f]{40}))$/;

/** Parses a CAIP-2 chain id to its number. */
export function parseChain(text: string): number | undefined {
  const match = chainPattern.exec(text);
  return match === null ? undefined : Number(match[1]);
}

/** Formats a CAIP-2 chain id. */
export function formatChain(chainId: number): string {
  return `eip155:${chainId}`;
}

/** Parses a CAIP-10 account id. */
export function parseAccount(text: string): Account | undefined {
  const match = accountPattern.exec(text);
  return match === null ? undefined : { chainId: Number(match[1]), address: match[2] as Address };
}

/** Formats a CAIP-10 account id. */
export function formatAccount(account: Account): string {
  return `eip155:${account.chainId}:${account.address.toLowerCase()}`;
}

/** Parses a CAIP-19 asset id. The native asset is `slip44:60` on every EVM chain. */
export function parseAsset(text: string): Asset | undefined {
  const match = assetPattern.exec(text);
  if (match === null) return undefined;
  const chainId = Number(match[1]);
  const address = match[2];
  return address === undefined
    ? { kind: "native", chainId }
    : { kind: "erc20", chainId, address: address as Address };
}

/** Formats a CAIP-19 asset id. */
export function formatAsset(asset: Asset): string {
  const reference = asset.kind === "native" ? "slip44:60" : `erc20:${asset.address.toLowerCase()}`;
  return `eip155:${asset.chainId}/${reference}`;
}

/** Formats the name of a vault. `vaultId` is its CAIP-10 account. */
export function vaultName(vaultId: string): string {
  return `vaults/${vaultId}`;
}

/** Reads the vault's id out of any name below it. */
export function vaultIdOf(name: string): string | undefined {
  const [collection, vaultId] = name.split("/", 2);
  if (collection !== "vaults" || vaultId === undefined) return undefined;
  return accountPattern.test(vaultId) ? vaultId : undefined;
}

/** Formats the name of a resource in a vault: `vaults/{id}/{collection}/{key}`. */
export function childName(vaultId: string, collection: string, key: string): string {
  return `vaults/${vaultId}/${collection}/${key}`;
}

/** Reads the last segment of a name: the resource's own id. */
export function idOf(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}
