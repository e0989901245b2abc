/**
 * The outside world of the local stack: an HTTP server with the upstream feeds in their own
 * JSON shapes. A stand-in, because the real ones can't be told what to say.
 */
import { createServer, type Server } from "node:http";

/** What the world is like. */
export type WorldState = {
  /** US dollars for one ether. */
  ethUsd: number;
  /** Instability scores by ISO 3166-1 alpha-2 code, 0 to 100. */
  instability: Record<string, number>;
  quakes: { id: string; magnitude: number; latitude: number; longitude: number; timeMs: number }[];
};

/** A running world. */
export type World = {
  readonly state: WorldState;
  readonly url: string;
  /** When a feed was last asked for, by its name. */
  readonly askedMs: ReadonlyMap<string, number>;
  readonly close: () => Promise<void>;
};

/** Starts the world in this process. `PUT /state` changes it from outside. */
export async function startWorld(port: number): Promise<World> {
  const state: WorldState = { ethUsd: 2500, instability: { UA: 62, RU: 55, TW: 34 }, quakes: [] };
  const askedMs = new Map<string, number>();
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? "/", "http://world").pathname;
    const answer = (status: number, body: unknown) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    };
    if (path === "/state" && request.method === "GET") return answer(200, state);
    if (path === "/state" && request.method === "PUT") {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      return change(state, Buffer.concat(chunks).toString())
        ? answer(200, state)
        : answer(400, { error: "expected {ethUsd?, instability?, quakes?}" });
    }
    const feed = path.split("/")[1] ?? "";
    askedMs.set(feed, Date.now());
    const body = feedBody(feed, state);
    return body === undefined ? answer(404, { error: "no such feed" }) : answer(200, body);
  });
  await new Promise<void>((done, failed) => {
    server.once("error", failed);
    server.listen(port, "127.0.0.1", done);
  });
  return { state, askedMs, url: `http://127.0.0.1:${port}`, close: () => closeServer(server) };
}

function change(state: WorldState, text: string): boolean {
  try {
    const wanted = JSON.parse(text) as Partial<WorldState>;
    if (typeof wanted.ethUsd === "number") state.ethUsd = wanted.ethUsd;
    if (typeof wanted.instability === "object")
      Object.assign(state.instability, wanted.instability);
    if (Array.isArray(wanted.quakes)) state.quakes = wanted.quakes;
    return true;
  } catch {
    return false;
  }
}

/** What a feed says now. */
function feedBody(feed: string, state: WorldState): unknown {
  const nowMs = Date.now();
  const seconds = Math.floor(nowMs / 1000);
  switch (feed) {
    case "coingecko":
      return {
        bitcoin: { usd: 96_000, last_updated_at: seconds },
        ethereum: { usd: state.ethUsd, last_updated_at: seconds },
        "usd-coin": { usd: 0.9998, last_updated_at: seconds },
      };
    case "world-monitor":
      return {
        ciiScores: Object.entries(state.instability).map(([region, score]) => ({
          region,
          staticBaseline: 50,
          dynamicScore: 3,
          combinedScore: score,
          trend: "TREND_DIRECTION_RISING",
          components: {
            newsActivity: 41,
            ciiContribution: 12,
            geoConvergence: 55,
            militaryActivity: 30,
          },
          computedAt: nowMs,
          methodologyVersion: "v8",
          eventMultiplier: 0.8,
          advisoryLevel: "do-not-travel",
          advisoryProvenance: "live",
        })),
        strategicRisks: [],
        degraded: false,
        stale: false,
      };
    case "usgs":
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
    default:
      return undefined;
  }
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((done) => server.close(() => done()));
}
