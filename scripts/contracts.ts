/**
 * Compiles our contracts, and says whether what is committed fits the sources.
 *
 * `npm run contracts` writes contracts/compiled/*.json; `npm run contracts -- --check` compiles
 * and compares. The compiler runs in a child process, since it takes over a process's handling
 * of rejections.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const folder = join(root, "contracts");
const settings = { optimizer: { enabled: true, runs: 200 }, viaIR: true, evmVersion: "cancun" };

/** The contracts that are deployed, TestBatch by tests only; the other sources are their parts. */
const deployed = [
  "ArgRangeEnforcer",
  "FairSwapEnforcer",
  "IntentGuard",
  "TestBatch",
  "WindowSpendEnforcer",
] as const;

/** SHA-256 over the settings and every source with its name: what compiled JSON belongs to. */
export function sourceHash(): string {
  const hash = createHash("sha256").update(JSON.stringify(settings));
  for (const [name, source] of Object.entries(sources())) {
    hash.update(`\n${name} ${source.length}\n${source}`);
  }
  return hash.digest("hex");
}

/** Says which compiled contracts do not belong to the sources. Needs no compiler. */
export function staleContracts(): readonly string[] {
  const expected = sourceHash();
  return deployed.filter((name) => {
    const { sourceHash: found } = JSON.parse(read(`compiled/${name}.json`)) as Json;
    return found !== expected;
  });
}

type Json = { readonly sourceHash: string };

function sources(): Record<string, string> {
  const names = readdirSync(join(folder, "src")).filter((name) => name.endsWith(".sol"));
  return Object.fromEntries(names.sort().map((name) => [name, read(`src/${name}`)]));
}

function read(path: string): string {
  return readFileSync(join(folder, path), "utf8");
}

/** Every use of transient storage warns. Here a pair of calls opens and clears its flag. */
const transientWarning = "2394";

const compiler = `
const solc = require("solc");
let input = "";
process.stdin.on("data", (part) => { input += part; });
process.stdin.on("end", () => {
  process.stdout.write(JSON.stringify({ version: solc.version(), output: JSON.parse(solc.compile(input)) }));
});`;

function compile(): ReadonlyMap<string, string> {
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(
      Object.entries(sources()).map(([name, content]) => [name, { content }]),
    ),
    settings: {
      ...settings,
      outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } },
    },
  };
  const answer = execFileSync(process.execPath, ["-e", compiler], {
    input: JSON.stringify(input),
    cwd: root,
    maxBuffer: 1 << 28,
  });
  const { version, output } = JSON.parse(answer.toString()) as {
    version: string;
    output: {
      errors?: { errorCode: string; formattedMessage: string }[];
      contracts: Record<
        string,
        Record<string, { abi: unknown; evm: { bytecode: { object: string } } }>
      >;
    };
  };
  const faults = (output.errors ?? []).filter(({ errorCode }) => errorCode !== transientWarning);
  if (faults.length > 0) throw new Error(faults.map((f) => f.formattedMessage).join("\n"));
  const hash = sourceHash();
  return new Map(
    deployed.map((name) => {
      const contract = output.contracts[`${name}.sol`]?.[name];
      if (contract === undefined) throw new Error(`${name} is not in its file`);
      const { abi, evm } = contract;
      const bytecode = `0x${evm.bytecode.object}`;
      const json = { compiler: `solc ${version}`, settings, sourceHash: hash, abi, bytecode };
      return [name, `${JSON.stringify(json, null, 1)}\n`];
    }),
  );
}

function main(check: boolean): void {
  for (const [name, json] of compile()) {
    const path = `compiled/${name}.json`;
    if (!check) writeFileSync(join(folder, path), json);
    else if (read(path) !== json) throw new Error(`${path} differs; run: npm run contracts`);
  }
}

if (import.meta.main) main(process.argv.includes("--check"));
