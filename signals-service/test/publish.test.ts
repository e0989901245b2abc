/** Publishing by others on a real PostgreSQL: what is taken once, and what never. */
import { fromBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Quality } from "#gen/signal/v1/observation";
import { GetOverviewResponseSchema } from "#gen/signal/v1/overview_messages";
import {
  type CustomObservationSchema,
  PublishObservationsRequestSchema,
  PublishObservationsResponseSchema,
} from "#gen/signal/v1/publish_messages";
import { ListObservationsResponseSchema } from "#gen/signal/v1/signal_service";
import type { WireRequest } from "#protocol/exchange";
import { verifyEntry, verifyManifest } from "#protocol/manifest";
import { generateEd25519Signer, type Signer } from "#protocol/proof/signer";
import { readPayload } from "../src/store/payload-store.ts";
import { createDatabase, type TestDatabase } from "./support/database.ts";
import { createTestService, encoded, origin, pathOf, send, signedFor } from "./support/service.ts";

let database: TestDatabase;
let service: Awaited<ReturnType<typeof createTestService>>;
beforeEach(async () => {
  database = await createDatabase();
  service = await createTestService(database);
});
afterEach(() => database.drop());

type Said = MessageInitShape<typeof CustomObservationSchema>;
const a = "series/custom.acme.a@v1";
const said = (changes: Said = {}): Said => ({
  name: a,
  value: "50.5",
  observeTime: timestampFromMs(service.state.nowMs - 1000),
  ...changes,
});
let made = 0;
const request = (
  observations: readonly Said[],
  by: {
    readonly signer?: Signer;
    readonly requestId?: string;
    readonly format?: "json" | "proto";
    readonly audience?: string;
    readonly origin?: string;
    readonly nonce?: string;
    readonly atMs?: number;
  } = {},
) => {
  const requestId = by.requestId ?? `request-${made++}`;
  const init = { requestId, observations: [...observations] };
  const body = encoded(PublishObservationsRequestSchema, init, by.format);
  const { signer = service.acme, atMs = service.state.nowMs } = by;
  return signedFor(signer, atMs, "PublishObservations", body, by);
};
const pass = (wire: WireRequest) => send(service.door, wire, PublishObservationsResponseSchema);
const publish = async (...args: Parameters<typeof request>) => pass(await request(...args));
const outcome = async (...args: Parameters<typeof request>) => {
  const { reason, fact } = await publish(...args);
  return reason === undefined ? "published" : [reason, fact].filter(Boolean).join(" ");
};
/** Rows that only publishing writes. What a round says of other series is written with it. */
const written = async () => {
  const count = async (table: string) =>
    database.open((sql) => sql<{ n: string }>(`SELECT count(*) AS n FROM ${table}`));
  const ours = "observation o JOIN series s ON s.id = o.series AND s.name LIKE 'custom.%'";
  const tables = [`${ours} WHERE value IS NOT NULL`, "published_round", "publisher_request"];
  return (await Promise.all(tables.map(count))).map((rows) => Number(rows[0]?.n));
};

