/**
 * Has a tap answer at once what it was asked before: the first true answer to each question,
 * given again from memory. So what is measured is a vault's own time, not its node's.
 *
 * What is not a question (an operation that is handed over) and what says whether it landed always
 * goes on to the real node and bundler. Of what names one operation the caller and the function
 * count, so that the answer for one is the answer for the next. The memory is renewed when told,
 * all of it at the newest block. What is not in it goes on, and is known from then on.
 */
import type { Passing, Tap } from "../stack/tap.ts";

/** One request that came: when, and what it asked. */
export type Asked = {
  readonly atMs: number;
  readonly path: string;
  readonly methods: readonly string[];
  /** Whether all of it was answered from memory. */
  readonly isKnown: boolean;
};

type Call = Passing["calls"][number];
type Answer = { readonly result?: unknown; readonly error?: unknown };
type Known = { readonly call: Call; readonly answer: Answer };

const alwaysAsked: ReadonlySet<string> = new Set([
  "eth_sendUserOperation",
  "eth_getLogs",
  "eth_getTransactionReceipt",
]);

/** Puts a memory into a tap, in front of a node. */
export function rememberIn(tap: Tap, nodeUrl: string) {
  let known = new Map<string, Known>();
  const asked: Asked[] = [];
  tap.setThrough(async ({ path, calls, isBatch, pass }) => {
    const found = calls.flatMap((call) => known.get(keyOf(call)) ?? []);
    const isKnown = found.length === calls.length;
    asked.push({ atMs: Date.now(), path, methods: calls.map(({ method }) => method), isKnown });
    const answers = found.map(({ answer }, id) => ({ jsonrpc: "2.0", id, ...answer }));
    if (isKnown) return JSON.stringify(isBatch ? answers : answers[0]);
    const text = await pass();
    for (const { id, answer } of answersIn(text)) {
      const call = calls[isBatch ? Number(id) : 0];
      if (call !== undefined && !alwaysAsked.has(call.method)) {
        known.set(keyOf(call), { call, answer });
      }
    }
    return text;
  });
  return {
    /** All that was asked, the oldest first. */
    asked: asked as readonly Asked[],
    /** Asks the node all that it was asked before anew, at its newest block. */
    async renew(): Promise<void> {
      const before = known.get(keyOf(newest))?.answer.result;
      const [head] = await ask(nodeUrl, [newest]);
      if (typeof before !== "string" || head === undefined) return;
      const isNodes = ({ call }: Known) => !/UserOperation/.test(call.method);
      const stale = [...known.values()].filter(isNodes).map(({ call }) => atBlock(call, before));
      const calls = [newest, ...stale.map((call) => atBlock(call, before, head.result))];
      const answers = await ask(nodeUrl, calls);
      const next = new Map([...known].filter(([, one]) => !isNodes(one)));
      for (const [at, call] of calls.entries()) {
        const answer = at === 0 ? head : answers[at];
        if (answer !== undefined) next.set(keyOf(call), { call, answer });
      }
      known = next;
    },
    /** Lets everything through again. */
    stop: () => tap.setThrough(undefined),
  };
}

const newest: Call = { method: "eth_blockNumber", params: [] };

/** The same question about another block. */
function atBlock(call: Call, before: string, head: unknown = before): Call {
  const params = call.params.map((param) => (param === before ? head : param));
  return { ...call, params };
}

async function ask(url: string, calls: readonly Call[]): Promise<readonly Answer[]> {
  const body = JSON.stringify(calls.map((call, id) => ({ jsonrpc: "2.0", id, ...call })));
  const headers = { "content-type": "application/json" };
  const text = await (await fetch(url, { method: "POST", headers, body })).text();
  const answers: Answer[] = [];
  for (const { id, answer } of answersIn(text)) answers[Number(id)] = answer;
  return answers;
}

function answersIn(text: string): readonly { readonly id: unknown; readonly answer: Answer }[] {
  return [JSON.parse(text) as Answer & { id: unknown }].flat().map(({ id, result, error }) => ({
    id,
    answer: error === undefined ? { result } : { error },
  }));
}

/** What of a question matters. */
function keyOf({ method, params }: Call): string {
  const [first] = params as [Record<string, string> | undefined];
  if (method === "eth_estimateUserOperationGas") return `${method} ${first?.sender}`;
  // A call in somebody's name is the simulation of an operation.
  if (first?.from !== undefined) return `${method} ${first.to} ${first.data?.slice(0, 10)}`;
  return JSON.stringify([method, params]);
}
