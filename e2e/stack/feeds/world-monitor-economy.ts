/** World Monitor's markets, macro and airports in its own shapes. A stand-in for the upstream. */
import type { Feeds, Moment } from "./state.ts";

/** What these endpoints answer. */
export const economyEndpoints: Feeds = {
  "/api/prediction/v1/list-prediction-markets": predictions,
  "/api/economic/v1/get-macro-signals": macroSignals,
  "/api/market/v1/get-fear-greed-index": fearGreed,
  "/api/aviation/v1/list-airport-delays": airportDelays,
};

function predictions({ state, nowMs }: Moment): unknown {
  return {
    markets: Array.from({ length: state.worldMonitor.predictions }, (_, i) => ({
      id: `event-${i}`,
      title: `Will event ${i} happen?`,
      yesPrice: 0.4,
      volume: 50_000,
      url: "",
      closesAt: nowMs + 86_400_000,
      category: "politics",
      source: "MARKET_SOURCE_POLYMARKET",
    })),
    fetchedAt: nowMs,
    dataAvailable: true,
  };
}

function macroSignals({ state, nowMs }: Moment): unknown {
  const { fearGreed, verdict } = state.worldMonitor;
  return {
    timestamp: new Date(nowMs).toISOString(),
    verdict,
    bullishCount: 4,
    totalCount: verdict === "UNKNOWN" ? 0 : 7,
    signals: {
      liquidity: { status: "NORMAL", value: 0.4, sparkline: [] },
      flowStructure: { status: "ALIGNED", btcReturn5: 1, qqqReturn5: 1 },
      macroRegime: { status: "RISK-ON", qqqRoc20: 2, xlpRoc20: 1 },
      technicalTrend: {
        status: "BULLISH",
        btcPrice: 96_000,
        sma50: 91_000,
        sma200: 84_000,
        mayerMultiple: 1.1429,
        sparkline: [],
      },
      hashRate: { status: "GROWING", change30d: 2 },
      miningCost: { status: "PROFITABLE" },
      fearGreed: { status: "Neutral", value: fearGreed, history: [] },
    },
    unavailable: false,
  };
}

function fearGreed({ state, nowMs }: Moment): unknown {
  const score = state.worldMonitor.fearGreed;
  return {
    compositeScore: score,
    compositeLabel: "Neutral",
    previousScore: score,
    seededAt: new Date(nowMs).toISOString(),
    sentiment: { score, weight: 0.5, contribution: score / 2, degraded: false },
    volatility: { score, weight: 0.5, contribution: score / 2, degraded: false },
    unavailable: false,
  };
}

function airportDelays({ state, nowMs }: Moment): unknown {
  const airport = (iata: string, severity: string) => ({
    id: `faa-${iata}`,
    iata,
    name: "An airport",
    country: "USA",
    delayType: "FLIGHT_DELAY_TYPE_GENERAL",
    severity: `FLIGHT_DELAY_SEVERITY_${severity}`,
    avgDelayMinutes: 0,
    delayedFlightsPct: 0,
    source: "FLIGHT_DELAY_SOURCE_FAA",
    updatedAt: nowMs,
  });
  const severe = state.worldMonitor.severeAirports;
  return {
    alerts: [
      ...severe.map((iata) => airport(iata, "SEVERE")),
      ...["ATL", "JFK", "ORD"]
        .filter((iata) => !severe.includes(iata))
        .map((iata) => airport(iata, "NORMAL")),
    ],
  };
}
