/** Defines a series. Pure. A series never changes its unit or meaning: that is a new version in its id. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type Series, Series_Aggregation, SeriesSchema } from "#gen/signal/v1/series";

/** A minute, in seconds. */
export const minute = 60n;

/** An hour, in seconds. */
export const hour = 3600n;

/** A day, in seconds. */
export const day = 86_400n;

/** Completes a series: one source, its name from its id. */
export function define(init: MessageInitShape<typeof SeriesSchema>): Series {
  const defaults = { minSources: 1, aggregation: Series_Aggregation.SINGLE };
  return create(SeriesSchema, { ...defaults, ...init, name: `series/${init.id}` });
}
