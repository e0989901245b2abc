/** What the local stack's world says of World Monitor, read as the real one is. */
import { expect, test } from "vitest";
import { Quality } from "#gen/signal/v1/observation";
import { Series_Kind } from "#gen/signal/v1/series";
import { initialState, type WorldState } from "../../../../e2e/stack/feeds/state.ts";
import { worldMonitorFeeds } from "../../../../e2e/stack/feeds/world-monitor.ts";
import { outcomeOf, type Upstream } from "../../../test/support/adapter.ts";
import { editorialSeries } from "../../series/editorial.ts";
import { geoSeries } from "../../series/geo.ts";
import { militarySeries } from "../../series/military.ts";
import { supplySeries } from "../../series/supply.ts";
import { worldMonitorSources } from "../catalog/world-monitor.ts";
import type { SourceSettings } from "../settings.ts";

const nowMs = 1_785_000_200_000;
const worldMonitor = { url: "http://world/world-monitor", key: "local" };

/** Asks all sources of a world. */
async function readAll(state: WorldState) {
  const says: Upstream = (url) => {
    const { pathname, search } = new URL(url);
    const path = `${pathname.replace("/world-monitor", "")}${search}`;
    return worldMonitorFeeds["world-monitor"]?.({ path, state, nowMs });
  };
  const configured = worldMonitorSources({ worldMonitor } as SourceSettings);
  return Promise.all(configured.map((one) => outcomeOf(one, says, nowMs)));
}

test("P6: in the local world each series has a value, but the country that it lost", async () => {
  const outcomes = await readAll(initialState());
  expect(outcomes.filter(({ kind }) => kind === "failed")).toEqual([]);
  const read = outcomes.flatMap((one) => (one.kind === "ok" ? [one.readings] : []));
  const readings = read.flatMap((one) => one.readings);
  const events = read.flatMap((one) => one.events);
  const silent = [...geoSeries, ...militarySeries, ...supplySeries, ...editorialSeries]
    .filter(({ derivation }) => derivation === undefined)
    .filter(({ id, kind }) =>
      kind === Series_Kind.EVENT
        ? !events.some((event) => event.series === id)
        : readings.find((one) => one.series === id)?.value === undefined,
    );
  expect(silent.map(({ id }) => id)).toEqual(["geo.cii.ve@v8"]);
});

test("P4: its seeds age and get lost", async () => {
  const state = initialState();
  Object.assign(state.worldMonitor, { seedAgeMs: 90_000_000, missingSeeds: ["unrest:events"] });
  const outcomes = await readAll(state);
  const of = (series: string) =>
    outcomes
      .flatMap((one) => (one.kind === "ok" ? one.readings.readings : []))
      .find((one) => one.series === series);
  expect(of("supply.flow_ratio.suez@v1")?.qualities).toContain(Quality.STALE_CONTENT);
  expect(of("geo.unrest@v1")?.qualities).toContain(Quality.UNAVAILABLE);
});
