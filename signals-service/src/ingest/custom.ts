/** Publishes what an enrolled publisher says, judged like everything else. */
import type { Observation } from "#gen/signal/v1/observation";
import type { Failure } from "#protocol/failure";
import type { Result } from "#protocol/result";
import type { FeedKey } from "../env.ts";
import type { Registry } from "../series/registry.ts";
import type { Sql } from "../store/postgres.ts";

/** One observation of a publisher, whose right to the series was checked. */
export type CustomReading = {
  readonly series: string;
  /** A base-10 decimal. `undefined`: there is none. */
  readonly value: string | undefined;
  readonly observeMs: number;
  /** 0 to 10,000; 0: the publisher doesn't say. */
  readonly confidenceBps: number;
  readonly low?: string;
  readonly high?: string;
};

/** What publishing needs. */
export type CustomDeps = {
  readonly registry: Registry;
  readonly feedKey: FeedKey;
  readonly periodMs: number;
  readonly nowMs: number;
  /** The SHA-256 of the request's body, 32 bytes: what the observations rest on. */
  readonly evidence: Uint8Array;
};

/**
 * Writes a round of each series and publishes them at once, inside the caller's transaction; it
 * waits for a run of the ingest to end. Of each series one reading at most.
 *
 * @returns The observations as they are published, in the order of `readings`. Fails with
 *   `NOT_FOUND` (no custom series of that id), and with `FIELD_INVALID` for more decimals than
 *   the series has and for a time that is more than five minutes ahead or not later than the
 *   series' latest. Then nothing was written.
 */
export type PublishCustom = (
  sql: Sql,
  readings: readonly CustomReading[],
  deps: CustomDeps,
) => Promise<Result<readonly Observation[], Failure>>;
