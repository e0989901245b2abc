/** World Monitor's endpoints: one key, one quota. Pure. */
import type { SourceSettings } from "../settings.ts";
import type { Configured } from "../source.ts";
import { riskScores } from "../world-monitor/risk-scores.ts";

/** Puts the sources together. */
export function worldMonitorSources(settings: SourceSettings): readonly Configured[] {
  return [riskScores(settings.worldMonitor)];
}
