/**
 * What World Monitor's endpoints share: one key, one quota, and how old an answer is.
 *
 * Without a key all are off, also the few that are open to anybody: how old their answers are
 * stands in the health of the seeds, which needs the key.
 */
import { err, type Result } from "#protocol/result";
import type { Upstream } from "../settings.ts";
import {
  type AskFailure,
  type Configured,
  type Quota,
  type SourceReadings,
  unexpected,
} from "../source.ts";
import { type SeedAge, seedAgeOf, seedHealthPath } from "./seed-health.ts";

const account = "world-monitor";

/** The smallest plan allows 60 a minute and 1000 a day; a 304 or a failure counts too. */
const quota: Quota = { account, perMinute: 50, perDay: 900 };

/** One endpoint. */
export type Endpoint = {
  /** What follows `world-monitor.` in the source's id. */
  readonly name: string;
  /** The path and query. */
  readonly path: string;
  readonly periodMs: number;
  readonly series: readonly string[];
} & (
  | {
      /** Reads an answer that says itself how old it is. */
      readonly read: (answer: unknown, nowMs: number) => Result<SourceReadings, AskFailure>;
    }
  | {
      /** The seeds behind the answer. They are asked first. */
      readonly seeds: readonly string[];
      /** Reads an answer that doesn't. `age` is absent when one of its seeds can't say. */
      readonly readAged: (
        answer: unknown,
        age: SeedAge | undefined,
        nowMs: number,
      ) => Result<SourceReadings, AskFailure>;
    }
);

/** Creates the source of an endpoint. */
export function createEndpoint(upstream: Upstream | undefined, endpoint: Endpoint): Configured {
  const { name, path, periodMs, series } = endpoint;
  const id = `${account}.${name}`;
  if (upstream === undefined) return { on: false, id, series, why: "WORLD_MONITOR_URL is not set" };
  if (upstream.key === undefined) {
    return { on: false, id, series, why: "WORLD_MONITOR_KEY is not set" };
  }
  const headers = { "x-worldmonitor-key": upstream.key };
  const request = (path: string) => ({ url: `${upstream.url}${path}`, headers });
  return {
    on: true,
    quota,
    source: {
      id,
      account,
      periodMs,
      series,
      async read(ask, nowMs) {
        if ("read" in endpoint) {
          const answer = await ask(request(path));
          return answer.ok ? endpoint.read(answer.value.json, nowMs) : answer;
        }
        // It says 503 as soon as one of its hundreds of seeds is missing, and lists all the others.
        const health = await ask({ ...request(seedHealthPath), takesUnavailable: true });
        if (!health.ok) return health;
        const age = seedAgeOf(health.value.json, endpoint.seeds);
        if (!age.ok) return err(unexpected(age.error));
        const answer = await ask(request(path));
        return answer.ok ? endpoint.readAged(answer.value.json, age.value, nowMs) : answer;
      },
    },
  };
}
