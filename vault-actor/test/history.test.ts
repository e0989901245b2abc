/** The past of series in an object's own SQLite: what it costs, and that an eviction loses nothing. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { createHistory } from "../src/signal/history-store.ts";
import { historyKey } from "../src/signal/sample.ts";
import { durableDatabase } from "../src/storage/durable.ts";
import { claimedVault } from "./support/claimed-vault.ts";
import { observed, series } from "./support/signal-trace.ts";

const startMs = 1_800_000_000_000;
const window = { kind: "history", series, windowMs: 3_600_000 } as const;
const rounds = { kind: "rounds", series, count: 3 } as const;

test("a new observation is a row a ring, the same again is none, and all are there after an eviction", async () => {
  const vault = await claimedVault();
  const written = await runInDurableObject(vault.stub, (_object, state) => {
    const history = createHistory(durableDatabase(state.storage));
    const rows = () => state.storage.sql.exec("SELECT total_changes() AS n").one().n as number;
    return [1, 2, 2, 3].map((round) => {
      const before = rows();
      const said = { value: `${round}.000000000000000001`, atMs: startMs + round * 60_000, round };
      history.note(new Map([[series, observed(said)]]), [window, rounds], startMs + 300_000);
      return rows() - before;
    });
  });
  expect(written).toEqual([2, 2, 0, 2]);
  await evictDurableObject(vault.stub);
  await runInDurableObject(vault.stub, (_object, state) => {
    const history = createHistory(durableDatabase(state.storage));
    const expected = [1, 2, 3].map((round) => ({
      observeMs: startMs + round * 60_000,
      value: `${round}.000000000000000001`,
      round: BigInt(round),
    }));
    expect(history.histories([window]).get(historyKey(series, window.windowMs))).toEqual(expected);
    expect(history.rounds([rounds]).get(series)).toEqual(expected);
  });
});
