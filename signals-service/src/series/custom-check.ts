/** What a publisher's series must be like. Pure: every field that counts is looked at. */
import { durationMs } from "@bufbuild/protobuf/wkt";
import {
  Series_Kind as Kind,
  type Series,
  Series_Aggregation,
  Series_LicenceClass,
  Series_TrustTier as Tier,
  Unit,
} from "#gen/signal/v1/series";
import { readDecimal } from "../normalise/decimal.ts";

/** What is wrong, and with which field. */
export type Problem = { readonly field: string; readonly what: string };

/** What nobody but the publisher vouches for may not move funds. */
const tiers: readonly Tier[] = [Tier.CURATED, Tier.CROWD, Tier.EDITORIAL];

const dayMs = 86_400_000;

type Check = (series: Series, namespace: string) => string | undefined;

const onlyIf = (fits: boolean, what: string) => (fits ? undefined : what);
const ageProblem = (age: Series["heartbeat"], leastMs: number) => {
  const ms = age === undefined ? 0 : durationMs(age);
  return onlyIf(ms >= leastMs && ms <= 31 * dayMs, `not ${leastMs / 1000} seconds to 31 days`);
};
const decimalProblem = (text: string) =>
  onlyIf(text === "" || readDecimal(text) !== undefined, "not a decimal");

/** One check for every field of the contract. */
const checks: Readonly<Record<Exclude<keyof Series, "$typeName" | "$unknown">, Check>> = {
  id: ({ id }, namespace) =>
    onlyIf(
      id.length <= 100 &&
        id.startsWith(`custom.${namespace}.`) &&
        /^custom(\.[a-z0-9_]+){2,7}@v[1-9][0-9]{0,4}$/.test(id),
      `not custom.${namespace}.… and a version`,
    ),
  name: ({ name, id }) => onlyIf(name === "" || name === `series/${id}`, "not that of its id"),
  description: ({ description }) =>
    onlyIf(description.length > 0 && description.length <= 200, "not 1 to 200 characters"),
  kind: ({ kind }) => onlyIf(kind === Kind.GAUGE || kind === Kind.STATE, "not a gauge or a state"),
  unit: ({ unit, kind }) =>
    unit === Unit.UNSPECIFIED
      ? "missing"
      : onlyIf((unit === Unit.STATE) === (kind === Kind.STATE), "does not fit the kind"),
  decimals: ({ decimals }) => onlyIf(decimals <= 18, "more than 18"),
  min: ({ min }) => decimalProblem(min),
  max: ({ min, max }) => {
    const [low, high] = [readDecimal(min), readDecimal(max)];
    const isBelow = low !== undefined && high !== undefined && high < low;
    return isBelow ? "below min" : decimalProblem(max);
  },
  maxStep: ({ maxStep }) => {
    const step = maxStep === "" ? 1n : readDecimal(maxStep);
    return onlyIf(step !== undefined && step > 0n, "not a positive decimal");
  },
  heartbeat: ({ heartbeat }) => ageProblem(heartbeat, 1000),
  maxTransportAge: ({ maxTransportAge, heartbeat }) =>
    ageProblem(maxTransportAge, heartbeat === undefined ? 0 : durationMs(heartbeat)),
  maxContentAge: ({ maxContentAge }) => ageProblem(maxContentAge, 1000),
  minSources: ({ minSources }) => onlyIf(minSources <= 1, "a publisher is one source"),
  aggregation: ({ aggregation }) =>
    onlyIf(aggregation <= Series_Aggregation.SINGLE, "a publisher is one source"),
  trustTier: ({ trustTier }) =>
    onlyIf(tiers.includes(trustTier), "not curated, crowd or editorial: it may not move funds"),
  methodologyVersion: ({ methodologyVersion: version }) =>
    onlyIf(version.length > 0 && version.length <= 100, "not 1 to 100 characters"),
  licenceClass: ({ licenceClass }) =>
    onlyIf(licenceClass !== Series_LicenceClass.UNSPECIFIED, "missing"),
  zeroIsValid: () => undefined,
  sources: ({ sources }) => onlyIf(sources.length === 0, "the publisher is its source"),
  maxSpread: ({ maxSpread }) => onlyIf(maxSpread === "", "a publisher is one source"),
  states: ({ states, kind }) => {
    const fits = states.length <= 100 && states.every((one) => one.length > 0 && one.length <= 64);
    if (!fits) return "not at most 100 names of 1 to 64 characters";
    return onlyIf(states.length > 0 === (kind === Kind.STATE), "do not fit the kind");
  },
  derivation: ({ derivation }) => onlyIf(derivation === undefined, "a publisher derives itself"),
  publisherKeyId: ({ publisherKeyId }) => onlyIf(publisherKeyId === "", "settled by keyId"),
};

/** The first thing that is wrong with a publisher's series. */
export function customProblem(series: Series, namespace: string): Problem | undefined {
  for (const [field, check] of Object.entries(checks)) {
    const what = check(series, namespace);
    if (what !== undefined) return { field, what };
  }
  return undefined;
}
