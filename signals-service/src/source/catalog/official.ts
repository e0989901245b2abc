/** The sources of official prints, instruments and prediction markets. Pure. */
import type { SourceSettings } from "../settings.ts";
import type { Configured } from "../source.ts";
import { usgs } from "../usgs.ts";

/** Puts the sources together. */
export function officialSources(settings: SourceSettings): readonly Configured[] {
  return [usgs(settings.usgs)];
}
