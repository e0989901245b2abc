/** Where the local signals-service finds its upstreams: in the stack's own world. */

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
    WORLD_MONITOR_URL: `${worldUrl}/world-monitor`,
    WORLD_MONITOR_KEY: "local",
  };
}
