/** The service's own front door over a test database, with a clock that stands until it is moved. */
import type { DescMessage, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { create, fromJsonString, toBinary, toJsonString } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import { errorFromJsonBytes } from "@connectrpc/connect/protocol-connect";
import { SignalService } from "#gen/signal/v1/signal_service";
import { errorInfoOf, reasonOf } from "#protocol/errors";
import type { WireRequest } from "#protocol/exchange";
import { toBase64Url } from "#protocol/proof/base64";
import { signRequest } from "#protocol/proof/sign";
import { generateEd25519Signer, type Signer } from "#protocol/proof/signer";
import { serve } from "#protocol/serve";
import type { FeedKey } from "../../src/env.ts";
import { createFrontDoor } from "../../src/front-door.ts";
import { publishCustom } from "../../src/ingest/custom.ts";
import { createRoundCache } from "../../src/publish/cache.ts";
import { readPublishers } from "../../src/series/custom.ts";
import { createRegistry } from "../../src/series/registry.ts";
import { createSeats } from "../../src/service/seats.ts";
import { signalMethods } from "../../src/service/signal-methods.ts";
import { migrate } from "../../src/store/migrate.ts";
import { inTransaction } from "../../src/store/postgres.ts";
import { readPublication } from "../../src/store/publication-store.ts";
import { customSeries } from "./custom-series.ts";
import type { TestDatabase } from "./database.ts";

/** Where callers call. */
export const origin = "https://api.metavault.example";

/** The path of a method of the service. */
export function pathOf(method: string): string {
  return `/metavault.signal.v1.SignalService/${method}`;
}

/** How a call went: the message, or why it was refused. */
export type Outcome<Desc extends DescMessage> =
  | { readonly message: MessageShape<Desc>; readonly reason?: undefined; readonly fact?: undefined }
  | { readonly message?: undefined; readonly reason: string | undefined; readonly fact: string };

/** The service with two publishers, `acme` and `other`, and an operator. */
export async function createTestService(database: TestDatabase) {
  await database.open((sql) => inTransaction(sql, () => migrate(sql)));
  const state = { nowMs: 1_800_000_000_000 };
  const now = () => state.nowMs;
  const [acme, other, operator] = await Promise.all([
    generateEd25519Signer(),
    generateEd25519Signer(),
    generateEd25519Signer(),
  ]);
  const publishers = readPublishers(
    JSON.stringify([
      {
        keyId: acme.keyId,
        namespace: "acme",
        series: [
          customSeries("custom.acme.a@v1"),
          customSeries("custom.acme.b@v1", { zeroIsValid: false }),
          customSeries("custom.acme.own@v1", { licenceClass: "LICENCE_CLASS_INTERNAL" }),
        ],
      },
      { keyId: other.keyId, namespace: "other", series: [customSeries("custom.other.a@v1")] },
    ]),
  );
  const registry = createRegistry({
    pace: 1,
    conditions: [],
    custom: publishers.flatMap(({ series }) => series),
  });
  const feedKey = await makeFeedKey();
  const cache = createRoundCache({
    load: () => database.open(readPublication),
    now,
    after: (ms) => new Promise((done) => setTimeout(done, ms)),
    onFault: () => {},
  });
  const methods = signalMethods({
    registry,
    cache,
    database: database.open,
    publish: publishCustom,
    feedKey: async () => feedKey,
    catalog: [],
    pace: 1,
    periodMs: 60_000,
    seats: createSeats(10, now),
    pause: () => new Promise(() => {}),
    now,
  });
  const faults: unknown[] = [];
  const door = createFrontDoor({
    handle: serve((router) => router.service(SignalService, methods), {
      enforcer: "SIGNALS",
      onFault: (fault) => faults.push(fault),
    }),
    origins: new Set([origin]),
    enrolled: {
      publishers: new Set(publishers.map(({ keyId }) => keyId)),
      operators: new Set([operator.keyId]),
    },
    now,
  });
  return { state, acme, other, operator, registry, feedKey, cache, door, faults };
}

/** A request that is signed for the service. */
export function signedFor(
  signer: Signer,
  nowMs: number,
  method: string,
  body: string | Uint8Array,
  options: { readonly audience?: string; readonly origin?: string; readonly nonce?: string } = {},
): Promise<WireRequest> {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  const type = typeof body === "string" ? "application/json" : "application/proto";
  return signRequest(
    {
      method: "POST",
      url: `${options.origin ?? origin}${pathOf(method)}`,
      headers: new Headers({ "content-type": type }),
      body: new Uint8Array(bytes),
    },
    {
      signer,
      vaultId: options.audience ?? "signals",
      nowMs,
      ...(options.nonce === undefined ? {} : { nonce: options.nonce }),
    },
  );
}

/** Encodes a message. */
export function encoded<Desc extends DescMessage>(
  schema: Desc,
  init: MessageInitShape<Desc>,
  format: "json" | "proto" = "json",
): string | Uint8Array {
  const message = create(schema, init) as MessageShape<Desc>;
  return format === "json" ? toJsonString(schema, message) : toBinary(schema, message);
}

/** Sends a request, and reads how it went. */
export async function send<Desc extends DescMessage>(
  door: (request: Request) => Promise<Response>,
  { url, method, headers, body }: WireRequest,
  schema: Desc,
): Promise<Outcome<Desc>> {
  const response = await door(new Request(url, { method, headers, body }));
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (response.status !== 200) {
    const error = errorFromJsonBytes(bytes, undefined, new ConnectError("unreadable"));
    const { proof, field } = errorInfoOf(error)?.metadata ?? {};
    return { reason: reasonOf(error), fact: proof ?? field ?? "" };
  }
  if (response.headers.get("content-type") === "application/proto") {
    throw new Error("only JSON answers are read here");
  }
  return { message: fromJsonString(schema, new TextDecoder().decode(bytes)) };
}

async function makeFeedKey(): Promise<FeedKey> {
  const pair = (await crypto.subtle.generateKey("Ed25519", false, ["sign"])) as CryptoKeyPair;
  const raw = (await crypto.subtle.exportKey("raw", pair.publicKey)) as ArrayBuffer;
  return { keyId: `ed25519:${toBase64Url(new Uint8Array(raw))}`, key: pair.privateKey };
}
