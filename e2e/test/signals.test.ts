/** Signals, from the feeds through a real PostgreSQL to everybody. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSignalClient } from "#client/signal-client";
import { Quality } from "#gen/signal/v1/observation";
import { reasonOf } from "#protocol/errors";
import { verifySnapshot } from "#protocol/snapshot";
import { type Stack, startStack } from "../stack/stack.ts";

let stack: Stack;
let client: ReturnType<typeof createSignalClient>;
beforeAll(async () => {
  stack = await startStack({ name: "signals", persistent: false, progress: () => {} });
  client = createSignalClient(stack.baseUrl);
});
afterAll(() => stack?.stop());

const eth = "series/market.price.eth.usd@v1";
const reason = (call: Promise<unknown>) => call.then(() => "ok", reasonOf);

async function snapshot() {
  const { signedSnapshot } = await client.getSnapshot({});
  if (signedSnapshot === undefined) throw new Error("no snapshot");
  const verified = await verifySnapshot(signedSnapshot, stack.secrets.feedKeyId);
  if (!verified.ok) throw new Error(verified.error);
  return verified.value;
}

/** The first snapshot that `wanted` likes. */
async function snapshotWith(wanted: (s: Awaited<ReturnType<typeof snapshot>>) => boolean) {
  for (let i = 0; i < 100; i++) {
    const current = await snapshot();
    if (wanted(current)) return current;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error("no such snapshot within 10 s");
}

describe("the snapshot", () => {
  test("is the feed's, and grows", async () => {
    const first = await snapshot();
    expect(first.series.length).toBeGreaterThan(15);
    const next = await snapshotWith((s) => s.round > first.round);
    expect(next.publishTime).not.toEqual(first.publishTime);
  });

  test("is not sent again to who has it", async () => {
    const { round } = await snapshot();
    const answers = await Promise.all(
      [0n, round, round + 1n].map((knownRound) => client.getSnapshot({ knownRound })),
    );
    expect(answers[0]?.signedSnapshot).toBeDefined();
    // A new round may have come meanwhile: one of the two is the latest.
    expect(answers.slice(1).some((answer) => answer.signedSnapshot === undefined)).toBe(true);
  });

  test("shows a country that the source does not rate as missing, never as zero", async () => {
    const current = await snapshot();
    const observation = current.observations.find((o) => o.series === "geo.cii.ve@v8");
    expect(observation?.value).toBeUndefined();
    expect(observation?.qualities).toContain(Quality.UNAVAILABLE);
  });

  test("flags a price that jumped too far, and trusts it when it stays", async () => {
    stack.world.state.ethUsd = 5000;
    const priceIn = (s: Awaited<ReturnType<typeof snapshot>>) =>
      s.observations.find((o) => o.series === "market.price.eth.usd@v1");
    const jumped = await snapshotWith((s) => priceIn(s)?.value === "5000");
    expect(priceIn(jumped)?.qualities).toContain(Quality.STEP_LIMITED);
    await snapshotWith((s) => priceIn(s)?.value === "5000" && priceIn(s)?.qualities.length === 0);
  });

  test("carries an earthquake, and its largest magnitude", async () => {
    const quake = {
      id: "us1",
      magnitude: 7.1,
      latitude: 37.49,
      longitude: 141.63,
      timeMs: Date.now() - 1000,
    };
    stack.world.state.quakes = [quake];
    const quakesIn = (s: Awaited<ReturnType<typeof snapshot>>) =>
      s.events.filter((event) => event.series === "natural.quake@v1");
    const current = await snapshotWith((s) => quakesIn(s).length > 0);
    expect(quakesIn(current)).toMatchObject([{ id: "usgs:us1", magnitude: "7.1", revision: 1 }]);
    stack.world.state.quakes = [{ ...quake, magnitude: 6.9 }];
    const revised = await snapshotWith((s) => quakesIn(s)[0]?.revision === 2);
    expect(quakesIn(revised)).toHaveLength(1);
    const { events } = await client.listEvents({ parent: "series/natural.quake@v1" });
    expect(events.map((event) => event.magnitude)).toEqual(["6.9"]);
  });
});

describe("the lists", () => {
  test("page through all series without a gap", async () => {
    const ids: string[] = [];
    let pageToken = "";
    do {
      const page = await client.listSeries({ pageSize: 4, pageToken });
      ids.push(...page.series.map((series) => series.id));
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
    expect(ids).toEqual((await snapshot()).series.map((series) => series.id));
  });

  test("P12: what may not be passed on is not there, in whichever way it is asked for", async () => {
    const internal = "series/macro.fred.bamlh0a0hym2@v1";
    expect((await snapshot()).series.map(({ name }) => name)).not.toContain(internal);
    expect(await reason(client.getSeries({ name: internal }))).toBe("NOT_FOUND");
    expect(await reason(client.listObservations({ parent: internal }))).toBe("NOT_FOUND");
    expect((await client.batchGetObservations({ names: [internal] })).entries).toEqual([]);
  });

  test("page through observations, the newest first", async () => {
    await snapshotWith(
      (s) => (s.observations.find((o) => o.series === "market.price.eth.usd@v1")?.round ?? 0n) > 3n,
    );
    const first = await client.listObservations({ parent: eth, pageSize: 2 });
    const second = await client.listObservations({
      parent: eth,
      pageSize: 2,
      pageToken: first.nextPageToken,
    });
    const rounds = [...first.observations, ...second.observations].map((o) => o.round);
    expect(rounds).toEqual([...rounds].sort((a, b) => Number(b - a)));
    expect(new Set(rounds).size).toBe(4);
  });

  test("refuse what is not theirs", async () => {
    const { nextPageToken } = await client.listSeries({ pageSize: 1 });
    expect(await reason(client.getSeries({ name: "series/no.such@v1" }))).toBe("NOT_FOUND");
    expect(await reason(client.getSeries({ name: "nope" }))).toBe("FIELD_INVALID");
    expect(await reason(client.listSeries({ pageSize: 201 }))).toBe("FIELD_INVALID");
    expect(await reason(client.listObservations({ parent: eth, pageToken: nextPageToken }))).toBe(
      "PAGE_TOKEN_INVALID",
    );
    expect(
      await reason(client.listEvents({ parent: "series/natural.quake@v1", pageToken: "!" })),
    ).toBe("PAGE_TOKEN_INVALID");
  });
});

test("a feed that falls silent leaves its last value to age; the others go on", async () => {
  const before = await snapshot();
  await stack.world.close();
  const after = await snapshotWith((s) => s.round > before.round + 1n);
  const fetched = (s: typeof after) =>
    s.observations.find((o) => o.series === "market.price.eth.usd@v1")?.fetchTime;
  expect(fetched(after)?.seconds).toBeLessThanOrEqual((fetched(before)?.seconds ?? 0n) + 1n);
});
