/** What World Monitor says in the local stack, apart from instability and what others say too. */

/** Its part of the world. */
export type WorldMonitorState = {
  /** `normal`, `elevated` or `critical`, by its id of the theater. */
  postures: Record<string, string>;
  /** What passes against what usually does, by its id of the chokepoint. */
  flowRatios: Record<string, number>;
  /** Unrest of today that ACLED lists. */
  unrest: { id: string; country: string; latitude: number; longitude: number; deaths: number }[];
  /** What is conspicuous now: a type and a theater, in its words. */
  crossSignals: { type: string; theater: string; severity: string }[];
  /** `BUY`, `CASH` or `UNKNOWN`. */
  verdict: string;
  /** From 0 to 100. */
  fearGreed: number;
  /** Airports that are severely delayed, by IATA code. */
  severeAirports: string[];
  /** How many prediction markets it lists. */
  predictions: number;
  /** How long ago its seeds ran, in milliseconds. */
  seedAgeMs: number;
  /** The seeds that are missing. */
  missingSeeds: string[];
};

/** What it is like at first: all of it has a value. */
export function initialWorldMonitor(): WorldMonitorState {
  return {
    postures: {
      "baltic-theater": "normal",
      "blacksea-theater": "elevated",
      "east-med-theater": "normal",
      "iran-theater": "elevated",
      "israel-gaza-theater": "elevated",
      "korea-theater": "normal",
      "south-china-sea": "normal",
      "taiwan-theater": "normal",
      "yemen-redsea-theater": "normal",
    },
    flowRatios: {
      bab_el_mandeb: 0.612,
      bosphorus: 0.98,
      dover_strait: 1.02,
      hormuz_strait: 0.97,
      malacca_strait: 1.01,
      panama: 0.93,
      suez: 0.64,
    },
    unrest: [{ id: "PAK1001", country: "Pakistan", latitude: 24.86, longitude: 67.01, deaths: 2 }],
    crossSignals: [{ type: "UNREST_SURGE", theater: "South Asia", severity: "MEDIUM" }],
    verdict: "BUY",
    fearGreed: 54,
    severeAirports: ["JFK"],
    predictions: 12,
    seedAgeMs: 60_000,
    missingSeeds: [],
  };
}
