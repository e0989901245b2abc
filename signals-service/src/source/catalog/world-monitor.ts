/** World Monitor's endpoints: one key, one quota. Pure. */
import type { SourceSettings } from "../settings.ts";
import type { Configured } from "../source.ts";
import { airportDelays } from "../world-monitor/airport-delays.ts";
import { chokepoints } from "../world-monitor/chokepoints.ts";
import { crossSignals } from "../world-monitor/cross-signals.ts";
import { fearGreed } from "../world-monitor/fear-greed.ts";
import { macroSignals } from "../world-monitor/macro-signals.ts";
import { outages } from "../world-monitor/outages.ts";
import { predictions } from "../world-monitor/predictions.ts";
import { riskScores } from "../world-monitor/risk-scores.ts";
import { stablecoins } from "../world-monitor/stablecoins.ts";
import { theaterPosture } from "../world-monitor/theater-posture.ts";
import { unrest } from "../world-monitor/unrest.ts";

const endpoints = [
  riskScores,
  stablecoins,
  theaterPosture,
  chokepoints,
  outages,
  unrest,
  crossSignals,
  predictions,
  macroSignals,
  fearGreed,
  airportDelays,
];

/** Puts the sources together. */
export function worldMonitorSources(settings: SourceSettings): readonly Configured[] {
  return endpoints.map((endpoint) => endpoint(settings.worldMonitor));
}
