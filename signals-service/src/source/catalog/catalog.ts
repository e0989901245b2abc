/** All sources, as a deployment has them: a source without its key is off, and says so. Pure. */
import type { SourceSettings } from "../settings.ts";
import type { Configured } from "../source.ts";
import { officialSources } from "./official.ts";
import { priceSources } from "./prices.ts";
import { worldMonitorSources } from "./world-monitor.ts";

/** Puts the sources together. */
export function createCatalog(settings: SourceSettings): readonly Configured[] {
  return [
    ...priceSources(settings),
    ...officialSources(settings),
    ...worldMonitorSources(settings),
  ];
}
