/** Makes one request to an upstream. What fails is a value with a reason, and tells no secrets. */
import { err, ok, type Result } from "#protocol/result";
import type { AskFailure, AskRequest } from "../source/source.ts";
import { readRetryAfter } from "./retry-after.ts";

/** The platform's fetch. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** What came. */
export type Received = {
  readonly json: unknown;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly fetchMs: number;
};

/** The largest answer that is read, in bytes. */
export const maxBytes = 8_388_608;

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

/** Makes a request: within `timeoutMs` its whole answer is here, or there is none. Never throws. */
export async function request(
  deps: { readonly fetch: Fetch; readonly now: () => number; readonly timeoutMs: number },
  { url, headers = {}, body, takesUnavailable = false }: AskRequest,
): Promise<Result<Received, AskFailure>> {
  const abort = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<Result<Received, AskFailure>>((resolve) => {
    timer = setTimeout(() => {
      resolve(failed("timeout", `no whole answer within ${deps.timeoutMs} ms`));
      abort.abort();
    }, deps.timeoutMs);
  });
  const init: RequestInit = {
    ...(body === undefined ? {} : { method: "POST", body }),
    headers: {
      accept: "application/json",
      "user-agent": "metavault-signals/1",
      ...headers,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    // A redirect could take the key along to somewhere else.
    redirect: "manual",
    signal: abort.signal,
  };
  const ask = async () => {
    try {
      return await receive(await deps.fetch(url, init), deps.now, takesUnavailable);
    } catch {
      // What the fault says may hold the address, and with it a key.
      return failed("unreachable", "the connection failed");
    }
  };
  try {
    return await Promise.race([ask(), late]);
  } finally {
    clearTimeout(timer);
  }
}

async function receive(
  response: Response,
  now: () => number,
  takesUnavailable: boolean,
): Promise<Result<Received, AskFailure>> {
  const { headers, status } = response;
  const isTaken = takesUnavailable && status === 503 && headers.get("retry-after") === null;
  if (status !== 200 && !isTaken) {
    await response.body?.cancel().catch(() => undefined);
    return err(refusalOf(response, now()));
  }
  const bytes = await readBytes(response);
  if (bytes === undefined) return failed("too_large", `more than ${maxBytes} bytes`);
  try {
    const json: unknown = JSON.parse(strictUtf8.decode(bytes));
    return ok({ json, bytes, fetchMs: now() });
  } catch {
    return isTaken ? err(refusalOf(response, now())) : failed("malformed", "not JSON");
  }
}

/** Why a status is no answer. */
function refusalOf({ status, headers }: Response, nowMs: number): AskFailure {
  const retryMs = readRetryAfter(headers.get("retry-after"), nowMs);
  const reason = status === 429 ? "rate_limited" : status >= 500 ? "unavailable" : "refused";
  const detail = status >= 300 && status < 400 ? `redirected, ${status}` : `status ${status}`;
  return { reason, detail, ...(retryMs === undefined ? {} : { retryMs }) };
}

/** Reads a body. `undefined` when it exceeds the limit: the rest is left unread. */
async function readBytes({ body }: Response): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop cancels the stream.
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > maxBytes) return undefined;
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}

function failed(reason: AskFailure["reason"], detail: string) {
  return err<AskFailure>({ reason, detail });
}
