/**
 * Asks one node several things at once, as a JSON-RPC batch, or one by one where it takes none.
 *
 * What a node says is judged by nobody here; an answer that is none is `failed`.
 */
import { callOnce, type FetchRpc, isRevert, type Posted, post } from "../account/node.ts";

/** A question to a node. */
export type Call = { readonly method: string; readonly params: readonly unknown[] };

/** What a node says. */
export type Said =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "revert" }
  | { readonly kind: "failed" };

/** Asks a node. The answers are in the order of the calls. */
export type AskNode = (calls: readonly Call[], signal: AbortSignal) => Promise<readonly Said[]>;

/** The longest answer of one request, in bytes. */
const maxBytes = 4_194_304;

/** How many single calls are open at a node. */
const width = 8;

const failed: Said = { kind: "failed" };

/** Creates the function that asks the node at an endpoint. */
export function createAskNode(fetch: FetchRpc, url: string): AskNode {
  let takesBatches = true;
  return async (calls, signal) => {
    if (calls.length > 1 && takesBatches) {
      const body = calls.map((call, id) => ({ jsonrpc: "2.0", id, ...call }));
      const posted = await post(fetch, url, body, { maxBytes, signal });
      if (posted.kind === "ok" && Array.isArray(posted.value)) {
        return inOrder(posted.value, calls.length);
      }
      if (!isRefusal(posted)) return calls.map(() => failed);
      takesBatches = false;
    }
    return inTurn(calls, async ({ method, params }) => {
      const outcome = await callOnce<unknown>(fetch, url, method, params, { maxBytes, signal });
      if (outcome.kind === "ok") return { kind: "value", value: outcome.value };
      return outcome.kind === "final" && isRevert(outcome) ? { kind: "revert" } : failed;
    });
  };
}

/** Whether a node answered, but not with a batch. */
function isRefusal(posted: Posted): boolean {
  const { status = 0 } = posted;
  return posted.kind === "ok" || (status >= 400 && status < 500 && status !== 429);
}

/** A batch may be answered in any order; what has no answer failed. */
function inOrder(answers: readonly unknown[], count: number): readonly Said[] {
  const said = Array.from({ length: count }, () => failed);
  for (const answer of answers) {
    const { id, result, error } = (answer ?? {}) as {
      id?: unknown;
      result?: unknown;
      error?: { code?: number; message?: string } | null;
    };
    if (typeof id !== "number" || said[id] === undefined) continue;
    if (typeof error === "object" && error !== null) {
      const { code = 0, message = "" } = error;
      said[id] = isRevert({ code, reason: String(message) }) ? { kind: "revert" } : failed;
    } else if (result !== undefined) said[id] = { kind: "value", value: result };
  }
  return said;
}

async function inTurn(
  calls: readonly Call[],
  ask: (call: Call) => Promise<Said>,
): Promise<readonly Said[]> {
  const said: Said[] = calls.map(() => failed);
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < calls.length; at = next++) {
      const call = calls[at];
      if (call !== undefined) said[at] = await ask(call);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, calls.length) }, worker));
  return said;
}
