/** How long a stream lives and how often it shows that it does. Pure data. */

/** A stream says something at least this often: 30 seconds. */
export const maxHeartbeatMs = 30_000;

/** A vault ends a stream after this at the latest: 15 minutes. */
export const maxLeaseMs = 900_000;

/** How long a caller waits for something fresh: two heartbeats and a slow network. */
export const maxSilenceMs = 2 * maxHeartbeatMs + 5_000;
