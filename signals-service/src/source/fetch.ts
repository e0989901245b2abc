/** Asks sources over HTTP. A source that fails is no reading, never a value. */
import type { Source, SourceReadings } from "./source.ts";

/** What one source answered. */
export type SourceAnswer =
  | {
      readonly kind: "ok";
      readonly source: Source;
      readonly fetchMs: number;
      /** SHA-256 over the raw answer. */
      readonly evidence: Uint8Array<ArrayBuffer>;
      readonly readings: SourceReadings;
    }
  | { readonly kind: "failed"; readonly source: Source; readonly reason: string };

const timeoutMs = 10_000;
const maxBytes = 8_388_608;

/** Asks one source. Never throws. */
export async function askSource(
  fetch: (url: string, init: RequestInit) => Promise<Response>,
  source: Source,
  now: () => number,
): Promise<SourceAnswer> {
  const failed = (reason: string): SourceAnswer => ({ kind: "failed", source, reason });
  try {
    const response = await fetch(source.url, {
      headers: {
        accept: "application/json",
        "user-agent": "metavault-signals/1",
        ...source.headers,
      },
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!response.ok) return failed(`status ${response.status}`);
    const bytes = await response.arrayBuffer();
    if (bytes.byteLength > maxBytes) return failed("answer too large");
    const fetchMs = now();
    const readings = source.read(JSON.parse(new TextDecoder().decode(bytes)), fetchMs);
    if (!readings.ok) return failed(readings.error);
    const evidence = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    return { kind: "ok", source, fetchMs, evidence, readings: readings.value };
  } catch (fault) {
    return failed(fault instanceof SyntaxError ? "not JSON" : "unreachable");
  }
}
