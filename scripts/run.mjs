/**
 * Runs one of the project's programs on a machine that has git, Node 20 and npm and nothing
 * else: installs what is missing, finds a Node that runs TypeScript, and hands over.
 *
 * Plain JavaScript, because it runs on whatever Node there is.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";

const root = resolve(dirname(new URL(import.meta.url).pathname), "..");
const [program, ...args] = process.argv.slice(2);
if (program === undefined) fail("usage: node scripts/run.mjs <program.ts> [arguments]");

install(root, "the project's packages");
if (!/^(scripts|client)\//.test(program) || program === "scripts/test.ts") {
  install(join(root, "e2e/stack/bundler"), "the local bundler (once)");
}
const node = findNode();
const child = spawn(node, ["--disable-warning=ExperimentalWarning", join(root, program), ...args], {
  cwd: root,
  stdio: "inherit",
  env: {
    ...process.env,
    PATH: [join(root, "node_modules/.bin"), dirname(node), process.env.PATH].join(delimiter),
  },
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    // A terminal sends the signal to the child too; a plain kill does not.
    if (!process.stdin.isTTY || signal !== "SIGINT") child.kill(signal);
  });
}
child.once("exit", (code, signal) => process.exit(code ?? (signal === null ? 1 : 130)));

/** Installs a folder's packages, unless its lockfile is installed already. */
function install(folder, what) {
  const lock = readFileSync(join(folder, "package-lock.json"));
  const wanted = createHash("sha256").update(lock).digest("hex");
  const stamp = join(folder, "node_modules/.metavault-installed");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  console.error(`installing ${what} ...`);
  const command = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const result = spawnSync("npm", command, {
    cwd: folder,
    stdio: ["ignore", 2, 2],
    // What an outer npm passes on must not decide for this one.
    env: Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^npm_(package|lifecycle)/i.test(name)),
    ),
    shell: process.platform === "win32",
  });
  if (result.error !== undefined) fail(`npm is missing: ${result.error.message}`);
  if (result.status !== 0) fail(`npm ci failed in ${folder}`);
  writeFileSync(stamp, wanted);
}

/** A Node that runs TypeScript by itself: the one that came through npm, or this one. */
function findNode() {
  const packed = join(root, `node_modules/node-${process.platform}-${process.arch}/bin/node`);
  if (existsSync(packed)) return packed;
  const [major] = process.versions.node.split(".").map(Number);
  if (major >= 24) return process.execPath;
  return fail(`Node 24 comes through npm on Linux; on ${process.platform} install it yourself`);
}

function fail(message) {
  console.error(`metavault: ${message}`);
  process.exit(1);
}
