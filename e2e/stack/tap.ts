/**
 * Stands between the vaults and their chain's node and bundler, and injects faults there: calls
 * that hang, answers that get lost, operators that lie. Everything else passes through untouched.
 *
 * Several operators are several ways to the one node, and several bundlers to the one bundler:
 * what differs between them is only what a test has them do.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Address } from "#protocol/names";
import {
  operationHash,
  type UserOperation,
} from "../../vault-actor/src/execution/user-operation.ts";
import { localChainId } from "./chain/node.ts";

/**
 * A fault of a method, whoever is asked. `hang`: the call never arrives. `lose-answer`: the call
 * arrives and its answer does not. `empty`: the answer is an empty list, as from a node that lags.
 */
export type Fault = "hang" | "lose-answer" | "empty";

/**
 * A fault of one bundler. `hang`, `lose-answer`: as above, whatever it is asked. `lie`: it takes
 * operations and names another hash. `refuse`: it refuses every operation. `swallow`: it takes
 * operations, says so, and has none of them included.
 */
export type BundlerFault = "hang" | "lose-answer" | "lie" | "refuse" | "swallow";

/**
 * What an operator answers to a method instead of the truth; `undefined` is the truth. `honest`
 * asks the node.
 */
export type Lie = (
  method: string,
  params: readonly unknown[],
  honest: () => Promise<unknown>,
) => unknown;

/** One request that comes through: where to, what it asks, and how to have it answered truly. */
export type Passing = {
  readonly path: string;
  readonly calls: readonly { readonly method: string; readonly params: readonly unknown[] }[];
  /** Whether it is a batch, whose answer is one too. */
  readonly isBatch: boolean;
  /** The text of the true answer. */
  readonly pass: () => Promise<string>;
};

/** A running tap. */
export type Tap = {
  /** Where the vaults call the node. */
  readonly nodeUrl: string;
  /** Where the vaults call the same node as if three operators ran one each. */
  readonly operatorUrls: readonly [string, string, string];
  /** Where the vaults call the bundler. */
  readonly bundlerUrl: string;
  /** Where the vaults call the same bundler as if two operators ran one each. */
  readonly bundlerUrls: readonly [string, string];
  /** Sets or clears a method's fault. */
  readonly set: (method: string, fault: Fault | undefined) => void;
  /** Sets or clears a bundler's fault. */
  readonly setBundler: (bundlerUrl: string, fault: BundlerFault | undefined) => void;
  /** Has an operator answer what `lie` says, where it says anything; `undefined` ends it. */
  readonly setLiar: (operatorUrl: string, lie: Lie | undefined) => void;
  /** Has somebody answer everything instead; `undefined` ends it. No fault applies meanwhile. */
  readonly setThrough: (through: ((passing: Passing) => Promise<string>) | undefined) => void;
  /** Resolves when a call of the method has met its fault. */
  readonly hit: (method: string) => Promise<void>;
  /** How often a method was called since the start; of all endpoints unless one is named. */
  readonly count: (method: string, url?: string) => number;
  readonly close: () => Promise<void>;
};

type Call = {
  readonly method: string;
  readonly id: unknown;
  readonly params?: readonly unknown[];
};

const json = { "content-type": "application/json" };

/** Starts a tap in this process, in front of the two. */
export async function startTap(node: string, bundler: string): Promise<Tap> {
  const faults = new Map<string, Fault>();
  const bundlerFaults = new Map<string, BundlerFault>();
  const counts = new Map<string, number>();
  const liars = new Map<string, Lie>();
  let through: ((passing: Passing) => Promise<string>) | undefined;
  const waiting: { method: string; done: () => void }[] = [];
  const held = new Set<ServerResponse>();
  const seen = (key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const path = request.url ?? "";
    if (through !== undefined) {
      const asked = JSON.parse(body.toString()) as Call | Call[];
      const isBatch = Array.isArray(asked);
      const calls = [asked].flat().map(({ method, params = [] }) => ({ method, params }));
      const to = path.startsWith("/bundler") ? bundler : node;
      const pass = async () => (await fetch(to, { method: "POST", headers: json, body })).text();
      const text = await through({ path, calls, isBatch, pass });
      response.writeHead(200, json);
      return void response.end(isBatch ? text : withId(text, asked.id));
    }
    const { method, id, params = [] } = JSON.parse(body.toString()) as Call;
    seen(method);
    seen(`${path} ${method}`);
    const fault = faults.get(method) ?? bundlerFaults.get(path);
    const met = () => {
      for (const waiter of waiting.filter((w) => w.method === method)) waiter.done();
    };
    const say = (answer: object) => response.end(JSON.stringify({ jsonrpc: "2.0", id, ...answer }));
    if (fault === "hang") {
      held.add(response);
      return met();
    }
    if (fault === "empty") {
      say({ result: [] });
      return met();
    }
    if (fault === "refuse" && method.includes("UserOperation")) {
      say({ error: { code: -32500, message: "AA23 reverted" } });
      return met();
    }
    if (fault === "swallow" && method === "eth_sendUserOperation") {
      const [operation, entryPoint] = params as [UserOperation, Address];
      say({ result: operationHash(operation, entryPoint, localChainId, "0.7") });
      return met();
    }
    const pass = () =>
      fetch(path.startsWith("/bundler") ? bundler : node, { method: "POST", headers: json, body });
    const honest = async () => ((await (await pass()).json()) as { result?: unknown }).result;
    const lie = await liars.get(path)?.(method, params, honest);
    if (lie !== undefined) return void say({ result: lie });
    const answer = await pass();
    const text = await answer.text();
    if (fault === "lose-answer") {
      held.add(response);
      return met();
    }
    if (fault === "lie" && method === "eth_sendUserOperation") {
      say({ result: `0x${"11".repeat(32)}` });
      return met();
    }
    response.writeHead(answer.status, json);
    response.end(text);
  };
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as { port: number };
  const at = (path: string) => `http://127.0.0.1:${port}${path}`;
  const put = <T>(map: Map<string, T>, key: string, value: T | undefined) => {
    if (value === undefined) map.delete(key);
    else map.set(key, value);
  };
  return {
    nodeUrl: at("/node"),
    operatorUrls: [at("/operator/a"), at("/operator/b"), at("/operator/c")],
    bundlerUrl: at("/bundler"),
    bundlerUrls: [at("/bundler/a"), at("/bundler/b")],
    set: (method, fault) => put(faults, method, fault),
    setBundler: (url, fault) => put(bundlerFaults, new URL(url).pathname, fault),
    setLiar: (url, lie) => put(liars, new URL(url).pathname, lie),
    setThrough: (given) => {
      through = given;
    },
    hit: (method) => new Promise((done) => waiting.push({ method, done })),
    count: (method, url) =>
      counts.get(url === undefined ? method : `${new URL(url).pathname} ${method}`) ?? 0,
    async close() {
      for (const response of held) response.destroy();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

/** An answer under the id of this request: what was said before was said under another's. */
function withId(text: string, id: unknown): string {
  return JSON.stringify({ ...(JSON.parse(text) as object), id });
}
