/** The sources of traded prices. Pure. */
import { chainlink } from "../chainlink.ts";
import { coingecko } from "../coingecko.ts";
import { coinpaprika } from "../coinpaprika.ts";
import { pyth } from "../pyth.ts";
import type { SourceSettings } from "../settings.ts";
import type { Configured } from "../source.ts";

/** Puts the sources together. */
export function priceSources(settings: SourceSettings): readonly Configured[] {
  return [
    coingecko(settings.coingecko),
    coinpaprika(settings.coinpaprika),
    pyth(settings.pyth),
    chainlink(settings.chainlink),
  ];
}
