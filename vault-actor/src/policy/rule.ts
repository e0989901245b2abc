/** The rules that are neither of calls nor of amounts. Pure data. */

/** A span of time on some days of the week. Minutes are after midnight. */
export type HourSpan = {
  /** ISO 8601: 1 is Monday. */
  readonly days: readonly number[];
  /** Included. */
  readonly startMinute: number;
  /** Not included; after the start. */
  readonly endMinute: number;
};

/** When operations may start: in any of the spans, by the clock of an IANA zone. */
export type Hours = { readonly timeZone: string; readonly spans: readonly HourSpan[] };

/** How good a price must be. */
export type OracleRule = {
  readonly minSources: number;
  /** `undefined`: that of the source's own configuration. */
  readonly maxAgeMs: number | undefined;
  /** The highest above the lowest, in basis points of the lowest. */
  readonly maxDeviationBps: number;
};

/** A spender (CAIP-10) that may be given exact allowances of a token (CAIP-19). */
export type AllowanceRule = {
  readonly asset: string;
  readonly spender: string;
  readonly max: bigint;
};

/** When the owners are asked. */
export type ApprovalRule = {
  /** One operation that spends more than this of an asset waits. */
  readonly over: readonly { readonly asset: string; readonly amount: bigint }[];
  readonly newRecipient: boolean;
  /** Whether what exceeds a limit waits, rather than be refused. */
  readonly overLimit: boolean;
  readonly waitMs: number;
  readonly maxWorseningBps: number;
};

/** What an oracle rule says when it is absent. */
export const defaultOracle: OracleRule = {
  minSources: 2,
  maxAgeMs: undefined,
  maxDeviationBps: 300,
};

/** How long an approval waits when the rule does not say: 24 hours. */
export const defaultWaitMs = 86_400_000;

/** How much worse the result may be when the rule does not say, in basis points. */
export const defaultWorseningBps = 100;
