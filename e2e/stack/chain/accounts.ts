/** The keys of local chains: Anvil's published development keys, worthless anywhere else. */
import { bytesToHex, type Hex } from "viem";
import { mnemonicToAccount } from "viem/accounts";

const mnemonic = "test test test test test test test test test test test junk";

/** The account of Anvil with a number. */
export function devAccount(index: number) {
  return mnemonicToAccount(mnemonic, { addressIndex: index });
}

/** The secret key of Anvil's account with a number, for processes that need it as text. */
export function devSecret(index: number): Hex {
  const key = devAccount(index).getHdKey().privateKey;
  if (key === null) throw new Error("no key");
  return bytesToHex(key);
}

/** Who does what on a local chain. */
export const roles = {
  deployer: 0,
  bundler: 1,
  bundlerUtility: 2,
  liquidity: 3,
  owner: 4,
  stranger: 5,
  oracle: 6,
} as const;
