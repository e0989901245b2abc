import { expect, test } from "vitest";
import { fromBase64Url } from "../../proof/base64.ts";
import { eventHash, genesisHash, type SignedEvent } from "../event.ts";
import { followStream } from "../follower.ts";
import { buildStreamVectors, type EventVector } from "./build.ts";
import published from "./streams.json" with { type: "json" };

const bytes = (text: string) => fromBase64Url(text) ?? expect.unreachable(text);

const toEvent = (event: EventVector): SignedEvent => ({
  ...event,
  previousHash: bytes(event.previousHash),
  signature: bytes(event.signature),
});

test("the published file is what the generator makes", async () => {
  expect(published).toEqual(await buildStreamVectors());
});

test("the hashes follow from the events", () => {
  const [whole] = published.streams;
  const hashes = whole?.events.map((event) => {
    const signed = toEvent(event as EventVector);
    return eventHash(signed.previousHash, signed);
  });
  expect(hashes).toEqual(published.hashes.map(bytes));
  expect(genesisHash(bytes(published.requestSignature))).toEqual(bytes(published.genesisHash));
});

test.each(published.streams)("a stream $name", async ({ events, believed, end }) => {
  const follower = followStream({
    requestSignature: bytes(published.requestSignature),
    keyId: published.identityKeyId,
    sentMs: 1_800_000_000_000,
    maxSilenceMs: 1_000_000,
  });
  const taken: unknown[] = [];
  let outcome: string | undefined;
  for (const vector of events) {
    const event = toEvent(vector as EventVector);
    const result = await follower.take(event, event.timeMs);
    if (!result.ok) outcome ??= result.error;
    else taken.push(event);
  }
  expect(taken).toHaveLength(believed);
  expect(outcome ?? (follower.isClosed() ? "closed" : "stream_truncated")).toBe(end);
});
