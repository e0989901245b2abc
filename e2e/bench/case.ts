/** What is measured, and what comes out. */
import type { Shot } from "./load.ts";

/** One thing that is measured, next to the least that the platform costs for its kind. */
export type Case = {
  readonly name: string;
  readonly floor: string;
  /** How many at once when throughput is measured. */
  readonly atOnce: number;
  readonly shots: (count: number) => Promise<readonly Shot[]>;
  /** How many are measured in a round, when each takes long. Absent: as many as of any other. */
  readonly perRound?: number;
};

/** The figures of one case. Times are of whole requests. */
export type Row = {
  readonly name: string;
  readonly floor: string;
  readonly rps: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p50Ratio: number;
};
