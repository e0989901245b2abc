/** Sources whose upstreams are played, and what became of asking them. */
import { ok } from "#protocol/result";
import { type AskDeps, askDue } from "../../src/fetch/ask-due.ts";
import type { Outcome } from "../../src/fetch/outcome.ts";
import type { Configured } from "../../src/source/source.ts";
import { keepPayloads } from "../../src/store/payload-store.ts";
import { inTransaction } from "../../src/store/postgres.ts";
import type { TestDatabase } from "./database.ts";

/** A time in the middle of a minute and of a day. */
export const startMs = Date.UTC(2026, 10, 25, 12, 0, 30);

/** A source of one series that asks `https://ID.example/PATH` for each of its paths, in order. */
export function played(
  id: string,
  options: {
    readonly account?: string;
    readonly periodMs?: number;
    readonly perMinute?: number;
    readonly perDay?: number;
    readonly paths?: readonly string[];
  } = {},
): Configured {
  const { account = id, periodMs = 60_000, perMinute = 100, perDay = 10_000 } = options;
  return {
    on: true,
    quota: { account, perMinute, perDay },
    source: {
      id,
      account,
      periodMs,
      series: [`${id}@v1`],
      async read(ask) {
        let value = 0;
        for (const path of options.paths ?? [""]) {
          const answer = await ask({ url: `https://${id}.example/${path}` });
          if (!answer.ok) return answer;
          value = Number((answer.value.json as { value: number }).value);
        }
        const reading = { series: `${id}@v1`, value: String(value), observeMs: startMs };
        return ok({ readings: [{ ...reading, qualities: [] }], events: [] });
      },
    },
  };
}

/** The upstreams of one test, and its clock. */
export function playUpstreams(database: TestDatabase, catalog: readonly Configured[], pace = 1) {
  const state = {
    nowMs: startMs,
    /** The hosts that were asked, in order. */
    asked: [] as string[],
    /** What an upstream says, by the id of its source. A value when it isn't here. */
    says: new Map<string, () => Response | Promise<Response>>(),
  };
  const deps: AskDeps = {
    catalog,
    pace,
    now: () => state.nowMs,
    async fetch(url) {
      const id = new URL(url).hostname.replace(".example", "");
      state.asked.push(id);
      return state.says.get(id)?.() ?? Response.json({ value: 1 });
    },
  };
  return {
    state,
    /** Asks what is due. */
    ask: () => askDue(deps, database.open),
    /** Publishes what was said, as far as asking is concerned. */
    keep: (outcomes: readonly Outcome[]) =>
      database.open((sql) => inTransaction(sql, () => keepPayloads(sql, outcomes, state.nowMs))),
    /** The ids that were asked since the last look, sorted. */
    takeAsked: () => state.asked.splice(0).sort(),
  };
}
