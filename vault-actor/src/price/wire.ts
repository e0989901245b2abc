/** Translates the contract's rule about prices. */
import { durationMs } from "@bufbuild/protobuf/wkt";
import type { OracleRule } from "#gen/vault/v1/policy_rule";
import { defaultPriceRule, type PriceRule } from "./price.ts";

/** Reads the rule of a policy. What it leaves out is as by default. */
export function priceRuleOf(message: OracleRule | undefined): PriceRule {
  if (message === undefined) return defaultPriceRule;
  const { minSources, maxAge, maxDeviationBps } = message;
  return {
    minSources: minSources || defaultPriceRule.minSources,
    maxAgeMs: maxAge === undefined ? undefined : durationMs(maxAge),
    maxDeviationBps: maxDeviationBps || defaultPriceRule.maxDeviationBps,
  };
}
