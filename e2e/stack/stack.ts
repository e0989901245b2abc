/**
 * The whole system on this machine: three Workers on workerd, PostgreSQL, a chain with the real
 * contracts, a bundler, and the world's feeds.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Secrets } from "../../scripts/new-secrets.ts";
import type { ChainConfig } from "../../vault-actor/src/account/chain-config.ts";
import type { EntryPointVersion } from "../../vault-actor/src/account/chain-extras.ts";
import { buildWorker, workers } from "./build.ts";
import { bundlerReady, startBundler } from "./bundler.ts";
import { type Deployment, deployContracts, deployEntryPoint } from "./chain/contracts.ts";
import { deployFeeds } from "./chain/feeds.ts";
import { type LocalChain, localChainId, startNode } from "./chain/node.ts";
import { growObservations } from "./chain/pool.ts";
import type { WorldState } from "./feeds/state.ts";
import { Instance } from "./instance.ts";
import { type OracleOperator, startOracleOperator } from "./oracle-operator.ts";
import { type Paymaster, startPaymaster } from "./paymaster.ts";
import { freePorts, type Ports, stablePorts } from "./ports.ts";
import { startPostgres } from "./postgres.ts";
import { priceSourcesOf } from "./price-sources.ts";
import { instanceSecrets } from "./secrets.ts";
import { startTap, type Tap } from "./tap.ts";
import { startWorkers, type WorkersOptions } from "./workerd.ts";
import { startWorld, type World } from "./world.ts";

/** How a stack is run. */
export type StackOptions = {
  /** Its name, and its folder's. */
  readonly name: string;
  /** Keeps state and ports from run to run. */
  readonly persistent: boolean;
  readonly progress: (line: string) => void;
  readonly callsPerMinute?: number;
  /** How often the feeds are asked: every second unless told, so that people need not wait. */
  readonly periodMs?: number;
  /** How long a stream says nothing at most; as deployed unless told. */
  readonly heartbeatMs?: number;
  /** What is different in the world from the first moment on. */
  readonly world?: Partial<WorldState>;
  readonly more?: WorkersOptions["more"];
  /** More variables of the signals-service: publishers, operators. */
  readonly signals?: WorkersOptions["signals"];
  readonly actorWrapper?: string;
  /** Hosts of the internet that are servers of this machine: host to `http:` URL. */
  readonly outside?: WorkersOptions["outside"];
  /** Puts a tap between the vaults and their chain, for faults. */
  readonly tapped?: boolean;
  /** With a tap: three operators before the one node, of which two must agree. */
  readonly operators?: boolean;
  /** With a tap: two bundlers before the one. */
  readonly bundlers?: boolean;
  /** How many blocks above its own make a landing final: 1 unless told. */
  readonly confirmations?: number;
  /** Which EntryPoint the accounts are made for: 0.7 unless told. */
  readonly entryPointVersion?: EntryPointVersion;
  /** Has a paymaster pay the fees. */
  readonly paymaster?: boolean;
};

/** What `kill` ends; the chain and the feeds are the outside world and go on. */
export type Killable = "workerd" | "bundler" | "postgres";

