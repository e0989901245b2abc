/** What the outside world of the local stack is like. */
import { initialWorldMonitor, type WorldMonitorState } from "./world-monitor-state.ts";

/** What the world is like. */
export type WorldState = {
  /** US dollars for one ether. */
  ethUsd: number;
  /** Instability scores by ISO 3166-1 alpha-2 code, 0 to 100. */
  instability: Record<string, number>;
  quakes: { id: string; magnitude: number; latitude: number; longitude: number; timeMs: number }[];
  worldMonitor: WorldMonitorState;
};

/** What the world is like at first. */
export function initialState(): WorldState {
  return {
    ethUsd: 2500,
    instability: { UA: 62, RU: 55, TW: 34 },
    quakes: [],
    worldMonitor: initialWorldMonitor(),
  };
}

/** One request to a feed. */
export type Moment = {
  /** The path and query behind the feed's name. */
  readonly path: string;
  readonly state: WorldState;
  readonly nowMs: number;
};

/** What feeds answer, by their names: JSON values in the upstreams' own shapes. `undefined`: 404. */
export type Feeds = Readonly<Record<string, (moment: Moment) => unknown>>;
