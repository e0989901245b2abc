/** Where the local signals-service finds its upstreams: in the stack's own world. */

/** The variables that say so. Keys are no secrets here. */
export function upstreams(worldUrl: string): Readonly<Record<string, string>> {
  return {
    COINGECKO_URL: `${worldUrl}/coingecko`,
    USGS_URL: `${worldUrl}/usgs`,
    WORLD_MONITOR_URL: `${worldUrl}/world-monitor`,
    WORLD_MONITOR_KEY: "local",
  };
}
