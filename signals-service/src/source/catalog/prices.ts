/** The sources of traded prices. Pure. */
import { coingecko } from "../coingecko.ts";
import type { SourceSettings } from "../settings.ts";
import type { Configured } from "../source.ts";

/** Puts the sources together. */
export function priceSources(settings: SourceSettings): readonly Configured[] {
  return [coingecko(settings.coingecko)];
}
