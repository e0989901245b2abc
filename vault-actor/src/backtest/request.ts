/** Checks what a backtest is asked to play. Pure. */
import { type Timestamp, timestampMs } from "@bufbuild/protobuf/wkt";
import type { Inputs } from "#gen/trigger/v1/firing";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { ok, type Result } from "#protocol/result";
import type { Range } from "../signal/history-client.ts";
import { parseDecimal } from "../trigger/decimal.ts";

/** The longest range of a backtest. */
export const maxRangeMs = 366 * 86_400_000;

/** What is asked for, as far as it is checked here. */
type Request = {
  readonly startTime?: Timestamp | undefined;
  readonly endTime?: Timestamp | undefined;
  readonly chainValues: readonly Inputs["chainValues"][number][];
  readonly chainLogs: readonly Inputs["chainLogs"][number][];
};

/** Reads the range: in whole milliseconds, not empty, at most 366 days, and past. */
export function checkRange(request: Request, nowMs: number): Result<Range, Failure> {
  const { startTime, endTime } = request;
  if (startTime === undefined || endTime === undefined) throw new Error("validated");
  const startMs = Math.ceil(timestampMs(startTime));
  const endMs = Math.ceil(timestampMs(endTime));
  if (startMs >= endMs) return refused("start_time", "must be before end_time");
  if (endMs - startMs > maxRangeMs)
    return refused("start_time", "at most 366 days before end_time");
  if (endMs > nowMs) return refused("end_time", "must not be in the future");
  return ok({ startMs, endMs });
}

const hash = /^0x[0-9a-f]{64}$/;
const bytes = /^0x([0-9a-f]{2})*$/;

/** Checks recordings: what is malformed would be unknown in silence. */
export function checkRecordings({ chainValues, chainLogs }: Request): Result<void, Failure> {
  for (const [i, value] of chainValues.entries()) {
    const path = `chain_values[${i}]`;
    if (value.time === undefined) return refused(`${path}.time`, "required");
    if (value.value !== "" && parseDecimal(value.value) === undefined && !isWhole(value.value)) {
      return refused(`${path}.value`, "a base-10 number, or empty when it could not be read");
    }
  }
  for (const [i, page] of chainLogs.entries()) {
    for (const [j, log] of page.logs.entries()) {
      const path = `chain_logs[${i}].logs[${j}]`;
      if (log.time === undefined) return refused(`${path}.time`, "required");
      if (!hash.test(log.transactionHash)) {
        return refused(`${path}.transaction_hash`, "0x and 64 hexadecimal digits in lowercase");
      }
      const { topics } = log;
      if (topics.length < 1 || topics.length > 4 || !topics.every((topic) => hash.test(topic))) {
        return refused(`${path}.topics`, "1 to 4, each 0x and 64 hexadecimal digits in lowercase");
      }
      if (!bytes.test(log.data)) {
        return refused(`${path}.data`, "0x and hexadecimal digits in lowercase, two a byte");
      }
    }
  }
  return ok(undefined);
}

function isWhole(text: string): boolean {
  return /^-?(0|[1-9][0-9]{0,77})$/.test(text);
}

function refused(field: string, rule: string) {
  return refuse("FIELD_INVALID", `${field}: ${rule}`, { field, rule });
}
