/** The feeds of official sources. A stand-in for the upstreams. */
import type { Hazard, Outage } from "./official-state.ts";
import type { Feeds, Moment } from "./state.ts";

/** What each feed answers. */
export const officialFeeds: Feeds = { usgs, gdacs, fred, radar };

const dayMs = 86_400_000;

function usgs({ state, nowMs }: Moment): unknown {
  const quakes = state.quakes.filter(
    ({ magnitude, timeMs }) => magnitude >= 4.5 && timeMs > nowMs - dayMs,
  );
  return {
    type: "FeatureCollection",
    metadata: {
      generated: nowMs,
      title: "USGS Magnitude 4.5+ Earthquakes, Past Day",
      status: 200,
      api: "1.14.1",
      count: quakes.length,
    },
    features: quakes.map((quake) => ({
      type: "Feature",
      id: quake.id,
      properties: {
        mag: quake.magnitude,
        place: "somewhere",
        time: quake.timeMs,
        updated: nowMs,
        alert: null,
        status: "reviewed",
        ids: `,${quake.id},`,
        magType: "mww",
        type: "earthquake",
      },
      geometry: { type: "Point", coordinates: [quake.longitude, quake.latitude, 10] },
    })),
  };
}

function gdacs({ state, path, nowMs }: Moment): unknown {
  if (!path.startsWith("/gdacsapi/api/events/geteventlist/SEARCH?")) return undefined;
  // A month is never without an alert.
  const drought: Hazard = {
    id: 1_016_449,
    episode: 79,
    hazard: "DR",
    level: "Orange",
    country: "BO",
    latitude: -17,
    longitude: -64,
    timeMs: nowMs - 20 * dayMs,
  };
  const alerts = [drought, ...state.hazards].filter(({ level }) => level !== "Green");
  return {
    type: "FeatureCollection",
    features: alerts.map((hazard) => ({
      type: "Feature",
      geometry: { type: "Point", coordinates: [hazard.longitude, hazard.latitude] },
      properties: {
        eventtype: hazard.hazard,
        eventid: hazard.id,
        episodeid: hazard.episode,
        alertlevel: hazard.level,
        alertscore: hazard.level === "Red" ? 3 : 2,
        istemporary: "false",
        iscurrent: "true",
        fromdate: naive(hazard.timeMs),
        todate: naive(nowMs),
        datemodified: naive(nowMs),
        Class: "Point_Centroid",
        affectedcountries: [{ iso2: hazard.country }],
        severitydata: { severity: 5, severitytext: "severe", severityunit: "" },
      },
    })),
  };
}

function fred({ state, path, nowMs }: Moment): unknown {
  const { pathname, searchParams } = new URL(path, "http://world");
  const value = state.rates[searchParams.get("series_id") ?? ""];
  if (pathname !== "/fred/series/observations" || value === undefined) return undefined;
  const today = dateOf(nowMs);
  const row = (date: string, value: string) => ({
    realtime_start: today,
    realtime_end: today,
    date,
    value,
  });
  return {
    realtime_start: today,
    realtime_end: today,
    units: "lin",
    file_type: "json",
    order_by: "observation_date",
    sort_order: "desc",
    observations: [row(today, "."), row(dateOf(nowMs - dayMs), value)],
  };
}

function radar({ state, path, nowMs }: Moment): unknown {
  if (!path.startsWith("/client/v4/radar/annotations/outages?")) return undefined;
  // Twelve weeks are never without an outage.
  const past: Outage = {
    id: "1",
    country: "GA",
    type: "NATIONWIDE",
    startMs: nowMs - 40 * dayMs,
    endMs: nowMs - 38 * dayMs,
  };
  return {
    success: true,
    errors: [],
    messages: [],
    result: {
      annotations: [past, ...state.outages].map(({ id, country, type, startMs, endMs }) => ({
        id,
        dataSource: "ALL",
        description: null,
        scope: null,
        startDate: `${naive(startMs)}Z`,
        endDate: endMs === null ? null : `${naive(endMs)}Z`,
        locations: [country],
        asns: [],
        asnsDetails: [],
        eventType: "OUTAGE",
        outage: { outageCause: "GOVERNMENT_DIRECTED", outageType: type },
      })),
    },
  };
}

/** A time in UTC without saying so. */
function naive(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 19);
}

function dateOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}
