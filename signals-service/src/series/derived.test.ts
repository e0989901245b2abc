/** What the series of hazards and outages follow from. */
import { durationMs } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { Derivation_Function } from "#gen/signal/v1/derivation";
import { Series_Kind } from "#gen/signal/v1/series";
import { infraSeries } from "./infra.ts";
import { naturalSeries } from "./natural.ts";
import { createRegistry } from "./registry.ts";
import { zones } from "./zones.ts";

const condition = "9f".repeat(32);
const registry = createRegistry({ pace: 1, conditions: [condition, condition], custom: [] });

test.for([...naturalSeries, ...infraSeries].map((series) => [series.id, series] as const))(
  "%s",
  ([, series]) => {
    const { derivation } = series;
    const base = registry.get(derivation?.series ?? "");
    if (derivation === undefined) {
      expect(series.kind).toBe(Series_Kind.EVENT);
      return;
    }
    expect(base?.kind).toBe(Series_Kind.EVENT);
    expect(series.sources).toEqual(base?.sources);
    expect(series.trustTier).toBe(base?.trustTier);
    const isActive = derivation.function === Derivation_Function.ACTIVE;
    expect(derivation.window === undefined).toBe(isActive);
    const isCount = derivation.function === Derivation_Function.COUNT;
    expect(series.zeroIsValid).toBe(isCount || isActive);
    if (!isCount) expect(series.unit).toBe(base?.unit);
  },
);

test("zones have series of their own", () => {
  for (const { id, radiusKm } of zones) {
    expect([id.endsWith("300"), radiusKm]).toEqual([true, 300]);
    const series = registry.get(`natural.quake.max_mag.24h.${id}@v1`);
    expect(series?.derivation?.zone?.id).toBe(id);
    expect(durationMs(series?.derivation?.window ?? expect.unreachable())).toBe(86_400_000);
  }
});

test("a country's state names each of its values", () => {
  expect(registry.get("infra.outage.country.ir@v1")).toMatchObject({
    kind: Series_Kind.STATE,
    states: ["none", "partial", "major", "total"],
    derivation: { country: "IR" },
  });
});

test("a market that is named twice has one series", () => {
  expect(registry.get(`prediction.prob.polymarket.${condition}@v1`)?.decimals).toBe(6);
});
