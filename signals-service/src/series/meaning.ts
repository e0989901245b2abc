/** Whether a series still means what it meant. Pure. */
import { equals } from "@bufbuild/protobuf";
import { type Series, Series_LicenceClass, SeriesSchema } from "#gen/signal/v1/series";
import type { Registry } from "./registry.ts";

/** What the series of a deployment are against those that the database knows. */
export type Meaning = {
  /** The series that mean what they meant, and new ones. */
  readonly sound: Registry;
  /** Those whose descriptor is new or changed. */
  readonly changed: readonly Series[];
  /** Those that mean something else than before: a new meaning needs a new version. */
  readonly refused: readonly string[];
};

/** Compares a registry with what is known. `undefined`: known by name only. */
export function compareMeaning(
  registry: Registry,
  known: ReadonlyMap<string, Series | undefined>,
): Meaning {
  const all = [...registry.values()];
  const isSound = (series: Series) => {
    const before = known.get(series.id);
    return before === undefined || hasSameMeaning(series, before);
  };
  const sound = all.filter(isSound);
  return {
    sound: new Map(sound.map((series) => [series.id, series] as const)),
    changed: sound.filter((series) => {
      const before = known.get(series.id);
      return before === undefined || !equals(SeriesSchema, series, before);
    }),
    refused: all.filter((series) => !isSound(series)).map(({ id }) => id),
  };
}

/** The series that everybody may see. */
export function publicSeries(registry: Registry): Registry {
  return new Map(
    [...registry].filter(([, one]) => one.licenceClass !== Series_LicenceClass.INTERNAL),
  );
}

function hasSameMeaning(a: Series, b: Series): boolean {
  return a.unit === b.unit && a.kind === b.kind && a.decimals === b.decimals;
}
