/** What a vault asks for, when, and what it keeps. */
import { create, fromBinary } from "@bufbuild/protobuf";
import { beforeEach, describe, expect, test } from "vitest";
import { BatchGetObservationsRequestSchema } from "#gen/signal/v1/pull_messages";
import { type Series, Series_Kind, SeriesSchema, Unit } from "#gen/signal/v1/series";
import { Verdict } from "#gen/trigger/v1/trigger";
import { dial } from "#protocol/dial";
import { FakeSignals, makeFeedKey } from "../../test/support/fake-signals.ts";
import {
  ethUsd,
  giftTrigger,
  requestId,
  under,
  watchingVault,
} from "../../test/support/watching-vault.ts";
import { readTrigger } from "../trigger/store.ts";
import { createSignalClient, type KeptRound } from "./client.ts";
import { readRound } from "./round-store.ts";

const startMs = 1_800_000_000_000;
const idOf = (i: number) => `test.s${String(i).padStart(3, "0")}@v1`;
const many: readonly Series[] = Array.from({ length: 250 }, (_, i) =>
  create(SeriesSchema, {
    id: idOf(i),
    kind: Series_Kind.GAUGE,
    unit: Unit.COUNT,
    heartbeat: { seconds: i === 0 ? 60n : 600n },
    maxTransportAge: { seconds: 3600n },
    maxContentAge: { seconds: 3600n },
  }),
);

let nowMs: number;
let signals: FakeSignals;
let asked: { readonly names: readonly string[]; readonly knownRound: bigint }[];
/** Runs before a request is answered. */
let before: () => Promise<unknown>;

const fetch = async (request: Request) => {
  const body = new Uint8Array(await request.clone().arrayBuffer());
  asked.push(fromBinary(BatchGetObservationsRequestSchema, body));
  await before();
  return signals.fetch(request);
};
const clientOf = (kept?: () => KeptRound | undefined) =>
  createSignalClient({
    transport: dial(fetch, "http://signals"),
    feedKeyId: signals.feedKeyId,
    now: () => nowMs,
    ...(kept === undefined ? {} : { kept }),
  });
const set = (...places: number[]) => new Set(places.map(idOf));
const observeAll = () => {
  for (const [i, { id }] of many.entries()) signals.observe(id, String(i));
};
const namesIn = (request: { readonly names: readonly string[] } | undefined) =>
  request?.names.map((name) => name.slice("series/".length));

beforeEach(async () => {
  nowMs = startMs;
  asked = [];
  before = async () => {};
  const series = new Map(many.map((one) => [one.id, one] as const));
  signals = new FakeSignals(await makeFeedKey(), () => nowMs, 60_000, series);
  observeAll();
  await signals.publish();
});

describe("a vault asks", () => {
  test("for what it wants, in one order, and has just that", async () => {
    const pulled = await clientOf().current(set(7, 3));
    expect(asked.map(namesIn)).toEqual([[idOf(3), idOf(7)]]);
    expect([...(pulled.world?.observations.keys() ?? [])]).toEqual([idOf(3), idOf(7)]);
    expect(pulled.world).toMatchObject({ round: 1n, receiveMs: nowMs });
  });

  test("a series of ten minutes every ten minutes, however often the feed publishes", async () => {
    const client = clientOf();
    const times: number[] = [];
    for (let minute = 0; minute <= 40; minute += 1) {
      if (minute % 10 === 0) signals.reread(idOf(5));
      await signals.publish();
      const before = asked.length;
      await client.current(set(5));
      if (asked.length > before) times.push(minute);
      nowMs += 60_000;
    }
    expect(times).toEqual([0, 10, 20, 30, 40]);
  });

  test("with every round while a series is overdue", async () => {
    const client = clientOf();
    await client.current(set(5));
    nowMs += 600_000;
    for (let minute = 0; minute < 3; minute += 1) {
      await signals.publish();
      expect(await client.current(set(5))).toMatchObject({ kind: "ok" });
      nowMs += 60_000;
    }
    expect(asked).toHaveLength(4);
  });

  test("anew when it wants more, and not when it wants less", async () => {
    const client = clientOf();
    await client.current(set(5, 6));
    await client.current(set(5));
    expect(asked).toHaveLength(1);
    const grown = await client.current(set(5, 6, 7));
    expect(grown.world?.observations.has(idOf(7))).toBe(true);
    expect(asked.map(({ knownRound }) => knownRound)).toEqual([0n, 0n]);
  });

  test("with the round that it has only when it has all of it", async () => {
    const client = clientOf();
    await client.current(set(5));
    nowMs += 600_000;
    await client.current(set(5));
    await client.current(set(5, 6));
    expect(asked.map(({ knownRound }) => knownRound)).toEqual([0n, 1n, 0n]);
  });

  test("not again for what is not published: it is unknown", async () => {
    const client = clientOf();
    const wanted = new Set([idOf(5), "no.such@v1"]);
    const pulled = await client.current(wanted);
    expect([pulled.kind, pulled.world?.series.has("no.such@v1")]).toEqual(["ok", false]);
    nowMs += 1000;
    await client.current(wanted);
    expect(asked).toHaveLength(1);
  });

  test("not at all for one call, while what is held is the latest", async () => {
    const client = clientOf();
    await client.current(set(5, 6));
    expect((await client.look(set(6))).world?.series.has(idOf(6))).toBe(true);
    expect(asked).toHaveLength(1);
  });

  test("for one call, without keeping it", async () => {
    const client = clientOf();
    await client.current(set(5));
    const looked = await client.look(set(6));
    expect([...(looked.world?.series.keys() ?? [])]).toEqual([idOf(6)]);
    expect((await client.current(set(5))).world?.series.has(idOf(5))).toBe(true);
    expect(asked).toHaveLength(2);
  });
});

