/** Where the local signals-service finds its upstreams: in the stack's own world. */
import { localConditions } from "./feeds/official-state.ts";

/** The variables that say so. Keys are no secrets here. */
export function upstreams(worldUrl: string): Readonly<Record<string, string>> {
  return {
    COINGECKO_URL: `${worldUrl}/coingecko`,
    COINPAPRIKA_URL: `${worldUrl}/coinpaprika`,
    // With a key it is asked as often as the others.
    COINPAPRIKA_KEY: "local",
    PYTH_URL: `${worldUrl}/pyth`,
    PYTH_KEY: "local",
    USGS_URL: `${worldUrl}/usgs`,
    GDACS_URL: `${worldUrl}/gdacs`,
    POLYMARKET_GAMMA_URL: `${worldUrl}/polymarket-gamma`,
    POLYMARKET_CLOB_URL: `${worldUrl}/polymarket-clob`,
    POLYMARKET_CONDITIONS: localConditions.join(","),
    FRED_URL: `${worldUrl}/fred`,
    FRED_KEY: "local",
    RADAR_URL: `${worldUrl}/radar`,
    RADAR_KEY: "local",
    WORLD_MONITOR_URL: `${worldUrl}/world-monitor`,
    WORLD_MONITOR_KEY: "local",
  };
}
