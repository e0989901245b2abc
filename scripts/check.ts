/** Checks everything that needs no running system: contract, formats, lint, types, bundles. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildWorker, workers } from "../e2e/stack/build.ts";
import { checkVendored } from "./check-vendored.ts";
import { staleContracts } from "./contracts.ts";
import { output } from "./run-tool.ts";

type Check = { readonly name: string; readonly run: () => Promise<void> };

const tool = (name: string, command: string, args: readonly string[]): Check => ({
  name,
  run: async () => {
    const { code, text } = await output(command, args);
    if (code !== 0) throw new Error(text);
  },
});

const checks: readonly Check[] = [
  tool("contract lint", "buf", ["lint"]),
  tool("contract format", "buf", ["format", "--diff", "--exit-code"]),
  { name: "contract compatibility", run: checkBreaking },
  { name: "contract validation rules", run: async () => checkVendored() },
  { name: "generated code", run: checkGenerated },
  { name: "compiled contracts", run: checkContracts },
  tool("format and lint", "biome", ["ci", "--error-on-warnings", "."]),
  tool("types", "tsc", ["-p", "."]),
  ...workers.map((name) => ({
    name: `deployable bundle of ${name}`,
    run: async () => {
      await buildWorker(name);
    },
  })),
];

/** Runs all checks, some at once. Returns how many failed. */
export async function check(): Promise<number> {
  let failed = 0;
  const queue = [...checks];
  const lane = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const startMs = Date.now();
      try {
        await next.run();
        console.log(`  ok      ${next.name} (${Date.now() - startMs} ms)`);
      } catch (fault) {
        failed++;
        console.log(`  FAILED  ${next.name}\n${fault instanceof Error ? fault.message : fault}`);
      }
    }
  };
  await Promise.all([lane(), lane()]);
  return failed;
}

/** Compares the contract with what `main` has published. */
async function checkBreaking(): Promise<void> {
  const baseline = ["origin/main", "main"].find(hasContract);
  if (baseline === undefined) return;
  const args = ["breaking", "--against", `.git#ref=${baseline}`];
  const { code, text } = await output("buf", args);
  if (code !== 0) throw new Error(text);
}

function hasContract(ref: string): boolean {
  try {
    execFileSync("git", ["cat-file", "-e", `${ref}:buf.yaml`], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

async function checkGenerated(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "metavault-gen-"));
  try {
    const generated = await output("buf", ["generate", "-o", folder]);
    if (generated.code !== 0) throw new Error(generated.text);
    const { code, text } = await output("diff", ["-r", "-q", "gen/es", join(folder, "gen/es")]);
    if (code !== 0) throw new Error(`${text}run: npm run generate`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function checkContracts(): Promise<void> {
  const stale = staleContracts();
  if (stale.length > 0) throw new Error(`${stale.join(", ")}: run npm run contracts`);
}

if (import.meta.main) process.exit((await check()) === 0 ? 0 : 1);
