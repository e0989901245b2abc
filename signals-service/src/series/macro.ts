/** The series of official rates and indices. Pure data. */
import {
  type Series,
  Series_Kind,
  Series_LicenceClass,
  Series_TrustTier,
  Unit,
} from "#gen/signal/v1/series";
import { day, define, hour } from "./define.ts";

/** The series by FRED's id. */
export const rates = {
  BAMLH0A0HYM2: "macro.fred.bamlh0a0hym2@v1",
  DGS10: "macro.fred.dgs10@v1",
  SOFR: "macro.fred.sofr@v1",
  T10Y2Y: "macro.fred.t10y2y@v1",
  VIXCLS: "macro.fred.vixcls@v1",
} as const;

type Rate = {
  readonly id: string;
  readonly description: string;
  readonly min: string;
  readonly max: string;
  readonly maxStep: string;
  readonly unit?: Unit;
  readonly licenceClass?: Series_LicenceClass;
};

const rate = ({ unit = Unit.RATE_PERCENT, ...rest }: Rate) =>
  define({
    kind: Series_Kind.GAUGE,
    unit,
    decimals: 2,
    heartbeat: { seconds: day },
    maxTransportAge: { seconds: 6n * hour },
    // A print is of its reference date and comes a business day later: four days, and a weekend.
    maxContentAge: { seconds: 6n * day },
    trustTier: Series_TrustTier.OFFICIAL,
    methodologyVersion: "fred/observations/v1",
    licenceClass: Series_LicenceClass.PUBLIC,
    zeroIsValid: true,
    sources: ["fred"],
    ...rest,
  });

/** All of them. */
export const macroSeries: readonly Series[] = [
  rate({
    id: rates.BAMLH0A0HYM2,
    description: "The spread of US high-yield bonds over treasuries (ICE BofA, option-adjusted).",
    min: "0",
    max: "40",
    maxStep: "3",
    // ICE forbids passing it on without its consent.
    licenceClass: Series_LicenceClass.INTERNAL,
  }),
  rate({
    id: rates.DGS10,
    description: "The yield of US treasuries of ten years' constant maturity.",
    min: "-2",
    max: "25",
    maxStep: "1",
  }),
  rate({
    id: rates.SOFR,
    description: "The secured overnight financing rate.",
    min: "-2",
    max: "25",
    maxStep: "3",
    licenceClass: Series_LicenceClass.STRUCTURED,
  }),
  rate({
    id: rates.T10Y2Y,
    description: "The yield of ten-year US treasuries less that of two-year ones.",
    min: "-6",
    max: "6",
    maxStep: "1",
  }),
  rate({
    id: rates.VIXCLS,
    description: "The volatility index of the S&P 500 (VIX) at the close, annualised.",
    unit: Unit.PERCENT,
    min: "5",
    max: "200",
    maxStep: "40",
    licenceClass: Series_LicenceClass.STRUCTURED,
  }),
];
