/**
 * Stands between the vaults and their chain's node and bundler, and injects faults there: calls
 * that hang, answers that get lost. Everything else passes through untouched.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

/**
 * A fault. `hang`: the call never arrives. `lose-answer`: the call arrives and its answer does
 * not. `empty`: the answer is an empty list, as from a node that lags behind.
 */
export type Fault = "hang" | "lose-answer" | "empty";

/** What an operator answers to a method instead of the truth. */
export type Lie = (method: string) => unknown;

/** A running tap. */
export type Tap = {
  /** Where the vaults call the node. */
  readonly nodeUrl: string;
  /** Where the vaults call the same node as if three operators ran one each. */
  readonly operatorUrls: readonly [string, string, string];
  /** Where the vaults call the bundler. */
  readonly bundlerUrl: string;
  /** Sets or clears a method's fault. */
  readonly set: (method: string, fault: Fault | undefined) => void;
  /** Has an operator answer what `lie` says, where it says anything; `undefined` ends it. */
  readonly setLiar: (operatorUrl: string, lie: Lie | undefined) => void;
  /** Resolves when a call of the method has met its fault. */
  readonly hit: (method: string) => Promise<void>;
  /** How often a method was called since the start. */
  readonly count: (method: string) => number;
  readonly close: () => Promise<void>;
};

/** Starts a tap in this process, in front of the two. */
export async function startTap(node: string, bundler: string): Promise<Tap> {
  const faults = new Map<string, Fault>();
  const counts = new Map<string, number>();
  const liars = new Map<string, Lie>();
  const waiting: { method: string; done: () => void }[] = [];
  const held = new Set<ServerResponse>();

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const { method, id } = JSON.parse(body.toString()) as { method: string; id: unknown };
    counts.set(method, (counts.get(method) ?? 0) + 1);
    const fault = faults.get(method);
    const met = () => {
      for (const waiter of waiting.filter((w) => w.method === method)) waiter.done();
    };
    if (fault === "hang") {
      held.add(response);
      return met();
    }
    if (fault === "empty") {
      response.end(JSON.stringify({ jsonrpc: "2.0", id, result: [] }));
      return met();
    }
    const lie = liars.get(request.url ?? "")?.(method);
    if (lie !== undefined) {
      response.end(JSON.stringify({ jsonrpc: "2.0", id, result: lie }));
      return;
    }
    const target = request.url === "/bundler" ? bundler : node;
    const headers = { "content-type": "application/json" };
    const answer = await fetch(target, { method: "POST", headers, body });
    const text = await answer.text();
    if (fault === "lose-answer") {
      held.add(response);
      return met();
    }
    response.writeHead(answer.status, headers);
    response.end(text);
  };
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as { port: number };
  const operator = (name: string) => `http://127.0.0.1:${port}/operator/${name}`;
  return {
    nodeUrl: `http://127.0.0.1:${port}/node`,
    operatorUrls: [operator("a"), operator("b"), operator("c")],
    bundlerUrl: `http://127.0.0.1:${port}/bundler`,
    set(method, fault) {
      if (fault === undefined) faults.delete(method);
      else faults.set(method, fault);
    },
    setLiar(operatorUrl, lie) {
      const { pathname } = new URL(operatorUrl);
      if (lie === undefined) liars.delete(pathname);
      else liars.set(pathname, lie);
    },
    hit: (method) => new Promise((done) => waiting.push({ method, done })),
    count: (method) => counts.get(method) ?? 0,
    async close() {
      for (const response of held) response.destroy();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
