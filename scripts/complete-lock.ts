/**
 * Adds to a lockfile the platform packages that the registry at hand did not offer when it was
 * written. `npm ci` refuses a lock that lacks one, even on a machine that would never use it.
 *
 * An added entry has an exact version and no integrity; npm skips it on other platforms.
 */
import { readFileSync, writeFileSync } from "node:fs";

type Entry = {
  version?: string;
  dev?: boolean;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  optionalDependencies?: Record<string, string>;
};

const systems: Readonly<Record<string, string>> = {
  darwin: "darwin",
  linux: "linux",
  linuxmusl: "linux",
  win32: "win32",
  windows: "win32",
  freebsd: "freebsd",
  openbsd: "openbsd",
  netbsd: "netbsd",
  sunos: "sunos",
  aix: "aix",
  android: "android",
  openharmony: "openharmony",
};
const processors: Readonly<Record<string, string>> = {
  "64": "x64",
  amd64: "x64",
  x64: "x64",
  arm64: "arm64",
  aarch64: "arm64",
  armv7: "arm",
  arm: "arm",
  ia32: "ia32",
};

const file = process.argv[2] ?? "package-lock.json";
const lock = JSON.parse(readFileSync(file, "utf8")) as { packages: Record<string, Entry> };
const { packages } = lock;
let added = 0;

for (const [path, entry] of Object.entries(packages)) {
  for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
    if (isLocked(path, name)) continue;
    const parts = name.split(/[-/]/);
    const os = parts.map((part) => systems[part]).find((known) => known !== undefined) ?? "none";
    const cpu = parts.map((part) => processors[part]).findLast((known) => known !== undefined);
    packages[`${parentOf(path)}node_modules/${name}`] = {
      version: range.replace(/^[\^~]/, ""),
      ...(entry.dev === true ? { dev: true } : {}),
      optional: true,
      os: [os],
      cpu: [cpu ?? parts.at(-1) ?? "none"],
    };
    added++;
  }
}
lock.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added} entries added to ${file}`);

/** Whether `name`, as required from `path`, resolves to a locked package. */
function isLocked(path: string, name: string): boolean {
  for (let folder = path; ; ) {
    if (packages[`${folder === "" ? "" : `${folder}/`}node_modules/${name}`] !== undefined)
      return true;
    if (folder === "") return false;
    const at = folder.lastIndexOf("/node_modules/");
    folder = at < 0 ? "" : folder.slice(0, at);
  }
}

/** The folder whose `node_modules` holds the package at `path`. */
function parentOf(path: string): string {
  const at = path.lastIndexOf("node_modules/");
  return at < 0 ? "" : path.slice(0, at);
}
