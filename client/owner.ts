/** Lets an owner's wallet consent to one exact act (EIP-712). */
import type { OwnerAct } from "#gen/vault/v1/authority";
import type { Act, Consent } from "#protocol/acts/act";
import { type ConsentOptions, consentOf, type OwnerWallet, walletMember } from "./member.ts";

/** Asks the wallet to consent to the act that `build` makes. */
export async function consentTo(
  wallet: OwnerWallet,
  build: (consent: Consent) => Act,
  options: ConsentOptions,
): Promise<OwnerAct> {
  return consentOf([walletMember(wallet, options.chainId)], build, options);
}
