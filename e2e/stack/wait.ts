/** Waits for something to become true. */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Running } from "./instance.ts";

/** Polls until `check` gives a value. Fails with the end of the log when the process ends first. */
export async function waitFor<T>(
  what: string,
  check: () => Promise<T | undefined>,
  options: { readonly timeoutMs?: number; readonly everyMs?: number; readonly of?: Running } = {},
): Promise<T> {
  const { timeoutMs = 60_000, everyMs = 50, of } = options;
  const endMs = Date.now() + timeoutMs;
  for (;;) {
    const value = await check().catch(() => undefined);
    if (value !== undefined) return value;
    if (of !== undefined && !of.isRunning()) {
      throw new Error(`${of.name} ended before ${what}:\n${tailOf(of.logFile)}`);
    }
    if (Date.now() > endMs) {
      const log = of === undefined ? "" : `\n${tailOf(of.logFile)}`;
      throw new Error(`${what}: not within ${timeoutMs / 1000} s${log}`);
    }
    await sleep(everyMs);
  }
}

function tailOf(file: string): string {
  try {
    return readFileSync(file, "utf8").split("\n").slice(-20).join("\n");
  } catch {
    return "";
  }
}
