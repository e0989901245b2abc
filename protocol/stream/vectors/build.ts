/**
 * Builds the published vectors of signed streams: one stream, and what can be done to it.
 *
 * Everything is fixed, Ed25519 included, so the file is the same each time.
 */
import { WatchVaultResponse_Kind as Kind } from "#gen/vault/v1/vault_messages";
import { fromBase64Url, toBase64Url } from "../../proof/base64.ts";
import { formatEd25519KeyId } from "../../proof/key-id.ts";
import { firstLink, type Link, seal } from "../chain.ts";
import { eventHash, type SignedEvent, type StreamEvent } from "../event.ts";
import type { StreamFailure } from "../failure.ts";

/** An event as the file has it. */
export type EventVector = StreamEvent & {
  readonly previousHash: string;
  readonly signature: string;
};

/** A stream as a caller receives it, and what it must make of it. */
export type StreamVector = {
  readonly name: string;
  readonly events: readonly EventVector[];
  /** How many events are believed. */
  readonly believed: number;
  /** `closed`, or why the stream is not believed any further. */
  readonly end: "closed" | StreamFailure;
};

/** The seed of the identity key of RFC 8032, test 1. */
const seed = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
const publicKey = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
const requestSignature = new Uint8Array(64).map((_, index) => index);
const startMs = 1_800_000_000_000;
const leaseExpireMs = startMs + 900_000;
const execution = "vaults/eip155:1:0x7e5f4552091a69125d5dfcb7b8c2659029395bdf/executions/e1";

const contents: readonly Omit<StreamEvent, "sequence" | "leaseExpireMs">[] = [
  { kind: Kind.HEARTBEAT, resource: "", timeMs: startMs, resumeToken: "41" },
  { kind: Kind.EXECUTION, resource: execution, timeMs: startMs + 1234, resumeToken: "42" },
  { kind: Kind.CONFIGURATION, resource: 'a "quote"', timeMs: startMs + 2000, resumeToken: "43" },
  { kind: Kind.HEARTBEAT, resource: "", timeMs: startMs + 27_000, resumeToken: "43" },
  { kind: Kind.CLOSED, resource: "lease", timeMs: leaseExpireMs, resumeToken: "43" },
];

/** Builds the document. */
export async function buildStreamVectors() {
  const key = await crypto.subtle.importKey(
    "jwk",
    { kty: "OKP", crv: "Ed25519", d: seed, x: publicKey },
    "Ed25519",
    false,
    ["sign"],
  );
  const whole = await sealAll(key, requestSignature);
  const other = await sealAll(key, new Uint8Array(64));
  const first = whole[0];
  if (first === undefined) throw new Error("no events");
  const at = (index: number, change: (event: SignedEvent) => SignedEvent) =>
    whole.map((event, i) => (i === index ? change(event) : event));
  const streams: readonly (readonly [
    string,
    readonly SignedEvent[],
    number,
    StreamVector["end"],
  ])[] = [
    ["as it was sent", whole, 5, "closed"],
    ["without its end", whole.slice(0, 4), 4, "stream_truncated"],
    ["without any event", [], 0, "stream_truncated"],
    ["without its first event", whole.slice(1), 0, "stream_out_of_order"],
    ["without an event in the midst", whole.toSpliced(2, 1), 2, "stream_out_of_order"],
    ["with an event twice", whole.toSpliced(2, 0, ...whole.slice(1, 2)), 2, "stream_out_of_order"],
    [
      "with two events swapped",
      [...whole.slice(0, 2), ...whole.slice(2, 4).reverse()],
      2,
      "stream_out_of_order",
    ],
    ["with more after its end", [...whole, ...whole.slice(4)], 5, "stream_out_of_order"],
    ["of another request", other, 0, "stream_unbound"],
    ["that goes over into another request's", [first, ...other.slice(1)], 1, "stream_unbound"],
    ["with another kind", at(1, (e) => ({ ...e, kind: Kind.FIRING })), 1, "stream_altered"],
    [
      "with another resource",
      at(1, (e) => ({ ...e, resource: `${e.resource}0` })),
      1,
      "stream_altered",
    ],
    ["with another time", at(1, (e) => ({ ...e, timeMs: e.timeMs + 1 })), 1, "stream_altered"],
    [
      "with a longer lease",
      at(1, (e) => ({ ...e, leaseExpireMs: e.leaseExpireMs + 1 })),
      1,
      "stream_altered",
    ],
    ["with another resume token", at(1, (e) => ({ ...e, resumeToken: "44" })), 1, "stream_altered"],
    [
      "with another event's signature",
      at(1, (e) => ({ ...e, signature: first.signature })),
      1,
      "stream_altered",
    ],
  ];
  return {
    comment:
      "Signed streams of metavault-v1, as docs/caller-proof.md writes them down. Bytes are base64url. Events come at their own times.",
    identityKeyId: formatEd25519KeyId(fromBase64Url(publicKey) ?? new Uint8Array()),
    identitySeed: seed,
    requestSignature: toBase64Url(requestSignature),
    genesisHash: toBase64Url(firstLink(requestSignature).hash),
    hashes: whole.map((event) => toBase64Url(eventHash(event.previousHash, event))),
    streams: streams.map(
      ([name, events, believed, end]): StreamVector => ({
        name,
        events: events.map(toVector),
        believed,
        end,
      }),
    ),
  };
}

async function sealAll(key: CryptoKey, of: Uint8Array): Promise<SignedEvent[]> {
  const events: SignedEvent[] = [];
  let link: Link = firstLink(of);
  for (const content of contents) {
    const sealed = await seal(link, { ...content, leaseExpireMs }, key);
    events.push(sealed.event);
    link = sealed.link;
  }
  return events;
}

function toVector(event: SignedEvent): EventVector {
  const { previousHash, signature, ...rest } = event;
  return {
    ...rest,
    previousHash: toBase64Url(previousHash),
    signature: toBase64Url(signature),
  };
}
