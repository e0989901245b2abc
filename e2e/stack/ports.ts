/** Chooses the loopback ports that the stack listens on. */
import { createServer } from "node:net";
import { setTimeout } from "node:timers/promises";

/** What listens where. */
export type Ports = {
  readonly gateway: number;
  readonly ingress: number;
  readonly direct: number;
  readonly bench: number;
  readonly queue: number;
  readonly signals: number;
  readonly cron: number;
  readonly chain: number;
  readonly bundler: number;
  readonly postgres: number;
  readonly world: number;
};

/** The stable ports of `npm start`, with the variables that override them. */
const stable: Readonly<
  Record<Exclude<keyof Ports, "direct" | "bench" | "queue" | "signals">, readonly [number, string]>
> = {
  gateway: [8787, "METAVAULT_GATEWAY_PORT"],
  ingress: [8791, "METAVAULT_INGRESS_PORT"],
  cron: [8789, "METAVAULT_CRON_PORT"],
  world: [8790, "METAVAULT_WORLD_PORT"],
  chain: [8545, "METAVAULT_CHAIN_PORT"],
  bundler: [4337, "METAVAULT_BUNDLER_PORT"],
  postgres: [54329, "METAVAULT_POSTGRES_PORT"],
};

/** The stable ports. Fails with what to do when one is in use. */
export async function stablePorts(): Promise<Ports> {
  // Attacks, benchmarks and tests have ports of their own, which nobody uses by hand.
  const chosen: Record<string, number> = { ...(await freePorts()) };
  for (const [name, [port, variable]] of Object.entries(stable)) {
    const wanted = Number(process.env[variable] ?? port);
    if (!Number.isInteger(wanted) || wanted < 1 || wanted > 65_535) {
      throw new Error(`${variable} is not a port`);
    }
    // What a killed run left may take a moment to let go.
    if (!(await becomesFree(wanted))) {
      throw new Error(`port ${wanted} (${name}) is in use: free it, or set ${variable}`);
    }
    chosen[name] = wanted;
  }
  return chosen as Ports;
}

/**
 * Ports that nobody uses now: below those that systems give to outgoing connections, and from
 * another part of that range in each of the processes that test at once.
 */
export async function freePorts(): Promise<Ports> {
  const names = [...Object.keys(stable), "direct", "bench", "queue", "signals"];
  const part = Number(process.env.VITEST_POOL_ID ?? 0) % parts;
  const found: number[] = [];
  for (let tries = 0; found.length < names.length; tries++) {
    if (tries > 1000) throw new Error("no ports are free");
    const port = firstFree + part * partSize + Math.floor(Math.random() * partSize);
    if (!found.includes(port) && (await isFree(port))) found.push(port);
  }
  return Object.fromEntries(names.map((name, i) => [name, found[i]])) as Ports;
}

const firstFree = 16_000;
const parts = 8;
const partSize = 2_000;

async function becomesFree(port: number): Promise<boolean> {
  for (let i = 0; i < 20; i++) {
    if (await isFree(port)) return true;
    await setTimeout(100);
  }
  return false;
}

async function isFree(port: number): Promise<boolean> {
  try {
    const server = await listen(port);
    await new Promise((done) => server.close(done));
    return true;
  } catch {
    return false;
  }
}

function listen(port: number) {
  return new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}
