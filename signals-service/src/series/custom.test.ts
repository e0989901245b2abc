/** What a deployment may say of publishers, and how it is told what it may not. */
import { describe, expect, test } from "vitest";
import { Series_Kind, Series_TrustTier, Unit } from "#gen/signal/v1/series";
import { readPublishers } from "./custom.ts";

const keyId = `ed25519:${"A".repeat(43)}`;
const series = {
  id: "custom.acme.water.level@v1",
  description: "The level of the reservoir.",
  kind: "KIND_GAUGE",
  unit: "UNIT_PERCENT",
  decimals: 2,
  min: "0",
  max: "100",
  maxStep: "10",
  heartbeat: "60s",
  maxTransportAge: "300s",
  maxContentAge: "900s",
  trustTier: "TRUST_TIER_CURATED",
  methodologyVersion: "acme/level/v1",
  licenceClass: "LICENCE_CLASS_DERIVED",
  zeroIsValid: true,
};
const publisher = { keyId, namespace: "acme", series: [series] };
const read = (...publishers: unknown[]) => readPublishers(JSON.stringify(publishers));
const withSeries = (changes: Record<string, unknown>) =>
  read({ ...publisher, series: [{ ...series, ...changes }] });

test("a publisher's series is complete, and its publisher's", () => {
  const [acme] = read(publisher);
  expect(acme).toMatchObject({ keyId, namespace: "acme" });
  expect(acme?.series[0]).toMatchObject({
    name: "series/custom.acme.water.level@v1",
    unit: Unit.PERCENT,
    trustTier: Series_TrustTier.CURATED,
    minSources: 1,
    sources: ["publisher"],
    publisherKeyId: keyId,
  });
});

test("a state has names, and its unit", () => {
  const [acme] = withSeries({
    kind: "KIND_STATE",
    unit: "UNIT_STATE",
    states: ["open", "shut"],
    decimals: 0,
  });
  expect(acme?.series[0]?.kind).toBe(Series_Kind.STATE);
});

test.each([undefined, "", "  ", "[]"])("%j: no publishers", (text) => {
  expect(readPublishers(text)).toEqual([]);
});

test.each<readonly [string, string, string]>([
  ["no JSON", "{", "PUBLISHERS: not JSON"],
  ["no array", "{}", "PUBLISHERS: not a JSON array"],
  ["a text", '["x"]', "PUBLISHERS[0]: not an object"],
  ["nothing", "[null]", "PUBLISHERS[0]: not an object"],
])("%s", (_, text, message) => expect(() => readPublishers(text)).toThrow(message));

describe("a publisher", () => {
  test.each<readonly [string, unknown, string]>([
    ["of no key", { ...publisher, keyId: "0x1" }, "[0].keyId: not a key id"],
    ["with a field too many", { ...publisher, keyID: "x" }, "[0].keyID: no such field"],
    ["of no namespace", { ...publisher, namespace: "" }, "[0].namespace: not 1 to 32"],
    ["of two namespaces", { ...publisher, namespace: "a.b" }, "[0].namespace: not 1 to 32"],
    ["without series", { ...publisher, series: [] }, "[0].series: not an array of 1"],
    ["of one series twice", { ...publisher, series: [series, series] }, "[0].series[1].id: twice"],
  ])("%s", (_, json, message) => expect(() => read(json)).toThrow(message));

  test("in another's namespace", () => {
    const other = { ...publisher, keyId: `ed25519:${"B".repeat(42)}A` };
    expect(() => read(publisher, other)).toThrow("[1].namespace: another publisher has it");
  });
});

describe("a series", () => {
  test.each<readonly [string, Record<string, unknown>, string]>([
    ["of ours", { id: "market.price.eth.usd@v1" }, "id: not custom.acme"],
    ["of another namespace", { id: "custom.other.x@v1" }, "id: not custom.acme"],
    ["of a namespace that begins the same", { id: "custom.acme2.x@v1" }, "id: not custom.acme"],
    ["without a version", { id: "custom.acme.x" }, "id: not custom.acme"],
    ["named otherwise", { name: "series/custom.acme.y@v1" }, "name: not that of its id"],
    ["that is not described", { description: "" }, "description: not 1 to 200"],
    ["of events", { kind: "KIND_EVENT" }, "kind: not a gauge"],
    ["of no unit", { unit: undefined }, "unit: missing"],
    ["of a state's unit", { unit: "UNIT_STATE" }, "unit: does not fit"],
    ["too fine", { decimals: 19 }, "decimals: more than 18"],
    ["with a bound that is no number", { min: "low" }, "min: not a decimal"],
    ["upside down", { min: "2", max: "1" }, "max: below min"],
    ["that never moves", { maxStep: "0" }, "maxStep: not a positive"],
    ["of no heartbeat", { heartbeat: undefined }, "heartbeat: not 1 seconds"],
    ["too old to be of use", { maxTransportAge: "59s" }, "maxTransportAge: not 60 seconds"],
    ["of no content age", { maxContentAge: "0s" }, "maxContentAge: not 1 seconds"],
    ["of two sources", { minSources: 2 }, "minSources: a publisher is one source"],
    ["of a median", { aggregation: "AGGREGATION_MEDIAN" }, "aggregation: a publisher"],
    ["that may move funds", { trustTier: "TRUST_TIER_TRADED" }, "trustTier: not curated"],
    ["that is official", { trustTier: "TRUST_TIER_OFFICIAL" }, "trustTier: not curated"],
    ["of no tier", { trustTier: undefined }, "trustTier: not curated"],
    ["of no method", { methodologyVersion: "" }, "methodologyVersion: not 1"],
    ["of no licence", { licenceClass: undefined }, "licenceClass: missing"],
    ["of others' sources", { sources: ["coingecko"] }, "sources: the publisher"],
    ["with names of states", { states: ["open"] }, "states: do not fit"],
    ["that is derived", { derivation: {} }, "derivation: a publisher"],
    ["of another key", { publisherKeyId: keyId }, "publisherKeyId: settled by keyId"],
    ["of an unknown unit", { unit: "UNIT_FURLONG" }, "[0].series[0]: "],
    ["with a field that there is not", { colour: "red" }, "[0].series[0]: "],
  ])("%s", (_, changes, message) => expect(() => withSeries(changes)).toThrow(message));
});
