/** Sources and series name each other: else what a source says is not heard. */
import { expect, test } from "vitest";
import { rankOf } from "../aggregate/rank.ts";
import { createCatalog } from "../source/catalog/catalog.ts";
import type { SourceSettings } from "../source/settings.ts";
import { createRegistry } from "./registry.ts";

const condition = "ab".repeat(32);
const upstream = { url: "https://upstream.example", key: "key" };
const registry = createRegistry({ pace: 1, conditions: [condition], custom: [] });
const address = `0x${"1".repeat(40)}`;
const feeds = Object.fromEntries(
  [...registry.values()]
    .filter(({ sources }) => sources.includes("chainlink"))
    .map(({ id }) => [id, address]),
);
const settings: SourceSettings = {
  coingecko: upstream,
  coinpaprika: upstream,
  pyth: upstream,
  chainlink: { url: upstream.url, feeds },
  usgs: upstream,
  gdacs: upstream,
  polymarket: { gammaUrl: upstream.url, clobUrl: upstream.url, conditions: [condition] },
  fred: upstream,
  radar: upstream,
  worldMonitor: upstream,
};

const sources = createCatalog(settings).map((one) =>
  one.on ? { id: one.source.id, series: one.source.series } : one,
);

test("every series that a source feeds is published, and names the source", () => {
  const unheard = sources.flatMap(({ id, series }) =>
    series
      .filter((one) => {
        const known = registry.get(one);
        const isRead = known !== undefined && known.derivation === undefined;
        return !isRead || rankOf(id, known) === undefined;
      })
      .map((one) => `${id}: ${one}`),
  );
  expect(unheard).toEqual([]);
});

test("every series that is read has a source for each name", () => {
  const unfed = [...registry.values()].flatMap((series) =>
    series.derivation !== undefined || series.id.startsWith("svc.")
      ? []
      : series.sources
          .filter((name) => {
            const fits = (id: string) => id === name || id.startsWith(`${name}.`);
            return !sources.some((one) => fits(one.id) && one.series.includes(series.id));
          })
          .map((name) => `${series.id}: ${name}`),
  );
  expect(unfed).toEqual([]);
});

test("every derived series follows from one that there is, in the end from one that is read", () => {
  for (const series of registry.values()) {
    const seen = new Set<string>();
    for (let one = series; one.derivation !== undefined; ) {
      expect(seen).not.toContain(one.id);
      seen.add(one.id);
      one = registry.get(one.derivation.series) ?? expect.unreachable(one.derivation.series);
    }
  }
});
