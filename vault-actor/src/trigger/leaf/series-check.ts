/** The checks that tests of a series share. Pure. */
import { Series_Kind, Unit } from "#gen/signal/v1/series";
import { enumName } from "#protocol/enum-name";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { ok, type Result } from "#protocol/result";
import { type CheckContext, invalid } from "../leaf-kind.ts";

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

/** Checks that a series is known and has events. */
export function checkEventSeries(id: string, context: CheckContext): Result<void, Failure> {
  const known = context.series.get(id);
  if (known === undefined) return unknownSeries(id, context.path);
  if (known.kind === Series_Kind.EVENT) return ok(undefined);
  return invalid(`${context.path}.series`, "not an event series");
}

function unknownSeries(series: string, path: string) {
  const detail = `${path}.series: there is no series ${series}`;
  return refuse("SERIES_UNKNOWN", detail, { series, field: `${path}.series` });
}