describe("a publisher", () => {
  test("publishes into the next round, under the feed's signature, in its own order", async () => {
    const b = "series/custom.acme.b@v1";
    const { message } = await publish([said({ name: b, value: "2" }), said()]);
    expect(message?.observations.map(({ series, value }) => [series, value])).toEqual([
      ["custom.acme.b@v1", "2"],
      ["custom.acme.a@v1", "50.5"],
    ]);
    const latest = await service.cache.get();
    if (latest === undefined) return expect.unreachable("no round");
    const manifest = await verifyManifest(latest.manifest, service.feedKey.keyId);
    if (!manifest.ok) return expect.unreachable(manifest.error);
    const bytes = latest.entries.get("custom.acme.a@v1") ?? new Uint8Array();
    const entry = await verifyEntry(bytes, "custom.acme.a@v1", manifest.value);
    expect(entry).toMatchObject({ value: { observation: { value: "50.5", round: 1n } } });
    expect(latest.newsMs.get("custom.acme.a@v1")).toBe(0);
  });

  test("finds what it said kept under the hash that its observations name", async () => {
    const { message } = await publish([said()], { requestId: "a-kept-request" });
    const hash = message?.observations[0]?.evidenceHash ?? new Uint8Array();
    const kept = await database.open((sql) => readPayload(sql, hash));
    expect(fromBinary(PublishObservationsRequestSchema, kept ?? new Uint8Array())).toMatchObject({
      requestId: "a-kept-request",
      observations: [{ name: a, value: "50.5" }],
    });
  });

  test("may have a series that is not to be passed on: nobody is told of it", async () => {
    const name = "series/custom.acme.own@v1";
    const { message } = await publish([said({ name }), said()]);
    expect(message?.observations).toHaveLength(2);
    const entries = (await service.cache.get())?.entries;
    expect([entries?.has("custom.acme.own@v1"), entries?.has("custom.acme.a@v1")]).toEqual([
      false,
      true,
    ]);
    for (const [method, asked] of [
      ["GetSeries", { name }],
      ["ListObservations", { parent: name }],
      ["ListEvents", { parent: name }],
    ] as const) {
      const query = new URLSearchParams({ encoding: "json", message: JSON.stringify(asked) });
      const answer = await service.door(new Request(`${origin}${pathOf(method)}?${query}`));
      expect(answer.status).toBe(404);
    }
    const all = await service.door(
      new Request(
        `${origin}${pathOf("ListSeries")}?encoding=json&message=%7B%22pageSize%22%3A200%7D`,
      ),
    );
    const text = await all.text();
    expect(text).toContain("custom.acme.a@v1");
    expect(text).not.toContain("custom.acme.own@v1");
  });

  test("says that there is no value, which is published as such", async () => {
    const { observeTime } = said();
    const { message } = await publish([{ name: a, ...(observeTime && { observeTime }) }]);
    const [observation] = message?.observations ?? [];
    expect(observation?.value).toBeUndefined();
    expect(observation?.qualities).toContain(Quality.UNAVAILABLE);
  });

  test("is judged like everybody: what can't be is no value", async () => {
    const { message } = await publish([said({ value: "100.01" })]);
    const [observation] = message?.observations ?? [];
    expect(observation?.value).toBeUndefined();
    expect(observation?.qualities).toContain(Quality.OUT_OF_BOUNDS);
    const zero = await publish([said({ name: "series/custom.acme.b@v1", value: "0" })]);
    expect(zero.message?.observations[0]?.value).toBeUndefined();
  });
});

describe("a repeat", () => {
  test("of a request with a new proof gets the first answer, in whichever format", async () => {
    const observations = [said()];
    const first = await publish(observations, { requestId: "the-same-one" });
    const before = await written();
    service.state.nowMs += 5000;
    const second = await publish(observations, { requestId: "the-same-one" });
    expect(second).toEqual(first);
    const binary = await request(observations, { requestId: "the-same-one", format: "proto" });
    const { url, method, headers, body } = binary;
    const answer = await service.door(new Request(url, { method, headers, body }));
    const bytes = new Uint8Array(await answer.arrayBuffer());
    expect(fromBinary(PublishObservationsResponseSchema, bytes)).toEqual(first.message);
    expect(await written()).toEqual(before);
  });

  test("of a request id with other content is refused", async () => {
    expect(await outcome([said()], { requestId: "the-same-one" })).toBe("published");
    const other = [said({ value: "51" })];
    expect(await outcome(other, { requestId: "the-same-one" })).toBe("REQUEST_ID_REUSED");
  });

  test("of another key's request id is another request", async () => {
    expect(await outcome([said()], { requestId: "the-same-one" })).toBe("published");
    const theirs = [said({ name: "series/custom.other.a@v1" })];
    const by = { signer: service.other, requestId: "the-same-one" };
    expect(await outcome(theirs, by)).toBe("published");
  });

  test("of the very bytes is refused, however often and at once", async () => {
    const wire = await request([said()]);
    const all = await Promise.all(Array.from({ length: 8 }, () => pass(wire)));
    const served = all.filter(({ message }) => message !== undefined);
    expect(served).toHaveLength(1);
    const refused = all.filter(({ message }) => message === undefined);
    expect(new Set(refused.map(({ fact }) => fact))).toEqual(new Set(["nonce_reused"]));
    expect(await written()).toEqual([1, 1, 1]);
  });

  test("of a call that was refused is not heard again", async () => {
    const ahead = said({ observeTime: timestampFromMs(service.state.nowMs + 301_000) });
    const wire = await request([ahead]);
    expect((await pass(wire)).reason).toBe("FIELD_INVALID");
    // By now the time is right; the publisher may have changed its mind.
    service.state.nowMs += 30_000;
    expect((await pass(wire)).fact).toBe("nonce_reused");
  });

  test("of one request with many proofs at once happens once", async () => {
    const observations = [said()];
    const wires = await Promise.all(
      Array.from({ length: 8 }, () => request(observations, { requestId: "the-same-one" })),
    );
    const all = await Promise.all(wires.map(pass));
    expect(all.every(({ message }) => message !== undefined)).toBe(true);
    expect(await written()).toEqual([1, 1, 1]);
  });
});