describe("more than a hundred series", () => {
  const all = new Set(many.map(({ id }) => id));

  test("are several requests of one round", async () => {
    const pulled = await clientOf().current(all);
    expect(asked.map(({ names }) => names.length)).toEqual([100, 100, 50]);
    expect(pulled.world?.observations.size).toBe(250);
  });

  test("are asked for again when the round moves in between", async () => {
    let moves = 1;
    before = async () => {
      if (asked.length === 2 && moves-- > 0) await signals.publish();
    };
    const pulled = await clientOf().current(all);
    expect(pulled).toMatchObject({ kind: "ok", world: { round: 2n } });
    expect(asked).toHaveLength(5);
  });

  test("are given up for now when it always moves", async () => {
    before = () => signals.publish();
    const pulled = await clientOf().current(all);
    expect(pulled).toEqual({ kind: "retry", reason: "round_moved", world: undefined });
  });
});

describe("after an eviction", () => {
  const condition = (untilMs: number) => ({
    test: {
      case: "all" as const,
      value: {
        conditions: [
          under("2600"),
          {
            test: {
              case: "schedule" as const,
              value: {
                schedule: {
                  case: "once" as const,
                  value: { time: { seconds: BigInt(untilMs / 1000) } },
                },
              },
            },
          },
        ],
      },
    },
  });

  async function evicted(change: (world: Awaited<ReturnType<typeof watchingVault>>) => void) {
    const world = await watchingVault();
    const { vault, client } = world;
    world.signals.observe(ethUsd, "2500");
    await world.signals.publish();
    const atMs = vault.nowMs + 120_000;
    const { trigger } = await client.triggers.createTrigger({
      parent: vault.name,
      requestId: requestId(),
      trigger: giftTrigger(condition(atMs)),
    });
    const triggerId = trigger?.name.split("/").at(-1) ?? "";
    await vault.runtime.alarm();
    expect(readRound(vault.db)?.round).toBe(2n);
    change(world);
    vault.crash();
    world.signals.reachable = false;
    const firings = () => vault.db.all("SELECT firing_id FROM firing").length;
    const look = async (afterMs: number) => {
      vault.nowMs = atMs - 120_000 + afterMs;
      await vault.runtime.alarm();
      return [firings(), readTrigger(vault.db, triggerId)?.standing.verdict];
    };
    return { ...world, look };
  }

  test("a vault goes on with the last round that it believed, while the feed is away", async () => {
    const { look } = await evicted(() => {});
    expect(await look(60_000)).toEqual([0, Verdict.FALSE]);
    expect((await look(120_000))[0]).toBe(1);
  });

  test("until its readings are too old: then it holds", async () => {
    const { look, vault, signals } = await evicted(() => {});
    await look(60_000);
    vault.crash();
    // Ether was 2500 long ago: nobody knows what it is now.
    expect((await look(301_000))[0]).toBe(0);
    signals.reachable = true;
    await signals.publish();
    vault.crash();
    expect((await look(302_000))[0]).toBe(0);
  });

  test.for<readonly [string, string]>([
    ["of which the content was altered", "UPDATE feed_round SET body = CAST('x' AS BLOB)"],
    ["that is of another round than was noted", "UPDATE feed_round SET round = 3"],
    ["that was too large to be kept", "UPDATE feed_round SET body = NULL"],
  ])("a round %s is not gone on with", async ([, sql]) => {
    const { look } = await evicted(({ vault }) => vault.db.run(sql));
    expect((await look(120_000))[0]).toBe(0);
  });

  test("what is kept was signed by the feed's key of now, or is nothing", async () => {
    const kept = { round: 1n, body: new Uint8Array([1, 2, 3]), receiveMs: startMs };
    signals.reachable = false;
    expect(await clientOf(() => kept).current(set(5))).toEqual({
      kind: "retry",
      reason: "unreachable",
      world: undefined,
    });
  });
});
