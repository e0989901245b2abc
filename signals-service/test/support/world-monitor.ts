/** World Monitor's answers in its own shapes. The values are invented. */
import type { SeedAge } from "../../src/source/world-monitor/seed-health.ts";
import type { AdapterCase, Upstream } from "./adapter.ts";

/** When the answers are read. */
export const nowMs = 1_785_000_200_000;

/** When the world was as the answers say. */
export const seenMs = 1_785_000_000_000;

/** The same as text. */
export const seenText = "2026-07-25T17:20:00.000Z";

/** Where it is, with a key. */
export const worldMonitor = { url: "https://wm.test", key: "wm_key" };

/** A seed's state. */
export function seed(changes: object = {}): object {
  return {
    status: "ok",
    fetchedAt: seenMs,
    recordCount: 5,
    sourceVersion: "v1",
    ageMinutes: 3,
    stale: false,
    ...changes,
  };
}

/** All seeds that the endpoints rest on, each changed alike. */
export function seedHealth(changes: object = {}): object {
  const names = [
    "energy:chokepoint-flows",
    "infra:outages",
    "unrest:events",
    "aviation:faa",
    "aviation:intl",
  ];
  return {
    overall: "healthy",
    checkedAt: nowMs,
    seeds: Object.fromEntries(names.map((name) => [name, seed(changes)])),
  };
}

/** An upstream that answers an endpoint, and the health of its seeds. */
export function answering(body: unknown, health: unknown = seedHealth()): Upstream {
  return (url) => (new URL(url).pathname === "/api/seed-health" ? health : body);
}

/** A case: what the endpoint says, and what must become of it. */
export function when(
  body: unknown,
  check: Extract<AdapterCase, { says: unknown }>["check"],
  health: unknown = seedHealth(),
): AdapterCase {
  return { says: answering(body, health), check };
}

/** A fresh age. */
export function age(changes: Partial<SeedAge> = {}): SeedAge {
  return { fetchMs: seenMs, stale: false, records: 5, ...changes };
}

/** A country's score. */
export function score(changes: object = {}): object {
  return {
    region: "UA",
    staticBaseline: 50,
    dynamicScore: 3,
    combinedScore: 84,
    trend: "TREND_DIRECTION_RISING",
    components: {
      newsActivity: 41,
      ciiContribution: 12,
      geoConvergence: 55,
      militaryActivity: 30,
    },
    computedAt: seenMs,
    methodologyVersion: "v8",
    eventMultiplier: 0.8,
    advisoryLevel: "do-not-travel",
    advisoryProvenance: "live",
    ...changes,
  };
}

/** The answer of get-risk-scores. */
export function riskScores(ciiScores: unknown = [score()], changes: object = {}): object {
  return {
    ciiScores,
    strategicRisks: [
      {
        region: "global",
        level: "SEVERITY_LEVEL_HIGH",
        score: 71,
        factors: ["UA", "IR"],
        trend: "TREND_DIRECTION_STABLE",
      },
    ],
    degraded: false,
    stale: false,
    ...changes,
  };
}

/** A stablecoin. */
export function coin(id: string, changes: object = {}): object {
  return {
    id,
    symbol: id,
    name: id,
    price: 0.9949,
    deviation: 0.51,
    pegStatus: "SLIGHT DEPEG",
    marketCap: 6.1e10,
    volume24h: 7.1e9,
    change24h: -0.4,
    change7d: -0.5,
    image: "https://example.com/coin.png",
    ...changes,
  };
}

/** The answer of list-stablecoin-markets. */
export function stablecoins(coins: unknown, changes: object = {}): object {
  return {
    timestamp: seenText,
    summary: {
      totalMarketCap: 2.6e11,
      totalVolume24h: 9.1e10,
      coinCount: 3,
      depeggedCount: 0,
      healthStatus: "HEALTHY",
    },
    stablecoins: coins,
    unresolved: [],
    dataStatus: "OK",
    ...changes,
  };
}

