/** World Monitor's endpoints. A stand-in for the upstream. */
import type { Feeds, Moment } from "./state.ts";

/** What the feed answers, by endpoint. */
export const worldMonitorFeeds: Feeds = {
  "world-monitor": (moment) => endpoints[moment.path.split("?")[0] ?? ""]?.(moment),
};

const endpoints: Feeds = { "/api/intelligence/v1/get-risk-scores": riskScores };

function riskScores({ state, nowMs }: Moment): unknown {
  return {
    ciiScores: Object.entries(state.instability).map(([region, score]) => ({
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
    strategicRisks: [],
    degraded: false,
    stale: false,
  };
}
