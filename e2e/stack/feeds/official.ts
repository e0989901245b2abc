/** The feeds of official sources and prediction markets. A stand-in for the upstreams. */
import type { Feeds, Moment } from "./state.ts";

/** What each feed answers. */
export const officialFeeds: Feeds = { usgs };

function usgs({ state, nowMs }: Moment): unknown {
  return {
    type: "FeatureCollection",
    metadata: {
      generated: nowMs,
      title: "USGS Magnitude 4.5+ Earthquakes, Past Day",
      status: 200,
      api: "1.14.1",
      count: state.quakes.length,
    },
    features: state.quakes.map((quake) => ({
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
