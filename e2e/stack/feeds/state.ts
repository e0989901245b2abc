/** What the outside world of the local stack is like. */
import { changeOfficials, initialOfficials, type Officials } from "./official-state.ts";
import { changePrices, initialPrices, type Prices } from "./price-state.ts";
import { initialWorldMonitor, type WorldMonitorState } from "./world-monitor-state.ts";

/** What the world is like. */
export type WorldState = Prices &
  Officials & {
    /** The prices that one feed alone gives, by the feed's name. `null` is sent as it is. */
    lies: Record<string, { [price in keyof Prices]?: number | null }>;
    /** The feeds that answer nothing but 503, by their names. */
    silent: string[];
    /** The feeds whose answers are for ever of one time, by their names, in milliseconds. */
    frozen: Record<string, number>;
    /** Instability scores by ISO 3166-1 alpha-2 code, 0 to 100. */
    instability: Record<string, number>;
    worldMonitor: WorldMonitorState;
  };

/** What the world is like at first. */
export function initialState(): WorldState {
  return {
    ...initialPrices,
    ...initialOfficials(Date.now()),
    lies: {},
    silent: [],
    frozen: {},
    instability: { UA: 84, RU: 55, TW: 34 },
    worldMonitor: initialWorldMonitor(),
  };
}

/** Changes what is named. What is not of its type stays as it was. */
export function changeState(state: WorldState, wanted: Partial<WorldState>): void {
  changePrices(state, wanted);
  if (isObject(wanted.lies)) state.lies = wanted.lies;
  if (Array.isArray(wanted.silent)) state.silent = wanted.silent;
  if (isObject(wanted.frozen)) state.frozen = wanted.frozen;
  if (isObject(wanted.instability)) Object.assign(state.instability, wanted.instability);
  if (isObject(wanted.worldMonitor)) Object.assign(state.worldMonitor, wanted.worldMonitor);
  changeOfficials(state, wanted);
}

function isObject<T>(value: T | undefined): value is T & object {
  return typeof value === "object" && value !== null;
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
