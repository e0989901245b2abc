/** Reads contracts as their makers published them. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Abi, Hex } from "viem";

const require = createRequire(import.meta.url);

/** A compiled contract. */
export type Artifact = { readonly abi: Abi; readonly bytecode: Hex };

/** Reads an artifact out of a package. */
export function artifact(path: string): Artifact {
  const json = JSON.parse(readFileSync(require.resolve(path), "utf8")) as {
    abi: Abi;
    bytecode: string | { object: string };
  };
  const code = typeof json.bytecode === "string" ? json.bytecode : json.bytecode.object;
  return { abi: json.abi, bytecode: (code.startsWith("0x") ? code : `0x${code}`) as Hex };
}
