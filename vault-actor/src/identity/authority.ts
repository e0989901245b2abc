/** The owners and guardians of a vault. Pure. */

/** One owner or guardian. `id` is a CAIP-10 account, or a passkey's `p256:` key id. */
export type Member = {
  readonly kind: "EOA" | "CONTRACT" | "WEBAUTHN";
  readonly id: string;
  readonly role: "OWNER" | "GUARDIAN";
};

/** Who may loosen the vault's rules, and how many of them it takes. */
export type Authority = {
  readonly members: readonly Member[];
  readonly threshold: number;
  readonly epoch: number;
  readonly version: number;
};
