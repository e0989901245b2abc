/** What officials and prediction markets have to tell in the outside world of the local stack. */

/** An earthquake. */
export type Quake = {
  id: string;
  magnitude: number;
  latitude: number;
  longitude: number;
  timeMs: number;
};

/** A hazard with GDACS's alert level. A new episode corrects the one before. */
export type Hazard = {
  id: number;
  episode: number;
  /** GDACS's code. Example: `EQ`. */
  hazard: string;
  level: "Green" | "Orange" | "Red";
  country: string;
  latitude: number;
  longitude: number;
  timeMs: number;
};

/** An outage of the internet. */
export type Outage = {
  id: string;
  country: string;
  /** Radar's word. Example: `NATIONWIDE`. */
  type: string;
  startMs: number;
  /** `null`: it is not over. */
  endMs: number | null;
};

/** A market of Polymarket. */
export type Market = {
  /** The condition id, without `0x`. */
  condition: string;
  /** The best prices of "Yes", decimals as text. `null`: nobody is on that side. */
  bid: string | null;
  ask: string | null;
  liquidity: number;
  /** What UMA says of its outcome. Empty: nothing. */
  status: string;
  closed: boolean;
};

/** All of them. */
export type Officials = {
  quakes: Quake[];
  hazards: Hazard[];
  outages: Outage[];
  /** Yesterday's prints by FRED's series id, as text. `.`: there is none. */
  rates: Record<string, string>;
  markets: Market[];
};

/** The markets that the local stack follows. */
export const localConditions = ["1f".repeat(32), "2e".repeat(32)] as const;

/** What they have to tell at first. */
export function initialOfficials(nowMs: number): Officials {
  const dayMs = 86_400_000;
  const market = { liquidity: 80_000, status: "", closed: false };
  return {
    quakes: [],
    hazards: [
      {
        id: 1_102_983,
        episode: 1,
        hazard: "FL",
        level: "Orange",
        country: "TH",
        latitude: 7,
        longitude: 100.47,
        timeMs: nowMs - 3 * dayMs,
      },
    ],
    outages: [],
    rates: { BAMLH0A0HYM2: "3.12", DGS10: "4.31", SOFR: "3.9", T10Y2Y: "0.55", VIXCLS: "17.4" },
    markets: [
      { ...market, condition: localConditions[0], bid: "0.71", ask: "0.72" },
      { ...market, condition: localConditions[1], bid: "0.042", ask: "0.045" },
    ],
  };
}

/** Changes what is named. Lists are replaced; rates are changed one by one. */
export function changeOfficials(officials: Officials, wanted: Partial<Officials>): void {
  if (Array.isArray(wanted.quakes)) officials.quakes = wanted.quakes;
  if (Array.isArray(wanted.hazards)) officials.hazards = wanted.hazards;
  if (Array.isArray(wanted.outages)) officials.outages = wanted.outages;
  if (Array.isArray(wanted.markets)) officials.markets = wanted.markets;
  if (typeof wanted.rates === "object") Object.assign(officials.rates, wanted.rates);
}
