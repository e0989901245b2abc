/** Paging through history on a real PostgreSQL while others write, and what of it caches may keep. */
import { create, fromJsonString, toBinary } from "@bufbuild/protobuf";
import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Event_Status, EventSchema } from "#gen/signal/v1/event";
import {
  PublishObservationsRequestSchema,
  PublishObservationsResponseSchema,
} from "#gen/signal/v1/publish_messages";
import {
  ListEventsResponseSchema,
  ListObservationsResponseSchema,
} from "#gen/signal/v1/signal_service";
import { createDatabase, type TestDatabase } from "./support/database.ts";
import { createTestService, encoded, origin, pathOf, send, signedFor } from "./support/service.ts";
import { timestampJson } from "./support/time.ts";

let database: TestDatabase;
let service: Awaited<ReturnType<typeof createTestService>>;
beforeEach(async () => {
  database = await createDatabase();
  service = await createTestService(database);
});
afterEach(() => database.drop());

const quakes = "natural.quake@v1";
const eth = "market.price.eth.usd@v1";

/** Asks by GET, as JSON. */
async function ask(method: string, message: Record<string, unknown>) {
  const query = new URLSearchParams({ encoding: "json", message: JSON.stringify(message) });
  const response = await service.door(new Request(`${origin}${pathOf(method)}?${query}`));
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return { text, cache: response.headers.get("cache-control"), etag: response.headers.get("etag") };
}
const listEvents = async (message: Record<string, unknown>) => {
  const answer = await ask("ListEvents", { parent: `series/${quakes}`, ...message });
  return { ...fromJsonString(ListEventsResponseSchema, answer.text), cache: answer.cache };
};
const listObservations = async (message: Record<string, unknown>) => {
  const answer = await ask("ListObservations", { parent: `series/${eth}`, ...message });
  return { ...fromJsonString(ListObservationsResponseSchema, answer.text), cache: answer.cache };
};

/** Writes a revision of an event, as a run of the ingest does. */
async function detect(id: string, revision: number, detectMs: number): Promise<void> {
  const event = create(EventSchema, {
    series: quakes,
    id,
    revision,
    status: Event_Status.CONFIRMED,
    detectTime: timestampFromMs(detectMs),
  });
  const body = Buffer.from(toBinary(EventSchema, event));
  await database.open(async (sql) => {
    await sql(
      `INSERT INTO event (series, id, ids, revision, body, occur_ms, detect_ms)
       VALUES ($1, $2, $3, $4, $5, 0, $6) ON CONFLICT (series, id)
       DO UPDATE SET revision = $4, body = $5, detect_ms = $6`,
      [quakes, id, [id], revision, body, detectMs],
    );
    await sql("INSERT INTO event_revision VALUES ($1, $2, $3, $4, $5)", [
      quakes,
      id,
      revision,
      body,
      detectMs,
    ]);
  });
}

/** Writes rounds of a series, one each second. */
async function observe(from: number, to: number): Promise<void> {
  await database.open(async (sql) => {
    await sql("INSERT INTO series (name, descriptor) VALUES ($1, '') ON CONFLICT DO NOTHING", [
      eth,
    ]);
    await sql("INSERT INTO source_set (names) VALUES ('{x}') ON CONFLICT DO NOTHING");
    await sql(
      `INSERT INTO observation (series, qualities, round, observe_ms, fetch_ms, publish_ms,
         expire_ms, revision, source_set, value, evidence_hash)
       SELECT s.id, 0, i, 1000 * i, 1000 * i, 1000 * i, 1000 * i, 1, ss.id, i::text, '\\x00'
       FROM series s, source_set ss, generate_series($2::bigint, $3::bigint) AS i
       WHERE s.name = $1 AND ss.names = '{x}'`,
      [eth, from, to],
    );
  });
}

/** Has a round published, as a publisher does. */
async function publishRound(): Promise<void> {
  const { acme, state, door } = service;
  const observations = [
    { name: "series/custom.acme.a@v1", value: "1", observeTime: timestampFromMs(state.nowMs) },
  ];
  const init = { requestId: "a-request-of-acme", observations };
  const body = encoded(PublishObservationsRequestSchema, init);
  const wire = await signedFor(acme, state.nowMs, "PublishObservations", body);
  const { reason } = await send(door, wire, PublishObservationsResponseSchema);
  expect(reason).toBeUndefined();
}

