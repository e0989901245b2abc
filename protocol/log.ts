/** Writes structured log lines. Never a body, a proof or a key. */

/** Logs a fault of ours with its stack. */
export function logFault(where: string, fault: unknown): void {
  const error = fault instanceof Error ? (fault.stack ?? fault.message) : String(fault);
  console.error(JSON.stringify({ level: "error", where, error }));
}
