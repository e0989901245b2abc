/**
 * The outside world of the local stack: an HTTP server with the upstream feeds in their own
 * JSON shapes. A stand-in, because the real ones can't be told what to say.
 */
import { createServer, type Server } from "node:http";
import { marketFeeds } from "./feeds/markets.ts";
import { officialFeeds } from "./feeds/official.ts";
import { priceFeeds } from "./feeds/prices.ts";
import { changeState, initialState, type WorldState } from "./feeds/state.ts";
import { worldMonitorFeeds } from "./feeds/world-monitor.ts";

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
  const state = initialState();
  const askedMs = new Map<string, number>();
  const server = createServer(async (request, response) => {
    const { pathname: path, search } = new URL(request.url ?? "/", "http://world");
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
        : answer(400, { error: "expected an object with some of the state's fields" });
    }
    const feed = path.split("/")[1] ?? "";
    askedMs.set(feed, Date.now());
    if (state.silent.includes(feed)) return answer(503, { error: "silent" });
    const body = feedBody(feed, `${path.slice(feed.length + 1)}${search}`, state);
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
    changeState(state, JSON.parse(text) as Partial<WorldState>);
    return true;
  } catch {
    return false;
  }
}

/** What a feed says now. */
function feedBody(feed: string, path: string, state: WorldState): unknown {
  const moment = { path, state, nowMs: state.frozen[feed] ?? Date.now() };
  for (const feeds of [priceFeeds, officialFeeds, marketFeeds, worldMonitorFeeds]) {
    const say = feeds[feed];
    if (say !== undefined) return say(moment);
  }
  return undefined;
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((done) => server.close(() => done()));
}