describe("observations", () => {
  test("page without gap or repeat while new ones come", async () => {
    await observe(1, 10);
    const rounds: number[] = [];
    let pageToken = "";
    let next = 11;
    do {
      const page = await listObservations({ pageSize: 3, pageToken });
      rounds.push(...page.observations.map(({ round }) => Number(round)));
      pageToken = page.nextPageToken;
      await observe(next, next + 1);
      next += 2;
    } while (pageToken !== "");
    expect(rounds).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
  });

  test("are of a range by publish time, its start in and its end not", async () => {
    await observe(1, 10);
    const range = { startTime: timestampJson(3000), endTime: timestampJson(6000) };
    const page = await listObservations(range);
    expect(page.observations.map(({ round }) => Number(round))).toEqual([5, 4, 3]);
    expect(page.nextPageToken).toBe("");
    const first = await listObservations({ ...range, pageSize: 3 });
    expect(first.nextPageToken).toBe("");
    // Between two milliseconds lies nothing.
    const fine = { startTime: "1970-01-01T00:00:02.9995Z", endTime: "1970-01-01T00:00:03.0005Z" };
    const [only] = (await listObservations(fine)).observations;
    expect(only?.publishTime && timestampMs(only.publishTime)).toBe(3000);
    expect((await listObservations({ startTime: timestampJson(99_000) })).observations).toEqual([]);
  });

  test("of a range that is over may be kept; of one that is not, until the next round", async () => {
    await observe(1, 10);
    await publishRound();
    const long = "public, max-age=3600, must-revalidate";
    const round = "public, max-age=60, must-revalidate";
    const until = (endMs: number) => listObservations({ endTime: timestampJson(endMs) });
    const { nowMs } = service.state;
    expect((await until(6000)).cache).toBe(long);
    expect((await until(nowMs - 120_000)).cache).toBe(long);
    // What was being written when the range ended may still come.
    expect((await until(nowMs - 119_000)).cache).toBe(round);
    expect((await listObservations({})).cache).toBe(round);
    // However long ago the latest was published, its fetch time still moves.
    service.state.nowMs += 600_000;
    const [latest] = (await listObservations({})).observations;
    expect(latest?.publishTime && timestampMs(latest.publishTime)).toBe(nowMs);
    expect((await until(nowMs + 1)).cache).toBe("public, max-age=0, must-revalidate");
    expect((await until(nowMs)).cache).toBe(long);
  });
});

describe("events", () => {
  test("page as they were when the first page was made, whatever is revised meanwhile", async () => {
    for (let i = 1; i <= 6; i++) await detect(`e${i}`, 1, 1000 * i);
    const first = await listEvents({ pageSize: 2 });
    // Two that are yet to be shown move to the top, and a new one comes.
    await detect("e1", 2, 9000);
    await detect("e4", 2, 9000);
    await detect("e4", 3, 9500);
    await detect("e7", 1, 9000);
    const second = await listEvents({ pageSize: 2, pageToken: first.nextPageToken });
    const third = await listEvents({ pageSize: 2, pageToken: second.nextPageToken });
    const shown = [first, second, third].flatMap(({ events }) =>
      events.map(({ id, revision }) => `${id}.${revision}`),
    );
    expect(shown).toEqual(["e6.1", "e5.1", "e4.1", "e3.1", "e2.1", "e1.1"]);
    expect(third.nextPageToken).toBe("");
    const { events } = await listEvents({});
    const anew = events.map(({ id, revision }) => `${id}.${revision}`);
    expect(anew).toEqual(["e4.3", "e1.2", "e7.1", "e6.1", "e5.1", "e3.1", "e2.1"]);
  });

  test("are of a range by detect time, and of one moment in the order of their ids", async () => {
    for (const id of ["c", "a", "b", "d"]) await detect(id, 1, 5000);
    await detect("z", 1, 6000);
    const range = { startTime: timestampJson(5000), endTime: timestampJson(6000), pageSize: 3 };
    const first = await listEvents(range);
    const second = await listEvents({ ...range, pageToken: first.nextPageToken });
    const ids = [first, second].map(({ events }) => events.map(({ id }) => id).join(""));
    expect(ids).toEqual(["abc", "d"]);
  });

  test("are never closed: a revision takes one out of its range", async () => {
    await detect("a", 1, 5000);
    const range = { endTime: timestampJson(6000) };
    expect((await listEvents(range)).cache).toBe("public, max-age=0, must-revalidate");
    await detect("a", 2, 7000);
    expect((await listEvents(range)).events).toEqual([]);
  });
});

test("a token is good for its own list, whole", async () => {
  await observe(1, 10);
  const { nextPageToken: pageToken } = await listObservations({ pageSize: 2 });
  const other = { parent: "series/market.price.btc.usd@v1", pageToken };
  await expect(listObservations(other)).rejects.toThrow("PAGE_TOKEN_INVALID");
  await expect(listEvents({ pageToken })).rejects.toThrow("PAGE_TOKEN_INVALID");
  const forge = (text: string) => Buffer.from(text).toString("base64url");
  for (const text of [
    `observations/${eth}\n1`,
    `observations/${eth}\n1\nx`,
    `events/${quakes}\n1\n2`,
  ]) {
    const list = text.startsWith("events") ? listEvents : listObservations;
    await expect(list({ pageToken: forge(text) })).rejects.toThrow("PAGE_TOKEN_INVALID");
  }
});
