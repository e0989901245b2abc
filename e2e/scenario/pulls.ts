/** Pulls as vaults make them, many at a time, and what they cost the database. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { create, toBinary } from "@bufbuild/protobuf";
import { BatchGetObservationsRequestSchema } from "#gen/signal/v1/pull_messages";
import { SignalService } from "#gen/signal/v1/signal_service";
import { pathOf } from "#protocol/access";
import { withPostgres } from "../../signals-service/src/store/postgres.ts";
import { fire, type Shot } from "../bench/load.ts";
import type { Stack } from "../stack/stack.ts";

/** What many pulls took. */
export type PullCost = {
  readonly pulls: number;
  readonly seconds: number;
  /** The longest that one took, in milliseconds. */
  readonly maxMs: number;
  /** How many rounds were published meanwhile. */
  readonly rounds: number;
  /** How often a round was read from the database. */
  readonly reads: number;
};

/** What a vault with a few triggers needs. */
const pulledNames = [
  "series/market.price.eth.usd@v1",
  "series/market.price.btc.usd@v1",
  "series/natural.quake@v1",
  "series/geo.cii.ua@v8",
] as const;

/** A pull of somebody who has no round yet. */
function pullShot(stack: Stack): Shot {
  const message = create(BatchGetObservationsRequestSchema, { names: [...pulledNames] });
  return {
    url: `${stack.baseUrl}${pathOf(SignalService.method.batchGetObservations)}`,
    headers: { "content-type": "application/proto" },
    body: toBinary(BatchGetObservationsRequestSchema, message),
  };
}

/** Makes pulls, spread over a time, and counts by the database's own log what it was asked. */
export async function costOfPulls(
  stack: Stack,
  options: { readonly pulls: number; readonly atOnce: number; readonly overMs: number },
): Promise<PullCost> {
  const { pulls, atOnce, overMs } = options;
  await fire(pullShot(stack));
  const before = await roundOf(stack);
  const log = await openLog(stack);
  const startMs = performance.now();
  let left = pulls;
  let maxMs = 0;
  const lane = async () => {
    while (left > 0) {
      const done = (pulls - left--) / pulls;
      const earlyMs = startMs + done * overMs - performance.now();
      if (earlyMs > 0) await sleep(earlyMs);
      maxMs = Math.max(maxMs, await fire(pullShot(stack)));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  const seconds = (performance.now() - startMs) / 1000;
  const rounds = Number((await roundOf(stack)) - before);
  return { pulls, seconds, maxMs, rounds, reads: await log.reads() };
}

/** Has the database write down every statement. Needs the stack's own PostgreSQL. */
async function openLog(stack: Stack) {
  const file = join(stack.instance.folder, "logs", "postgres.log");
  const set = (value: string) =>
    withPostgres(stack.databaseUrl, async (sql) => {
      await sql(`ALTER SYSTEM SET log_statement = '${value}'`);
      await sql("SELECT pg_reload_conf()");
    });
  await set("all");
  await sleep(300);
  const from = readFileSync(file).length;
  return {
    async reads(): Promise<number> {
      await sleep(300);
      const text = readFileSync(file).subarray(from).toString();
      await set("none");
      return text.match(/: SELECT \* FROM snapshot$/gm)?.length ?? 0;
    },
  };
}

async function roundOf(stack: Stack): Promise<bigint> {
  const rows = await withPostgres(stack.databaseUrl, (sql) =>
    sql<{ round: string }>("SELECT round FROM snapshot"),
  );
  return BigInt(rows[0]?.round ?? 0);
}
