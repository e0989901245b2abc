/** World Monitor's scores, prices and flows in its own shapes. The values are invented. */
import { seenMs, seenText } from "./world-monitor.ts";

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
