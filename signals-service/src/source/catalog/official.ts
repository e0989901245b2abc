/** The sources of official prints, instruments and prediction markets. Pure. */
import { fred } from "../fred.ts";
import { gdacs } from "../gdacs.ts";
import { polymarket } from "../polymarket/polymarket.ts";
import { radar } from "../radar.ts";
import type { SourceSettings } from "../settings.ts";
import type { Configured } from "../source.ts";
import { usgs } from "../usgs.ts";

/** Puts the sources together. */
export function officialSources(settings: SourceSettings): readonly Configured[] {
  return [
    usgs(settings.usgs),
    gdacs(settings.gdacs),
    ...polymarket(settings.polymarket),
    ...fred(settings.fred),
    radar(settings.radar),
  ];
}
