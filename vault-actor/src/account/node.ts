/**
 * Asks a chain's nodes, the healthiest first, until one answers.
 *
 * Outcomes say what to do next: a node that can't be reached is `retry`; what the chain
 * itself refuses (a revert) is `final`.
 */
import { readBody } from "#protocol/exchange";
import {
  answered,
  breakerOf,
  failed,
  type HealthBook,
  inOrder,
  probed,
  unknownHealth,
} from "./endpoint-health.ts";

/** What became of a call to the outside. */
export type Outcome<T> =
  | { readonly kind: "ok"; readonly value: T }
  | { readonly kind: "retry"; readonly reason: string }
  | {
      readonly kind: "final";
      readonly reason: string;
      readonly code: number;
      readonly data: unknown;
    };

/** The part of `fetch` that is needed. */
export type FetchRpc = (url: string, init: RequestInit) => Promise<Response>;

/** Calls a JSON-RPC method. `signal`: nobody waits for the answer any more. */
export type Rpc = <T>(
  method: string,
  params: readonly unknown[],
  signal?: AbortSignal,
) => Promise<Outcome<T>>;

const timeoutMs = 8_000;
const maxAnswerBytes = 8_388_608;

/** How long one endpoint may take while another is left to ask, in milliseconds. */
export const hurryMs = 4_000;

/**
 * Errors that are an endpoint's own trouble (JSON-RPC, EIP-1474): internal error, resource
 * unavailable, limit exceeded. They say nothing of what was asked.
 */
const troubleCodes: ReadonlySet<number> = new Set([-32603, -32002, -32005, 429]);

/** Whether an error is an endpoint's trouble. Too wide a question for logs has a code of trouble. */
function isTrouble({ code, reason }: { readonly code: number; readonly reason: string }): boolean {
  return troubleCodes.has(code) && !/revert|range|results|blocks|logs|response size/i.test(reason);
}

/** What is known of endpoints, kept by the caller, and the clock that dates it. */
export type Health = { readonly book: HealthBook; readonly now: () => number };

/**
 * Creates a caller for endpoints. `deadlineMs` is what the last one that is asked may take. What
 * one endpoint alone refuses, short of a revert, the next one is asked too: nodes differ in
 * methods and limits.
 */
export function createRpc(
  fetch: FetchRpc,
  urls: readonly string[],
  health: Health = { book: new Map(), now: () => 0 },
  deadlineMs = timeoutMs,
): Rpc {
  return async <T>(method: string, params: readonly unknown[], signal?: AbortSignal) => {
    const call: CallOf = { method, params, signal };
    let refused: Outcome<T> | undefined;
    let last: Outcome<T> = { kind: "retry", reason: "no endpoint" };
    const order = inOrder(urls, health.book, health.now());
    for (const [at, url] of order.entries()) {
      const ownMs = at + 1 < order.length ? Math.min(hurryMs, deadlineMs) : deadlineMs;
      last = await watched<T>(fetch, health, url, call, ownMs);
      if (signal?.aborted) return last;
      if (last.kind === "ok" || (last.kind === "final" && isRevert(last))) return last;
      if (last.kind === "final") refused ??= last;
    }
    return refused ?? last;
  };
}

type CallOf = {
  readonly method: string;
  readonly params: readonly unknown[];
  readonly signal: AbortSignal | undefined;
};

/** Calls one endpoint, and notes how it did. */
async function watched<T>(
  fetch: FetchRpc,
  { book, now }: Health,
  url: string,
  { method, params, signal }: CallOf,
  deadlineMs: number,
): Promise<Outcome<T>> {
  const note = (change: typeof failed, value: number) =>
    book.set(url, change(book.get(url) ?? unknownHealth, value));
  const startMs = now();
  const before = book.get(url);
  if (before !== undefined && breakerOf(before, startMs) === "half-open") {
    book.set(url, probed(before, startMs, deadlineMs));
  }
  const options = { deadlineMs, ...(signal === undefined ? {} : { signal }) };
  const outcome = await callOnce<T>(fetch, url, method, params, options);
  // Whoever is cut off says nothing of the endpoint's health.
  if (signal?.aborted) return outcome;
  if (outcome.kind === "retry") {
    note(failed, now());
    return outcome;
  }
  if (outcome.kind === "final" && isTrouble(outcome) && !isRevert(outcome)) {
    note(failed, now());
    return { kind: "retry", reason: outcome.reason };
  }
  note(answered, now() - startMs);
  return outcome;
}

/** Calls one endpoint. An answer that is longer than `maxBytes` is none. */
export async function callOnce<T>(
  fetch: FetchRpc,
  url: string,
  method: string,
  params: readonly unknown[],
  options: PostOptions = {},
): Promise<Outcome<T>> {
  const posted = await post(fetch, url, { jsonrpc: "2.0", id: 1, method, params }, options);
  if (posted.kind === "retry") return posted;
  const answer = posted.value as {
    result?: T;
    error?: { code?: number; message?: string; data?: unknown };
  } | null;
  if (answer?.error !== undefined) {
    const { code = 0, message = "unknown error", data } = answer.error;
    return { kind: "final", reason: message, code, data };
  }
  if (answer?.result === undefined) return { kind: "retry", reason: `status ${posted.status}` };
  return { kind: "ok", value: answer.result };
}

/** Bounds of one request. */
export type PostOptions = {
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
  /** How long it may take, in milliseconds: 8,000 unless told. */
  readonly deadlineMs?: number;
};

/** What came back for a request. `status` is missing when nothing did. */
export type Posted =
  | { readonly kind: "ok"; readonly value: unknown; readonly status: number }
  | { readonly kind: "retry"; readonly reason: string; readonly status?: number };

/** Posts JSON to an endpoint, and reads the JSON that it answers. */
export async function post(
  fetch: FetchRpc,
  url: string,
  body: unknown,
  options: PostOptions = {},
): Promise<Posted> {
  const late = new AbortController();
  // Cleared when the call ends: a timer that is left keeps the object awake.
  const timer = setTimeout(() => late.abort(), options.deadlineMs ?? timeoutMs);
  const { signal } = options;
  let status: number | undefined;
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: signal === undefined ? late.signal : AbortSignal.any([late.signal, signal]),
    });
    status = response.status;
    // A busy or broken endpoint says nothing about the chain, whatever its body claims.
    if (status === 429 || status >= 500)
      return { kind: "retry", reason: `status ${status}`, status };
    const bytes = await readBody(response.body, options.maxBytes ?? maxAnswerBytes);
    if (bytes === undefined) return { kind: "retry", reason: "the answer is too long" };
    return { kind: "ok", value: JSON.parse(new TextDecoder().decode(bytes)) as unknown, status };
  } catch (fault) {
    const reason = fault instanceof Error ? fault.name : "unreachable";
    return { kind: "retry", reason, ...(status === undefined ? {} : { status }) };
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Whether an error is the chain's own verdict and not the node's trouble. Code 3 is a revert by
 * convention (execution-apis); clients that have other codes say so in words.
 */
export function isRevert(error: { readonly code: number; readonly reason: string }): boolean {
  return error.code === 3 || /revert|invalid opcode|out of gas|stack underflow/i.test(error.reason);
}
