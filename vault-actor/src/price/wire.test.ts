import { create } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { OracleRuleSchema } from "#gen/vault/v1/policy_rule";
import { defaultPriceRule } from "./price.ts";
import { priceRuleOf } from "./wire.ts";

test("what a rule leaves out is as by default", () => {
  expect(priceRuleOf(undefined)).toEqual(defaultPriceRule);
  expect(priceRuleOf(create(OracleRuleSchema))).toEqual(defaultPriceRule);
  const rule = { minSources: 1, maxAge: durationFromMs(90_000), maxDeviationBps: 50 };
  const expected = { minSources: 1, maxAgeMs: 90_000, maxDeviationBps: 50 };
  expect(priceRuleOf(create(OracleRuleSchema, rule))).toEqual(expected);
});
