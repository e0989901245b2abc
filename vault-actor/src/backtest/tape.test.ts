import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { describe, expect, test } from "vitest";
import { ObservationSchema } from "#gen/signal/v1/observation";
import { startMs } from "../../test/support/conditions.ts";
import { registry } from "../../test/support/registry.ts";
import { ethUsd } from "../../test/support/watching-vault.ts";
import type { SignalHistory } from "../signal/history-client.ts";
import type { Happening } from "./happening.ts";
import { openTape, type Tape } from "./tape.ts";

const day = 86_400_000;
const ether = [...registry.values()].filter(({ id }) => id === ethUsd);

/** A round every so often, from the beginning of time on. */
function historyOf(everyMs: number, untilMs = Number.POSITIVE_INFINITY) {
  const asked: number[] = [];
  const at = (n: number) =>
    create(ObservationSchema, {
      series: ethUsd,
      round: BigInt(n),
      publishTime: timestampFromMs(n * everyMs),
    });
  const history: SignalHistory = {
    async observations(_, { startMs: fromMs, endMs }, max) {
      asked.push(endMs - fromMs);
      const [first, last] = [
        Math.ceil(fromMs / everyMs),
        Math.ceil(Math.min(endMs, untilMs) / everyMs),
      ];
      if (last - first > max) return "too_many";
      return Array.from({ length: Math.max(0, last - first) }, (_, i) => at(first + i));
    },
    async lastObservations(_, beforeMs) {
      return [at(Math.ceil(beforeMs / everyMs) - 1)];
    },
    events: async () => [],
  };
  return { history, asked };
}

async function playAll(tape: Tape, endMs: number) {
  const all: Happening[] = [];
  for (;;) {
    const piece = await tape.next();
    if (piece.kind !== "piece") return { all, end: piece.kind };
    all.push(...piece.happenings);
    if (piece.untilMs >= endMs) return { all, end: "end" };
  }
}

describe("a tape", () => {
  test.each([
    ["a round a second", 1000, 6 * 3_600_000],
    ["a round a minute", 60_000, 7 * day],
    ["a round a day", day, 366 * day],
  ])("has all of it in order: %s", async (_, everyMs, lengthMs) => {
    const { history, asked } = historyOf(everyMs);
    const endMs = startMs + lengthMs;
    const tape = openTape(history, ether, { startMs, endMs }, 100_000);
    const { all, end } = await playAll(tape, endMs);
    expect(end).toBe("end");
    const times = all.map(({ atMs }) => atMs);
    expect(times).toHaveLength(Math.ceil(endMs / everyMs) - Math.ceil(startMs / everyMs));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(new Set(times).size).toBe(times.length);
    // Neither a question a round, nor all at once.
    expect(asked.length).toBeLessThan(60);
  });

  test("ends where more was read than may be", async () => {
    const { history } = historyOf(1000);
    const endMs = startMs + 30 * day;
    const tape = openTape(history, ether, { startMs, endMs }, 20_000);
    const { all, end } = await playAll(tape, endMs);
    expect(end).toBe("full");
    expect(all.length).toBeLessThanOrEqual(20_000);
    expect(all.length).toBeGreaterThan(15_000);
  });

  test("ends where too much happened at once", async () => {
    const tape = openTape(
      historyOf(0.1).history,
      ether,
      { startMs, endMs: startMs + day },
      100_000,
    );
    expect((await playAll(tape, startMs + day)).end).toBe("full");
  });

  test("begins with what was known before", async () => {
    const tape = openTape(historyOf(1000).history, ether, { startMs, endMs: startMs + 1 }, 100);
    expect(await tape.before()).toMatchObject({
      kind: "piece",
      happenings: [{ kind: "observation", atMs: startMs - 1000 }],
    });
  });

  test("says when the service does not answer", async () => {
    const silent: SignalHistory = {
      observations: async () => "unreachable",
      lastObservations: async () => "unreachable",
      events: async () => "unreachable",
    };
    const tape = openTape(silent, ether, { startMs, endMs: startMs + day }, 100);
    expect([(await tape.before()).kind, (await tape.next()).kind]).toEqual([
      "unreachable",
      "unreachable",
    ]);
  });
});
