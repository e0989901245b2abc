/** Runs Alto, a real ERC-4337 bundler, in a folder and a process of its own. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Address } from "#protocol/names";
import { devSecret, roles } from "./chain/accounts.ts";
import { type Instance, type Running, root } from "./instance.ts";
import { waitFor } from "./wait.ts";

const main = join(root, "e2e/stack/bundler/node_modules/@pimlico/alto/esm/cli/alto.js");

/** Starts the bundler. The entry point must be on the chain. */
export function startBundler(
  instance: Instance,
  port: number,
  nodeUrl: string,
  entryPoint: Address,
): Running {
  if (!existsSync(main)) throw new Error("the bundler is not installed: run through npm scripts");
  const args = [
    main,
    "run",
    "--entrypoints",
    entryPoint,
    "--rpc-url",
    nodeUrl,
    "--port",
    String(port),
    "--executor-private-keys",
    devSecret(roles.bundler),
    "--utility-private-key",
    devSecret(roles.bundlerUtility),
    "--min-executor-balance",
    "0",
    "--utility-wallet-monitor",
    "false",
    "--refilling-wallets",
    "false",
    "--safe-mode",
    "false",
    "--block-time",
    "100",
    "--max-block-wait-count",
    "1",
    // Without these two its estimates are now and then too small for what they estimate.
    "--v7-call-gas-limit-multiplier",
    "130",
    "--binary-search-tolerance-delta",
    "1000",
  ];
  return instance.start("bundler", process.execPath, args);
}

/** Waits until it answers. */
export async function bundlerReady(running: Running, port: number): Promise<void> {
  const body = JSON.stringify({
    jsonrpc: "2.0",
    id: 1,
    method: "eth_supportedEntryPoints",
    params: [],
  });
  await waitFor(
    "the bundler answers",
    async () => {
      const response = await fetch(`http://127.0.0.1:${port}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      });
      return response.ok ? true : undefined;
    },
    { of: running },
  );
}
