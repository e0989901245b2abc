/** The checks that tests of a series share. Pure. */
import { type Duration, durationMs } from "@bufbuild/protobuf/wkt";
import { Series_Kind, Unit } from "#gen/signal/v1/series";
import type { Comparator } from "#gen/trigger/v1/signal_condition";
import { enumName } from "#protocol/enum-name";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { ok, type Result } from "#protocol/result";
import { parseDecimal } from "../decimal.ts";
import { type CheckContext, invalid } from "../leaf-kind.ts";
import { boundsOf } from "./bounds.ts";
import { reachOf, relationOf } from "./comparator.ts";

/** Checks that a series is known, has values and is in the unit that the test names. */
export function checkValueSeries(
  test: { readonly series: string; readonly unit: Unit },
  context: CheckContext,
): Result<void, Failure> {
  const known = context.series.get(test.series);
  if (known === undefined) return unknownSeries(test.series, context.path);
  if (known.kind === Series_Kind.EVENT) {
    return invalid(`${context.path}.series`, "an event series has no value");
  }
  if (known.unit === test.unit) return ok(undefined);
  const expected = enumName(Unit, known.unit);
  return refuse("UNIT_MISMATCH", `${context.path}.unit: ${test.series} is in ${expected}`, {
    series: test.series,
    expected,
    field: `${context.path}.unit`,
  });
}

/** Checks that a value of the series may, but need not, be in relation to the constant. */
export function checkThreshold(
  test: {
    readonly series: string;
    readonly unit: Unit;
    readonly comparator: Comparator;
    readonly value: string;
  },
  context: CheckContext,
): Result<void, Failure> {
  const checked = checkValueSeries(test, context);
  if (!checked.ok) return checked;
  const relation = relationOf(test.comparator);
  if (relation === undefined) return invalid(`${context.path}.comparator`, "must be set");
  const constant = parseDecimal(test.value);
  if (constant === undefined) return notDecimal(`${context.path}.value`);
  const bounds = boundsOf(context.series.get(test.series));
  const reach = reachOf(relation, constant, bounds);
  if (reach === "sometimes") return checked;
  return invalid(`${context.path}.value`, `${reach} true: ${bounds.words}`);
}

/** Checks that a window spans several observations of the series. */
export function checkWindow(
  test: { readonly series: string; readonly window?: Duration | undefined },
  context: CheckContext,
): Result<void, Failure> {
  const { heartbeat } = context.series.get(test.series) ?? {};
  if (test.window === undefined) return invalid(`${context.path}.window`, "must be set");
  if (heartbeat === undefined) return ok(undefined);
  const leastMs = 2 * durationMs(heartbeat);
  if (durationMs(test.window) >= leastMs) return ok(undefined);
  const why = `at least twice the heartbeat of ${test.series}: ${leastMs / 1000} s`;
  return invalid(`${context.path}.window`, why);
}

/** Checks that a series is known and has events. */
export function checkEventSeries(id: string, context: CheckContext): Result<void, Failure> {
  const known = context.series.get(id);
  if (known === undefined) return unknownSeries(id, context.path);
  if (known.kind === Series_Kind.EVENT) return ok(undefined);
  return invalid(`${context.path}.series`, "not an event series");
}

/** The refusal of a constant that can't be read. */
export function notDecimal(field: string) {
  return invalid(field, "a base-10 decimal with at most 18 places");
}

function unknownSeries(series: string, path: string) {
  const detail = `${path}.series: there is no series ${series}`;
  return refuse("SERIES_UNKNOWN", detail, { series, field: `${path}.series` });
}