describe("an attacker", () => {
  const cases: readonly (readonly [string, () => Promise<string>, string])[] = [
    [
      "with a key that nobody enrolled",
      async () => outcome([said()], { signer: await generateEd25519Signer() }),
      "PROOF_REJECTED unknown_key",
    ],
    [
      "with an operator's key",
      () => outcome([said()], { signer: service.operator }),
      "SCOPE_MISSING",
    ],
    [
      "who publishes another's series",
      () => outcome([said({ name: "series/custom.other.a@v1" })]),
      "SCOPE_MISSING",
    ],
    [
      "who adds another's series to its own",
      () => outcome([said(), said({ name: "series/custom.other.a@v1" })]),
      "SCOPE_MISSING",
    ],
    [
      "who publishes a series of ours",
      () => outcome([said({ name: "series/market.price.eth.usd@v1" })]),
      "FIELD_INVALID observations[0].name",
    ],
    [
      "who publishes a series that there is not",
      () => outcome([said({ name: "series/custom.acme.z@v1" })]),
      "NOT_FOUND",
    ],
    [
      "who signs for another origin",
      () => outcome([said()], { origin: "https://evil.example" }),
      "PROOF_REJECTED audience_mismatch",
    ],
    [
      "who signs for a vault",
      () => outcome([said()], { audience: `eip155:1:0x${"1".repeat(40)}` }),
      "HEADER_INVALID",
    ],
    [
      "with a proof of yesterday",
      () => outcome([said()], { atMs: service.state.nowMs - 86_400_000 }),
      "PROOF_REJECTED request_expired",
    ],
    [
      "with a proof of tomorrow",
      () => outcome([said()], { atMs: service.state.nowMs + 86_400_000 }),
      "PROOF_REJECTED request_not_yet_valid",
    ],
    [
      "with too fine a value",
      () => outcome([said({ value: "1.001" })]),
      "FIELD_INVALID observations[0].value",
    ],
    [
      "with a value that is no number",
      () => outcome([said({ value: "1e3" })]),
      "FIELD_INVALID observations[0].value",
    ],
    [
      "who speaks of the future",
      () => outcome([said({ observeTime: timestampFromMs(service.state.nowMs + 300_001) })]),
      "FIELD_INVALID observations[0].observe_time",
    ],
    [
      "without a time",
      () => outcome([{ name: a, value: "1" }]),
      "FIELD_INVALID observations[0].observe_time",
    ],
    [
      "with a series twice",
      () => outcome([said(), said({ value: "51" })]),
      "FIELD_INVALID observations[1].name",
    ],
    ["with nothing to say", () => outcome([]), "FIELD_INVALID observations"],
    [
      "with too much to say",
      () => outcome(Array.from({ length: 101 }, () => said())),
      "FIELD_INVALID observations",
    ],
    [
      "with a request id too short",
      () => outcome([said()], { requestId: "short" }),
      "FIELD_INVALID request_id",
    ],
  ];
  test.each(cases)("%s", async (_, attempt, expected) => {
    expect(await attempt()).toBe(expected);
    expect(await written()).toEqual([0, 0, 0]);
    expect(service.faults).toEqual([]);
  });

  test("who speaks of before the latest, or of the same time", async () => {
    expect(await outcome([said()])).toBe("published");
    for (const earlier of [1000, 2000]) {
      const observeTime = timestampFromMs(service.state.nowMs - earlier);
      const again = await outcome([said({ value: "60", observeTime })]);
      expect(again).toBe("FIELD_INVALID observations[0].observe_time");
    }
  });

  test("who alters the body, or turns the call to another method", async () => {
    const wire = await request([said()]);
    const text = new TextDecoder().decode(wire.body).replace("50.5", "99.5");
    const altered = { ...wire, body: new TextEncoder().encode(text) as Uint8Array<ArrayBuffer> };
    expect(await pass(altered)).toMatchObject({ fact: "bad_content_digest" });
    const turned = { ...wire, url: `${origin}${pathOf("GetOverview")}` };
    expect(await send(service.door, turned, GetOverviewResponseSchema)).toMatchObject({
      fact: "bad_signature",
    });
    expect(await written()).toEqual([0, 0, 0]);
  });

  test("who takes the proof away, or sends it by GET", async () => {
    const wire = await request([said()]);
    const headers = new Headers({ "content-type": "application/json" });
    expect((await pass({ ...wire, headers })).reason).toBe("HEADER_INVALID");
    const query = "encoding=json&message=%7B%7D";
    const read = new Request(`${origin}${pathOf("PublishObservations")}?${query}`, {
      headers: wire.headers,
    });
    expect((await service.door(read)).status).toBe(400);
  });
});

