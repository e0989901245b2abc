/** Bundles the Workers exactly as a deployment does, once for each state of the sources. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { output } from "../../scripts/run-tool.ts";
import { root } from "./instance.ts";

/** The Workers. */
export const workers = ["gateway", "vault-actor", "signals-service"] as const;

/** The name of a Worker. */
export type WorkerName = (typeof workers)[number];

/** Builds a Worker, unless its sources are built already. Returns the folder of `index.js`. */
export async function buildWorker(name: WorkerName): Promise<string> {
  const hash = sourceHash([name, "protocol", "gen/es", "package.json"]);
  const folder = join(root, ".metavault/build", `${name}-${hash}`);
  if (existsSync(join(folder, "done"))) return folder;
  rmSync(folder, { recursive: true, force: true });
  const args = [
    "deploy",
    "--dry-run",
    "--outdir",
    folder,
    "-c",
    join(root, name, "wrangler.jsonc"),
  ];
  const { code, text } = await output("wrangler", args);
  if (code !== 0 || !existsSync(join(folder, "index.js"))) {
    throw new Error(`${name} does not build:\n${text}`);
  }
  writeFileSync(join(folder, "done"), "");
  return folder;
}

function sourceHash(paths: readonly string[]): string {
  const hash = createHash("sha256");
  for (const path of paths) addTo(hash, path);
  return hash.digest("hex").slice(0, 16);
}

function addTo(hash: ReturnType<typeof createHash>, path: string): void {
  const full = join(root, path);
  if (/\.test\.ts$/.test(path)) return;
  if (/\.[a-z]+$/.test(path)) {
    hash.update(`${path}\0`).update(readFileSync(full));
    return;
  }
  const names = readdirSync(full, { withFileTypes: true });
  for (const entry of names.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name === "test" || entry.name.startsWith(".")) continue;
    if (entry.isDirectory()) addTo(hash, `${path}/${entry.name}`);
    else hash.update(`${path}/${entry.name}\0`).update(readFileSync(join(full, entry.name)));
  }
}
