/** Runs the three Workers on bare workerd, as their bundles are deployed. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import type { Secrets } from "../../scripts/new-secrets.ts";
import type { ChainConfig } from "../../vault-actor/src/account/chain-config.ts";
import { buildWorker } from "./build.ts";
import { config, quote, type Service, type Socket, worker } from "./capnp.ts";
import { type Instance, type Running, root } from "./instance.ts";
import type { Ports } from "./ports.ts";
import { upstreams } from "./upstreams.ts";
import { waitFor } from "./wait.ts";

const compatibilityDate = "2026-11-01";

/** What the Workers are configured with. */
export type WorkersOptions = {
  readonly ports: Ports;
  readonly databaseUrl: string;
  readonly worldUrl: string;
  readonly chains: readonly ChainConfig[];
  readonly secrets: Secrets;
  readonly periodMs: number;
  /** Calls a minute that the gateway lets through for each key. */
  readonly callsPerMinute: number;
  /** How long a stream says nothing at most; as deployed unless told. */
  readonly heartbeatMs?: number;
  /** More variables of the signals-service: publishers, operators. */
  readonly signals?: Readonly<Record<string, string>>;
  /** Hosts of the internet that are servers of this machine, for the vault-actor alone. */
  readonly outside?: Readonly<Record<string, string>>;
  /** A module around the vault-actor's bundle, for benchmarks. */
  readonly actorWrapper?: string;
  /** More services and sockets, for benchmarks and attacks. */
  readonly more?: (
    ports: WorkersOptions["ports"],
    chains: WorkersOptions["chains"],
  ) => {
    readonly services: readonly Service[];
    readonly sockets: readonly Socket[];
  };
};

/** Where the Workers are that stand in for the platform, seen from an instance's folder. */
export const localFolder = "../../e2e/stack/workers";

/** A Worker that only a local stack has; its file is seen from an instance's folder. */
export function localWorker(
  file: string,
  bindings: readonly string[],
  flags: readonly string[] = [],
  more = "",
): string {
  return worker({ file, compatibilityDate, flags, bindings, more });
}

/** Starts workerd. Resolves when the gateway answers. */
export async function startWorkers(instance: Instance, options: WorkersOptions): Promise<Running> {
  const [gateway, vaultActor, signals] = await Promise.all([
    buildWorker("gateway"),
    buildWorker("vault-actor"),
    buildWorker("signals-service"),
  ]);
  const storage = join(instance.folder, "objects");
  mkdirSync(storage, { recursive: true });
  const file = join(instance.folder, "workerd.capnp");
  const near = (path: string) => relative(instance.folder, path);
  const folders = {
    gateway: near(gateway),
    vaultActor: near(vaultActor),
    signals: near(signals),
    storage,
  };
  writeFileSync(file, configuration(options, folders), { mode: 0o600 });
  const binary = createRequire(import.meta.url).resolve(
    `@cloudflare/workerd-linux-${process.arch === "x64" ? "64" : "arm64"}/bin/workerd`,
  );
  const running = instance.start("workerd", binary, ["serve", "--experimental", file]);
  const health = `http://127.0.0.1:${options.ports.gateway}/healthz`;
  await waitFor("the gateway answers", async () => ((await fetch(health)).ok ? true : undefined), {
    of: running,
    everyMs: 20,
  });
  return running;
}

/** Modules are embedded by a path relative to the configuration. */
type Folders = {
  readonly gateway: string;
  readonly vaultActor: string;
  readonly signals: string;
  readonly storage: string;
};

/** The text form in which workerd takes a private key (RFC 7468). */
function pem(pkcs8: string): string {
  return `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`;
}