/** A running stack. */
export type Stack = {
  readonly baseUrl: string;
  /** The second way in, straight to the vaults. */
  readonly ingressUrl: string;
  readonly ports: Ports;
  readonly chain: LocalChain;
  readonly bundlerUrl: string;
  readonly deployment: Deployment;
  readonly chainConfig: ChainConfig;
  readonly secrets: Secrets;
  readonly databaseUrl: string;
  readonly world: World;
  /** Where faults are injected; only in a tapped stack. */
  readonly tap: Tap | undefined;
  /** Who pays the fees, in a stack with a paymaster. */
  readonly paymaster: Paymaster | undefined;
  /** Keeps the chain's price feeds near the pool. */
  readonly oracle: OracleOperator;
  readonly instance: Instance;
  /** Has the signals-service ingest once, as its cron does. */
  readonly ingest: () => Promise<void>;
  /** Kills what Metavault runs, at once: Workers, database and bundler, or some of them. */
  readonly kill: (names?: readonly Killable[]) => Promise<void>;
  /** Starts again what was killed, or some of it, from now on with these secrets when given. */
  readonly restart: (secrets?: Secrets, names?: readonly Killable[]) => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** Starts the stack. */
export async function startStack(options: StackOptions): Promise<Stack> {
  // What a killed run left behind is stopped before its ports are looked at.
  const instance = Instance.open(options.name, options.persistent);
  const ports = options.persistent ? await stablePorts() : await freePorts();
  const periodMs = options.periodMs ?? 1000;
  const onExit = () => instance.killAll();
  process.once("exit", onExit);
  let world: World | undefined;
  let paymaster: Paymaster | undefined;
  const entryPointVersion = options.entryPointVersion ?? "0.7";
  try {
    const { progress } = options;
    progress("building the Workers, starting PostgreSQL and the chain");
    const builds = Promise.all(workers.map(buildWorker));
    builds.catch(() => undefined);
    world = await startWorld(ports.world);
    Object.assign(world.state, options.world);
    const database = startPostgres(instance, ports.postgres);
    database.catch(() => undefined);
    const chain = await startNode(instance, ports.chain, options.persistent);
    progress("deploying the contracts, starting the bundler");
    const { deployment, startTheBundler } = await prepareChain(
      instance,
      chain,
      ports,
      entryPointVersion,
    );
    const operating = startOracleOperator(chain, deployment);
    operating.catch(() => undefined);
    const secrets = await instanceSecrets(instance);
    const databaseUrl = await database;
    await builds;
    const bundlerUrl = `http://127.0.0.1:${ports.bundler}`;
    const tap = options.tapped === true ? await startTap(chain.url, bundlerUrl) : undefined;
    const urls = tap ?? { nodeUrl: chain.url, bundlerUrl };
    const operators = options.operators === true ? tap?.operatorUrls : undefined;
    if (options.paymaster === true) paymaster = await startPaymaster(chain, deployment.entryPoint);
    const chainConfig: ChainConfig = {
      ...chainConfigOf(deployment, urls, operators),
      ...(options.confirmations === undefined ? {} : { confirmations: options.confirmations }),
      ...(options.bundlers === true && tap !== undefined ? { bundlerUrls: tap.bundlerUrls } : {}),
      entryPointVersion,
      paymaster: paymaster && { url: paymaster.url, context: {} },
    };
    let workersOptions: WorkersOptions = {
      ports,
      databaseUrl,
      worldUrl: world.url,
      chains: [chainConfig],
      secrets,
      periodMs,
      callsPerMinute: options.callsPerMinute ?? 6000,
      ...(options.heartbeatMs === undefined ? {} : { heartbeatMs: options.heartbeatMs }),
      ...(options.more === undefined ? {} : { more: options.more }),
      ...(options.signals === undefined ? {} : { signals: options.signals }),
      ...(options.actorWrapper === undefined ? {} : { actorWrapper: options.actorWrapper }),
      ...(options.outside === undefined ? {} : { outside: options.outside }),
    };
    await startWorkers(instance, workersOptions);
    await startTheBundler;
    const oracle = await operating;
    const ingest = () => ingestOnce(ports.cron);
    await ingest();
    const beat = setInterval(() => void ingest().catch(() => undefined), periodMs);
    const runningWorld = world;
    return {
      baseUrl: `http://127.0.0.1:${ports.gateway}`,
      ingressUrl: `http://127.0.0.1:${ports.ingress}`,
      ports,
      chain,
      bundlerUrl,
      deployment,
      chainConfig,
      secrets,
      databaseUrl,
      world,
      tap,
      paymaster,
      oracle,
      instance,
      ingest,
      async kill(names = ["workerd", "bundler", "postgres"]) {
        await Promise.all(names.map((name) => instance.stop(name, "SIGKILL")));
      },
      async restart(changed, names) {
        if (changed !== undefined) workersOptions = { ...workersOptions, secrets: changed };
        const isGone = (name: Killable) =>
          !instance.isRunning(name) && names?.includes(name) !== false;
        if (isGone("postgres")) await startPostgres(instance, ports.postgres);
        if (isGone("workerd")) await startWorkers(instance, workersOptions);
        if (!isGone("bundler")) return;
        const bundler = startBundler(instance, ports.bundler, chain.url, deployment.entryPoint);
        await bundlerReady(bundler, ports.bundler);
      },
      async stop() {
        clearInterval(beat);
        oracle.stop();
        await tap?.close();
        await paymaster?.close();
        await runningWorld.close();
        await instance.stopAll();
        process.removeListener("exit", onExit);
      },
    };
  } catch (fault) {
    await world?.close();
    await paymaster?.close();
    await instance.stopAll("SIGKILL");
    throw fault;
  }
}

async function prepareChain(
  instance: Instance,
  chain: LocalChain,
  ports: Ports,
  entryPointVersion: EntryPointVersion,
) {
  const file = join(instance.folder, "deployment.json");
  const startAt = (entryPoint: Deployment["entryPoint"]) => {
    const running = startBundler(instance, ports.bundler, chain.url, entryPoint);
    const ready = bundlerReady(running, ports.bundler);
    ready.catch(() => undefined);
    return ready;
  };
  if (existsSync(file)) {
    const deployment = JSON.parse(readFileSync(file, "utf8")) as Deployment;
    const code = await chain.reader.getCode({ address: deployment.delegationManager });
    if (code !== undefined) {
      // A chain of an earlier version has no prices yet.
      if (deployment.feeds === undefined) await growObservations(chain, deployment.pool);
      const feeds = deployment.feeds ?? (await deployFeeds(chain));
      const whole = { ...deployment, feeds };
      writeFileSync(file, JSON.stringify(whole, null, 2));
      return { deployment: whole, startTheBundler: startAt(deployment.entryPoint) };
    }
    // A chain that forgot its contracts can't be matched with vaults that remember them.
    rmSync(join(instance.folder, "objects"), { recursive: true, force: true });
  }
  const entryPoint = await deployEntryPoint(chain, entryPointVersion);
  const startTheBundler = startAt(entryPoint);
  const deployment = await deployContracts(chain, entryPoint);
  writeFileSync(file, JSON.stringify(deployment, null, 2));
  return { deployment, startTheBundler };
}

function chainConfigOf(
  deployment: Deployment,
  urls: { readonly nodeUrl: string; readonly bundlerUrl: string },
  operators: readonly string[] = [urls.nodeUrl],
): ChainConfig {
  const { enforcers, router, quoter } = deployment;
  return {
    chainId: localChainId,
    rpcUrls: operators,
    quorum: Math.floor(operators.length / 2) + 1,
    // Behind them is one node, whose newest block is final.
    proofBlock: "latest",
    rootCodeHashes: [],
    bundlerUrls: [urls.bundlerUrl],
    confirmations: 1,
    blockTimeMs: 1000,
    entryPoint: deployment.entryPoint,
    delegationManager: deployment.delegationManager,
    accountFactory: deployment.accountFactory,
    accountImplementation: deployment.accountImplementation,
    enforcers,
    wrappedNative: deployment.wrappedNative,
    uniswapV3: { router, quoter },
    entryPointVersion: "0.7",
    paymaster: undefined,
    intentGuard: deployment.intentGuard,
    priceSources: priceSourcesOf(deployment),
    reserveAssets: [`eip155:${localChainId}/erc20:${deployment.usdc}`],
  };
}

async function ingestOnce(port: number): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/`, { method: "POST" });
  const { outcome } = (await response.json()) as { outcome: string };
  if (outcome !== "ok") throw new Error(`the ingest ended with ${outcome}`);
}
