import { create, toBinary } from "@bufbuild/protobuf";
import { beforeEach, expect, test } from "vitest";
import { BatchGetObservationsResponseSchema } from "#gen/signal/v1/pull_messages";
import { nodeDatabase } from "../../test/support/node-database.ts";
import { migrate } from "../storage/migrate.ts";
import { maxKeptBytes, noteRound, readRound } from "./round-store.ts";

let db: ReturnType<typeof nodeDatabase>;
beforeEach(() => {
  db = nodeDatabase();
  migrate(db);
});

/** A round whose one entry has so many bytes. */
const roundOf = (round: bigint, size = 3) => ({
  round,
  receiveMs: Number(round) * 100,
  signed: create(BatchGetObservationsResponseSchema, { entries: [new Uint8Array(size).fill(7)] }),
});
const number = () => readRound(db)?.round;

test("a round is noted when something else is written, else rarely, and never goes back", () => {
  expect(readRound(db)).toBeUndefined();
  expect(noteRound(db, roundOf(5n), false, 1000)).toBe(true);
  expect(number()).toBe(5n);
  const { written } = db.rows;
  expect(noteRound(db, roundOf(6n), false, 2000)).toBe(false);
  expect(db.rows.written).toBe(written);
  noteRound(db, roundOf(7n), true, 3000);
  expect(number()).toBe(7n);
  expect(noteRound(db, roundOf(4n), true, 4000)).toBe(false);
  expect(number()).toBe(7n);
  noteRound(db, roundOf(8n), false, 603_000);
  expect(number()).toBe(8n);
});

test("what the round said is kept with it, in the same row", () => {
  noteRound(db, roundOf(5n), true, 1000);
  const { written } = db.rows;
  noteRound(db, roundOf(6n), true, 2000);
  expect(db.rows.written - written).toBe(1);
  const body = toBinary(BatchGetObservationsResponseSchema, roundOf(6n).signed);
  expect(readRound(db)).toEqual({ round: 6n, body: new Uint8Array(body), receiveMs: 600 });
});

test("the same round with more series is kept when something else is written", () => {
  noteRound(db, roundOf(5n), true, 1000);
  expect(noteRound(db, roundOf(5n, 4), false, 700_000)).toBe(false);
  expect(noteRound(db, roundOf(5n, 4), true, 700_001)).toBe(true);
  expect(readRound(db)?.body).toHaveLength(6);
});

test("of what is too large only the number is kept, and nothing older instead", () => {
  noteRound(db, roundOf(5n), true, 1000);
  noteRound(db, roundOf(6n, maxKeptBytes), true, 2000);
  expect(readRound(db)).toMatchObject({ round: 6n, body: undefined });
  const { signed, ...unsigned } = roundOf(7n);
  expect(signed).toBeDefined();
  noteRound(db, unsigned, true, 3000);
  expect(readRound(db)).toMatchObject({ round: 7n, body: undefined });
});