function configuration(options: WorkersOptions, folders: Folders): string {
  const origin = `http://127.0.0.1:${options.ports.gateway}`;
  const { secrets, worldUrl } = options;
  const database = new URL(options.databaseUrl);
  const text = (name: string, value: string) => `(name = ${quote(name)}, text = ${quote(value)})`;
  const limit = JSON.stringify({ limit: options.callsPerMinute, period: 60 });
  const limiterBinding = `(name = "LIMITER", wrapped = (moduleName = "local:rate-limit", innerBindings = [${text("SETTINGS", limit)}]))`;
  const more = options.more?.(options.ports, options.chains);
  const services: Service[] = [
    {
      name: "gateway",
      body: worker({
        file: join(folders.gateway, "index.js"),
        compatibilityDate,
        bindings: [
          `(name = "METAVAULT", durableObjectNamespace = (className = "MetavaultDO", serviceName = "vault-actor"))`,
          `(name = "SIGNALS", service = "signals-service")`,
          limiterBinding,
          text("ORIGINS", origin),
          text("CORS_ORIGINS", "*"),
        ],
      }),
    },
    {
      name: "vault-actor",
      body: worker({
        file: join(folders.vaultActor, "index.js"),
        ...(options.actorWrapper === undefined
          ? {}
          : { wrapper: { file: options.actorWrapper, innerName: "vault-actor.js" } }),
        compatibilityDate,
        bindings: [
          `(name = "METAVAULT", durableObjectNamespace = "MetavaultDO")`,
          `(name = "NOTARY", durableObjectNamespace = "NotaryDO")`,
          `(name = "SIGNALS", service = "signals-service")`,
          `(name = "TELEMETRY", queue = "queue")`,
          kekBinding("KEK", secrets.kek),
          text("KEK_VERSION", String(secrets.kekVersion ?? 1)),
          ...(secrets.kekPrevious === undefined
            ? []
            : [kekBinding("KEK_PREVIOUS", secrets.kekPrevious)]),
          `(name = "ATTESTATION_KEY", cryptoKey = (pkcs8 = ${quote(pem(secrets.attestationKey))}, algorithm = (name = "Ed25519"), extractable = false, usages = [sign]))`,
          text("ATTESTATION_KEY_ID", secrets.attestationKeyId),
          text("CODE_VERSION", "local"),
          limiterBinding,
          text("ORIGINS", `${origin},http://127.0.0.1:${options.ports.ingress}`),
          text("WEBAUTHN_ORIGINS", "http://localhost:3000,http://localhost:5173"),
          text("WEBAUTHN_RP_IDS", "localhost"),
          text("FEED_KEY_ID", secrets.feedKeyId),
          text("CHAINS", JSON.stringify(options.chains)),
          ...(options.heartbeatMs === undefined
            ? []
            : [text("STREAM_HEARTBEAT_MS", String(options.heartbeatMs))]),
        ],
        more: `durableObjectNamespaces = [
        (className = "MetavaultDO", uniqueKey = "metavault", enableSql = true),
        (className = "NotaryDO", uniqueKey = "notary", enableSql = true)
      ],
      durableObjectStorage = (localDisk = "objects"),
      ${options.outside === undefined ? "" : 'globalOutbound = "outside",'}`,
      }),
    },
    ...(options.outside === undefined
      ? []
      : [
          {
            name: "outside",
            body: localWorker(`${localFolder}/outside.js`, [
              text("HOSTS", JSON.stringify(options.outside)),
            ]),
          },
        ]),
    {
      name: "signals-service",
      body: worker({
        file: join(folders.signals, "index.js"),
        compatibilityDate,
        bindings: [
          `(name = "DB", hyperdrive = (designator = "postgres", database = ${quote(database.pathname.slice(1))}, user = ${quote(decodeURIComponent(database.username))}, password = ${quote(decodeURIComponent(database.password))}, scheme = "postgresql"))`,
          text("PERIOD_MS", String(options.periodMs)),
          text("FEED_KEY", secrets.feedKey),
          text("OPERATOR_KEY_IDS", secrets.operatorKeyId),
          text("ORIGINS", origin),
          ...Object.entries(upstreams(worldUrl)).map(([name, value]) => text(name, value)),
          ...Object.entries(options.signals ?? {}).map(([name, value]) => text(name, value)),
        ],
      }),
    },
    {
      name: "cron",
      body: localWorker(
        `${localFolder}/cron.js`,
        [`(name = "SIGNALS", service = "signals-service")`],
        ["service_binding_extra_handlers"],
      ),
    },
    {
      name: "queue",
      body: localWorker(
        `${localFolder}/queue.js`,
        [
          `(name = "CONSUMER", service = "signals-service")`,
          `(name = "QUEUE", durableObjectNamespace = "Queue")`,
        ],
        ["service_binding_extra_handlers"],
        `durableObjectNamespaces = [(className = "Queue", uniqueKey = "queue", enableSql = true)],
      durableObjectStorage = (localDisk = "objects"),`,
      ),
    },
    { name: "objects", body: `disk = (path = ${quote(folders.storage)}, writable = true)` },
    {
      name: "postgres",
      body: `external = (address = ${quote(`${database.hostname}:${database.port || "5432"}`)}, tcp = ())`,
    },
    { name: "internet", body: `network = (allow = ["public", "private", "local"])` },
    ...(more?.services ?? []),
  ];
  const sockets: Socket[] = [
    { name: "gateway", port: options.ports.gateway, service: "gateway" },
    { name: "ingress", port: options.ports.ingress, service: "vault-actor" },
    { name: "cron", port: options.ports.cron, service: "cron" },
    { name: "queue", port: options.ports.queue, service: "queue" },
    ...(more?.sockets ?? []),
  ];
  const limiter = readFileSync(join(root, "e2e/stack/workers/rate-limit.js"), "utf8");
  const extension = `(modules = [(name = "local:rate-limit", internal = true, esModule = ${quote(limiter)})])`;
  return config(services, sockets, [extension]);
}

/** A KEK as the platform gives it: a key that can be used and not read. */
function kekBinding(name: string, base64: string): string {
  return `(name = ${quote(name)}, cryptoKey = (base64 = ${quote(base64)}, algorithm = (name = "HKDF"), extractable = false, usages = [deriveKey]))`;
}
