/** When a session is looked at, and when its owner is warned of its end. Pure. */
import type { Session } from "./session.ts";

const dayMs = 86_400_000;

/** How many days before a permission's end its owner is warned, the earlier first. */
const warningDays = [7, 1] as const;

/** How often the chain is asked about an active session's permission: once a day. */
const activePauseMs = dayMs;
/** And about a revoked one, until the chain shows it: often while a revocation is fresh. */
const [soonMs, laterMs, soonForMs] = [15_000, 3_600_000, 900_000];

type Times = Pick<Session, "state" | "warnedDays"> & { readonly expireMs: number };

/** Of which warning it is time. `undefined`: of none. */
export function dueWarning(session: Times, nowMs: number): number | undefined {
  if (session.state !== "ACTIVE") return undefined;
  const reached = warningDays.filter((days) => nowMs >= session.expireMs - days * dayMs).at(-1);
  if (reached === undefined || (session.warnedDays ?? Infinity) <= reached) return undefined;
  return reached;
}

/** When to look next: at a warning, or when the chain may have changed. */
export function nextLookMs(
  session: Times & { readonly wantedMs?: number | undefined },
  nowMs: number,
): number {
  if (session.state === "REVOKED") {
    const isFresh = nowMs - (session.wantedMs ?? 0) < soonForMs;
    return nowMs + (isFresh ? soonMs : laterMs);
  }
  const warnings = warningDays
    .filter((days) => days < (session.warnedDays ?? Infinity))
    .map((days) => session.expireMs - days * dayMs)
    .filter((atMs) => atMs > nowMs);
  return Math.min(nowMs + activePauseMs, ...warnings);
}
