/** Asks sources over HTTP. A source that fails is no reading, never a value. */
import { err, ok } from "#protocol/result";
import type { Ask, AskFailure, Source } from "../source/source.ts";
import type { Outcome, Payload } from "./outcome.ts";

const timeoutMs = 10_000;
const maxBytes = 8_388_608;

/** Asks one source. Never throws. */
export async function askSource(
  fetch: (url: string, init: RequestInit) => Promise<Response>,
  source: Source,
  now: () => number,
): Promise<Outcome> {
  const payloads: Payload[] = [];
  const failed = (reason: AskFailure["reason"], detail: string) => err({ reason, detail });
  const ask: Ask = async ({ url, headers = {}, body }) => {
    try {
      const response = await fetch(url, {
        ...(body === undefined ? {} : { method: "POST", body }),
        headers: {
          accept: "application/json",
          "user-agent": "metavault-signals/1",
          ...headers,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        signal: AbortSignal.timeout(timeoutMs),
      });
      if (!response.ok) return failed("refused", `status ${response.status}`);
      const bytes = new Uint8Array(await response.arrayBuffer());
      if (bytes.byteLength > maxBytes) return failed("too_large", "answer too large");
      const fetchMs = now();
      const json: unknown = JSON.parse(new TextDecoder().decode(bytes));
      const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
      payloads.push({ hash, body: bytes, fetchMs });
      return ok({ json, fetchMs });
    } catch (fault) {
      return fault instanceof SyntaxError
        ? failed("malformed", "not JSON")
        : failed("unreachable", "unreachable");
    }
  };
  const readings = await source.read(ask, now());
  if (!readings.ok) return { kind: "failed", source, failure: readings.error };
  const fetchMs = payloads.at(-1)?.fetchMs ?? now();
  return { kind: "ok", source, fetchMs, readings: readings.value, payloads };
}
