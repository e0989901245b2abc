/** Signs a webhook with the vault's identity key. */
import { type BareItem, type InnerList, serializeInnerList } from "structured-headers";
import { toBase64 } from "../proof/base64.ts";
import { contentDigest } from "../proof/digest.ts";
import { signatureBase } from "../proof/signature-base.ts";
import type { Signer } from "../proof/signer.ts";
import { webhookComponents, webhookTag, webhookType } from "./webhook.ts";

/** A webhook before it is signed. */
export type Unsigned = {
  readonly url: string;
  readonly body: Uint8Array<ArrayBuffer>;
  /** The delivery's id, which becomes the nonce. */
  readonly id: string;
  /** The vault's CAIP-10 id, which becomes the header `Metavault-Id`. */
  readonly vaultId: string;
};

/** Returns the header fields of a webhook's POST. `nowMs` is when this attempt is made. */
export async function signWebhook(
  webhook: Unsigned,
  signer: Signer,
  nowMs: number,
): Promise<Headers> {
  const headers = new Headers({
    "content-type": webhookType,
    "content-digest": await contentDigest(webhook.body),
    "metavault-id": webhook.vaultId,
  });
  const parameters = new Map<string, BareItem>([
    ["created", Math.floor(nowMs / 1000)],
    ["nonce", webhook.id],
    ["keyid", signer.keyId],
    ["tag", webhookTag],
  ]);
  const list: InnerList = [webhookComponents.map((name) => [name, new Map()]), parameters];
  const base = signatureBase({ method: "POST", url: new URL(webhook.url), headers }, list);
  if (base === undefined) throw new TypeError("the webhook has a field that can't be signed");
  headers.set("signature-input", `mvw=${serializeInnerList(list)}`);
  headers.set("signature", `mvw=:${toBase64(await signer.sign(base))}:`);
  return headers;
}