test("a key makes so many calls a minute, and no other key pays for it", async () => {
  const untilMs = service.state.nowMs + 91_000;
  await database.open((sql) =>
    sql(
      `INSERT INTO publisher_nonce SELECT $1, 'nonce-' || i, $2 FROM generate_series(1, 119) AS i`,
      [service.acme.keyId, untilMs],
    ),
  );
  expect(await outcome([said()])).toBe("published");
  service.state.nowMs += 10;
  expect(await outcome([said()])).toBe("RATE_LIMITED");
  const theirs = said({ name: "series/custom.other.a@v1" });
  expect(await outcome([theirs], { signer: service.other })).toBe("published");
  // What no proof can repeat any more is forgotten.
  service.state.nowMs += 120_000;
  expect(await outcome([said()])).toBe("published");
  const nonces = await database.open((sql) => sql("SELECT * FROM publisher_nonce"));
  expect(nonces).toHaveLength(2);
});

test("many publishers and readers at once: no round is lost or doubled", async () => {
  const rounds = 20;
  const run = async (signer: Signer, name: string) => {
    for (let i = 0; i < rounds; i++) {
      const observeTime = timestampFromMs(service.state.nowMs - 100_000 + i);
      const by = { signer };
      const one = said({ name, value: String(i), observeTime });
      expect(await outcome([one], by)).toBe("published");
    }
  };
  await Promise.all([run(service.acme, a), run(service.other, "series/custom.other.a@v1")]);
  for (const parent of [a, "series/custom.other.a@v1"]) {
    const body = new TextEncoder().encode(JSON.stringify({ parent })) as Uint8Array<ArrayBuffer>;
    const headers = new Headers({ "content-type": "application/json" });
    const wire = { method: "POST", url: `${origin}${pathOf("ListObservations")}`, headers, body };
    const { message } = await send(service.door, wire, ListObservationsResponseSchema);
    const observations = message?.observations ?? [];
    const numbers = observations.map(({ round }) => Number(round));
    expect(numbers).toEqual(numbers.map((_, i) => numbers.length - i));
    expect(observations.flatMap(({ value }) => value ?? [])).toEqual(
      Array.from({ length: rounds }, (_, i) => String(rounds - 1 - i)),
    );
  }
  const published = await database.open((sql) =>
    sql<{ round: string }>("SELECT round FROM published_round ORDER BY round"),
  );
  expect(published.map(({ round }) => Number(round))).toEqual(
    Array.from({ length: 2 * rounds }, (_, i) => i + 1),
  );
});
