/**
 * Builds the test vectors of `metavault-webhook-v1`: webhooks, each with the verdict that every
 * verifier must come to. Deterministic: the key is of a fixed seed, and Ed25519 adds no chance.
 */
import { ed25519 } from "@noble/curves/ed25519.js";
import { toBase64 } from "../../proof/base64.ts";
import { formatEd25519KeyId } from "../../proof/key-id.ts";
import type { Signer } from "../../proof/signer.ts";
import { signWebhook } from "../sign.ts";
import { type Webhook, webhookTag } from "../webhook.ts";

const seed = new Uint8Array(32).fill(9);
const vaultId = `eip155:1:0x${"a".repeat(40)}`;
const nowSeconds = 1_800_000_000;
const url = "https://hooks.shop.example/metavault/orders";

/** A webhook as it arrives. Header names are in lowercase. */
export type WebhookVector = {
  readonly name: string;
  readonly method: string;
  /** The address that the receiver is known by. */
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly bodyBase64: string;
  /** `ok`, or the reason it is refused for. */
  readonly expect: string;
};

const signerOf = (secret: Uint8Array): Signer => ({
  keyId: formatEd25519KeyId(ed25519.getPublicKey(secret)),
  sign: async (base) => new Uint8Array(ed25519.sign(base, secret)),
});

const good: Webhook = {
  id: "0b3f9c6e2d7a4f1e9a5c8d2b6e4f7a10",
  vault: vaultId,
  execution: `vaults/${vaultId}/executions/0b3f9c6e2d7a4f1e9a5c8d2b6e4f7a10`,
  cause: {
    trigger: `vaults/${vaultId}/triggers/t1`,
    firing: `vaults/${vaultId}/triggers/t1/firings/f1`,
  },
  message: "ether fell below 2200",
  time: "2027-01-15T08:00:00.000Z",
};

type Change = {
  readonly body?: Partial<Webhook>;
  readonly id?: string;
  readonly vaultId?: string;
  readonly secret?: Uint8Array;
  readonly signedSeconds?: number;
  readonly url?: string;
  readonly method?: string;
  readonly headers?: (headers: Headers) => void;
  /** The bytes that arrive in place of the signed ones. */
  readonly arrives?: string;
};

const cases: readonly (readonly [name: string, change: Change, expect: string])[] = [
  ["a webhook as it is sent", {}, "ok"],
  ["again, five minutes later", { signedSeconds: nowSeconds - 300 }, "ok"],
  ["signed too long ago", { signedSeconds: nowSeconds - 301 }, "webhook_stale"],
  ["signed ahead of the clock", { signedSeconds: nowSeconds + 301 }, "webhook_stale"],
  ["of another key", { secret: new Uint8Array(32).fill(8) }, "webhook_foreign"],
  ["of another vault", { vaultId: `eip155:1:0x${"b".repeat(40)}` }, "webhook_foreign"],
  ["of another vault by its body", { body: { vault: "eip155:1:0x00" } }, "webhook_altered"],
  ["whose id is not the nonce", { body: { id: "other" } }, "webhook_altered"],
  ["with another body", { arrives: "{}" }, "webhook_altered"],
  ["for another path", { url: "https://hooks.shop.example/metavault/refunds" }, "webhook_altered"],
  ["for another host", { url: "https://hooks.bank.example/metavault/orders" }, "webhook_altered"],
  ["by another method", { method: "PUT" }, "webhook_altered"],
  [
    "of another type",
    { headers: (headers) => headers.set("content-type", "text/plain") },
    "webhook_altered",
  ],
  [
    "without a signature",
    { headers: (headers) => headers.delete("signature") },
    "webhook_unsigned",
  ],
  [
    "under another tag",
    { headers: (headers) => edit(headers, webhookTag, "metavault-resp-v1") },
    "webhook_unsigned",
  ],
  [
    "that does not cover its body",
    { headers: (headers) => edit(headers, ' "content-digest"', "") },
    "webhook_uncovered",
  ],
  [
    "with another nonce",
    { headers: (headers) => edit(headers, good.id, "0".repeat(32)) },
    "webhook_altered",
  ],
];

function edit(headers: Headers, from: string, to: string): void {
  headers.set("signature-input", (headers.get("signature-input") ?? "").replace(from, to));
}

/** The whole document. */
export async function buildWebhookVectors() {
  const vectors: WebhookVector[] = [];
  for (const [name, change, expect] of cases) {
    const body = new TextEncoder().encode(JSON.stringify({ ...good, ...change.body }));
    const headers = await signWebhook(
      { url, body: new Uint8Array(body), id: good.id, vaultId: change.vaultId ?? vaultId },
      signerOf(change.secret ?? seed),
      (change.signedSeconds ?? nowSeconds) * 1000,
    );
    change.headers?.(headers);
    const arrives = change.arrives === undefined ? body : new TextEncoder().encode(change.arrives);
    vectors.push({
      name,
      method: change.method ?? "POST",
      url: change.url ?? url,
      headers: [...headers],
      bodyBase64: toBase64(arrives),
      expect,
    });
  }
  const verifier = { vaultId, keyId: signerOf(seed).keyId, nowSeconds, maxAgeSeconds: 300 };
  return { profile: webhookTag, verifier, vectors };
}
