/** World Monitor's scores and prices in its own shapes. A stand-in for the upstream. */
import { priceFeeds } from "./prices.ts";
import type { Feeds, Moment } from "./state.ts";

/** What these endpoints answer. */
export const scoreEndpoints: Feeds = {
  "/api/intelligence/v1/get-risk-scores": riskScores,
  "/api/market/v1/list-stablecoin-markets": stablecoins,
  "/api/military/v1/get-theater-posture": theaterPosture,
  "/api/supply-chain/v1/get-chokepoint-status": chokepointStatus,
};

/** The countries that it rates, unless the world says something else. Venezuela it has lost. */
const calm: Readonly<Record<string, number>> = {
  AE: 22,
  AF: 71,
  BR: 28,
  CN: 38,
  CU: 44,
  DE: 14,
  EG: 41,
  FR: 19,
  GB: 17,
  IL: 66,
  IN: 36,
  IQ: 58,
  IR: 63,
  JP: 12,
  KP: 52,
  KR: 21,
  LB: 61,
  MM: 68,
  MX: 47,
  PK: 57,
  PL: 16,
  QA: 18,
  RU: 55,
  SA: 33,
  SY: 69,
  TR: 42,
  TW: 34,
  UA: 62,
  US: 25,
  YE: 72,
};

function riskScores({ state, nowMs }: Moment): unknown {
  const scores = Object.entries({ ...calm, ...state.instability });
  const mean = scores.reduce((sum, [, score]) => sum + score, 0) / scores.length;
  return {
    ciiScores: scores.map(([region, score]) => ({
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
    strategicRisks: [
      {
        region: "global",
        level: "SEVERITY_LEVEL_MEDIUM",
        score: Math.round(mean * 0.7 + 15),
        factors: ["UA", "IR"],
        trend: "TREND_DIRECTION_STABLE",
      },
    ],
    degraded: false,
    stale: false,
  };
}

/** Its coins, by CoinGecko's ids. */
const coins = { "usd-coin": "usdcUsd", tether: "usdtUsd", dai: "daiUsd" } as const;

/** It has them from CoinGecko: what that says it repeats, unless it has a lie of its own. */
function stablecoins(moment: Moment): unknown {
  const ids = Object.keys(coins) as (keyof typeof coins)[];
  const path = `/api/v3/simple/price?ids=${ids.join(",")}&vs_currencies=usd`;
  const prices = priceFeeds.coingecko?.({ ...moment, path }) as
    | Record<string, { readonly usd: number | null }>
    | undefined;
  const lies = moment.state.lies["world-monitor"];
  const priced = ids.flatMap((id) => {
    const lie = lies?.[coins[id]];
    const price = lie === undefined ? prices?.[id]?.usd : lie;
    return typeof price === "number" ? [{ id, price }] : [];
  });
  const unresolved = ids.filter((id) => priced.every((one) => one.id !== id));
  return {
    timestamp: new Date(moment.nowMs).toISOString(),
    summary: {
      totalMarketCap: 2.6e11,
      totalVolume24h: 9.1e10,
      coinCount: priced.length,
      depeggedCount: 0,
      healthStatus: "HEALTHY",
    },
    stablecoins: priced.map(({ id, price }) => ({
      id,
      symbol: id,
      name: id,
      price,
      // Without a sign, as there.
      deviation: Math.abs(price - 1) * 100,
      pegStatus: Math.abs(price - 1) > 0.01 ? "DEPEGGED" : "ON PEG",
      marketCap: 6.1e10,
      volume24h: 7.1e9,
      change24h: 0,
      change7d: 0,
      image: "",
    })),
    unresolved: unresolved.map((id) => ({ id, reason: "NOT_FOUND" })),
    dataStatus: unresolved.length === 0 ? "OK" : "PARTIAL",
  };
}

const flights: Readonly<Record<string, number>> = { normal: 2, elevated: 9, critical: 22 };

function theaterPosture({ state, nowMs }: Moment): unknown {
  return {
    theaters: Object.entries(state.worldMonitor.postures).map(([theater, postureLevel]) => ({
      theater,
      postureLevel,
      activeFlights: flights[postureLevel] ?? 0,
      trackedVessels: 0,
      activeOperations: [],
      assessedAt: nowMs,
    })),
  };
}

function chokepointStatus({ state, nowMs }: Moment): unknown {
  return {
    chokepoints: Object.entries(state.worldMonitor.flowRatios).map(([id, flowRatio]) => ({
      id,
      name: id,
      disruptionScore: 20,
      status: "yellow",
      activeWarnings: 0,
      aisDisruptions: 0,
      transitSummary: {
        todayTotal: 40,
        wowChangePct: -2,
        riskLevel: "normal",
        incidentCount7d: 0,
        disruptionPct: 1,
        dataAvailable: true,
      },
      flowEstimate: {
        currentMbd: Math.round(flowRatio * 100) / 10,
        baselineMbd: 10,
        flowRatio,
        disrupted: flowRatio < 0.85,
      },
      warRiskTier: "WAR_RISK_TIER_NORMAL",
    })),
    fetchedAt: new Date(nowMs).toISOString(),
    upstreamUnavailable: false,
  };
}
