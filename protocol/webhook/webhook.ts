/**
 * What a vault posts to a webhook, and what its signature covers. Pure data.
 *
 * RFC 9421 with RFC 9530, as answers are signed: by the vault's identity key (Ed25519), under a
 * tag of its own, so that neither can be taken for the other.
 */

/** The tag of webhook signatures. */
export const webhookTag = "metavault-webhook-v1";

/** What a webhook's signature covers, in this order, each without parameters. */
export const webhookComponents = [
  "@method",
  "@authority",
  "@path",
  "content-type",
  "content-digest",
  "metavault-id",
] as const;

/** The one content type of a webhook. */
export const webhookType = "application/json";

/** The body of a webhook: one JSON object. The same bytes each time that it is sent. */
export type Webhook = {
  /** The delivery: the signature's nonce as well. Who receives one again has it already. */
  readonly id: string;
  /** The vault, as a CAIP-10 id. */
  readonly vault: string;
  /** `vaults/{caip10}/executions/{execution}` */
  readonly execution: string;
  /** What caused it: a firing of a trigger, or a key that asked. */
  readonly cause: { readonly trigger: string; readonly firing: string } | { readonly key: string };
  /** The words of who asked. Printable ASCII. */
  readonly message: string;
  /** When it was asked for (RFC 3339). */
  readonly time: string;
};