/** A theater's posture. */
export function posture(theater: string, changes: object = {}): object {
  return {
    theater,
    postureLevel: "elevated",
    activeFlights: 9,
    trackedVessels: 0,
    activeOperations: ["aerial_refueling"],
    assessedAt: seenMs,
    ...changes,
  };
}

/** A chokepoint. */
export function chokepoint(id: string, changes: object = {}): object {
  return {
    id,
    name: id,
    disruptionScore: 70,
    status: "red",
    activeWarnings: 2,
    aisDisruptions: 1,
    description: "words that stay there",
    transitSummary: {
      todayTotal: 41,
      wowChangePct: -12,
      riskLevel: "high",
      incidentCount7d: 3,
      disruptionPct: 8,
      dataAvailable: true,
    },
    flowEstimate: { currentMbd: 17.2, baselineMbd: 21, flowRatio: 0.819, disrupted: true },
    warRiskTier: "WAR_RISK_TIER_ELEVATED",
    ...changes,
  };
}

/** The answer of get-chokepoint-status. */
export function chokepoints(rows: unknown, changes: object = {}): object {
  return { chokepoints: rows, fetchedAt: seenText, upstreamUnavailable: false, ...changes };
}

/** An outage. */
export function outage(changes: object = {}): object {
  return {
    id: "cf-1234",
    title: "Nationwide outage, says a headline",
    link: "https://example.com/outage",
    description: "words that stay there",
    detectedAt: seenMs - 3_600_000,
    endedAt: 0,
    country: "Iran",
    region: "",
    location: { latitude: 32.4, longitude: 53.7 },
    severity: "OUTAGE_SEVERITY_TOTAL",
    categories: ["Cloudflare Radar"],
    cause: "GOVERNMENT_DIRECTED",
    outageType: "NATIONWIDE",
    ...changes,
  };
}

/** Unrest that ACLED lists. */
export function acled(changes: object = {}): object {
  return {
    id: "acled-UKR12345",
    title: "A headline",
    summary: "words that stay there",
    eventType: "UNREST_EVENT_TYPE_RIOT",
    city: "Kyiv",
    country: "Ukraine",
    region: "Kyiv City",
    location: { latitude: 50.45, longitude: 30.52 },
    occurredAt: Date.parse("2026-07-25T00:00:00Z"),
    severity: "SEVERITY_LEVEL_HIGH",
    fatalities: 3,
    sources: ["A newspaper"],
    sourceType: "UNREST_SOURCE_TYPE_ACLED",
    tags: [],
    actors: ["Some actor"],
    confidence: "CONFIDENCE_LEVEL_HIGH",
    sourceUrls: ["https://example.com/article"],
    ...changes,
  };
}

/** Unrest that many articles name: its id holds the time of the fetch. */
export function gdelt(changes: object = {}): object {
  return acled({
    id: `gdelt-50.45-30.52-${seenMs}`,
    occurredAt: seenMs,
    fatalities: 0,
    sources: ["GDELT"],
    sourceType: "UNREST_SOURCE_TYPE_GDELT",
    confidence: "CONFIDENCE_LEVEL_MEDIUM",
    ...changes,
  });
}

/** A cross-source signal. */
export function crossSignal(changes: object = {}): object {
  return {
    id: "unrest:middle-east",
    type: "CROSS_SOURCE_SIGNAL_TYPE_UNREST_SURGE",
    theater: "Middle East",
    summary: "Unrest surge: words that stay there",
    severity: "CROSS_SOURCE_SIGNAL_SEVERITY_HIGH",
    severityScore: 3.25,
    detectedAt: seenMs,
    contributingTypes: [],
    signalCount: 0,
    ...changes,
  };
}

/** The answer of list-cross-source-signals. */
export function crossSignals(signals: unknown, changes: object = {}): object {
  return { signals, evaluatedAt: seenMs, compositeCount: 0, ...changes };
}

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
