/** When a webhook is sent again. Pure. */

/** The pauses after the first attempt, the second and so on, in seconds: about a day. */
const pauses = [5, 60, 300, 1_800, 7_200, 25_200, 50_400] as const;

/** The most attempts. */
export const maxAttempts = pauses.length + 1;

/** How long to wait after so many attempts, in milliseconds. */
export function pauseAfter(attempts: number): number {
  return (pauses[Math.min(attempts, pauses.length) - 1] ?? pauses[0]) * 1000;
}

/** What an answer says: it arrived, it must never come again, or it may come again. */
export function readStatus(status: number): "delivered" | "gone" | "again" {
  if (status >= 200 && status < 300) return "delivered";
  return status === 410 ? "gone" : "again";
}
