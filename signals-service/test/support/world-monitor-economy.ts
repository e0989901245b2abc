/** World Monitor's markets, macro and airports in its own shapes. The values are invented. */
import { nowMs, seenMs, seenText } from "./world-monitor.ts";

/** A prediction market. */
export function market(changes: object = {}): object {
  return {
    id: "will-x-happen-by-dec-31",
    title: "Will X happen by Dec 31?",
    yesPrice: 0.715,
    volume: 1_523_400.12,
    url: "https://example.com/event",
    closesAt: 1_798_761_599_000,
    category: "politics",
    source: "MARKET_SOURCE_POLYMARKET",
    ...changes,
  };
}

/** The answer of list-prediction-markets. */
export function predictions(markets: unknown, changes: object = {}): object {
  return { markets, fetchedAt: seenMs, dataAvailable: true, ...changes };
}

/** The answer of get-macro-signals. */
export function macroSignals(changes: object = {}, signals: object = {}): object {
  return {
    timestamp: seenText,
    verdict: "CASH",
    bullishCount: 2,
    totalCount: 6,
    signals: {
      liquidity: { status: "SQUEEZE", value: -3.1, sparkline: [1, 2] },
      flowStructure: { status: "ALIGNED", btcReturn5: 1.2, qqqReturn5: 0.4 },
      macroRegime: { status: "DEFENSIVE", qqqRoc20: -2, xlpRoc20: 1 },
      technicalTrend: {
        status: "BEARISH",
        btcPrice: 96_000,
        sma50: 101_000,
        sma200: 98_000,
        mayerMultiple: 0.9796,
        sparkline: [],
      },
      hashRate: { status: "STABLE", change30d: 0.4 },
      miningCost: { status: "TIGHT" },
      fearGreed: { status: "Fear", value: 31, history: [{ value: 31, date: "2026-07-25" }] },
      ...signals,
    },
    meta: { qqqSparkline: [] },
    unavailable: false,
    ...changes,
  };
}

/** The answer of get-fear-greed-index. */
export function fearGreed(changes: object = {}): object {
  const category = { score: 40, weight: 0.1, contribution: 4, degraded: false };
  return {
    compositeScore: 38.5,
    compositeLabel: "Fear",
    previousScore: 41,
    seededAt: seenText,
    sentiment: category,
    volatility: category,
    credit: { ...category, score: 50, degraded: true },
    vix: 22.1,
    unavailable: false,
    ...changes,
  };
}

/** An airport. */
export function airport(changes: object = {}): object {
  return {
    id: "faa-JFK",
    iata: "JFK",
    icao: "KJFK",
    name: "An airport",
    city: "New York",
    country: "USA",
    location: { latitude: 40.6, longitude: -73.8 },
    region: "AIRPORT_REGION_AMERICAS",
    delayType: "FLIGHT_DELAY_TYPE_GROUND_DELAY",
    severity: "FLIGHT_DELAY_SEVERITY_SEVERE",
    avgDelayMinutes: 95,
    delayedFlightsPct: 60,
    cancelledFlights: 0,
    totalFlights: 0,
    reason: "words that stay there",
    source: "FLIGHT_DELAY_SOURCE_FAA",
    updatedAt: nowMs,
    ...changes,
  };
}
