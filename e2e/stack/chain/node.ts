/** Runs Anvil, and talks to it. */
import { createRequire } from "node:module";
import { join } from "node:path";
import {
  createPublicClient,
  createTestClient,
  createWalletClient,
  defineChain,
  http,
  type LocalAccount,
} from "viem";
import type { Instance } from "../instance.ts";
import { waitFor } from "../wait.ts";

/** The id of local chains. */
export const localChainId = 31_337;

/** A connection to a local chain. */
export type LocalChain = ReturnType<typeof connect>;

/** Starts the node. Its state is kept in the instance's folder. */
export async function startNode(
  instance: Instance,
  port: number,
  persistent: boolean,
): Promise<LocalChain> {
  const state = join(instance.folder, "chain.json");
  const args = [
    "--host",
    "127.0.0.1",
    "--port",
    String(port),
    "--chain-id",
    String(localChainId),
    "--hardfork",
    "prague",
    "--block-time",
    "1",
    "--mixed-mining",
    "--quiet",
    ...(persistent ? ["--state", state, "--state-interval", "5"] : []),
  ];
  const running = instance.start("chain", anvilBinary(), args);
  const chain = connect(`http://127.0.0.1:${port}`);
  await waitFor("the chain answers", () => chain.reader.getChainId(), { of: running, everyMs: 20 });
  return chain;
}

/** Connects to a node that runs. */
export function connect(url: string) {
  const chain = defineChain({
    id: localChainId,
    name: "local",
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: [url] } },
  });
  const options = { chain, transport: http(url), pollingInterval: 30, cacheTime: 0 };
  return {
    url,
    chain,
    reader: createPublicClient(options),
    tools: createTestClient({ ...options, mode: "anvil" }),
    wallet: (account: LocalAccount) => createWalletClient({ ...options, account }),
  };
}

/** The binary is in the platform's package; its install script is not needed. */
function anvilBinary(): string {
  const require = createRequire(import.meta.url);
  const arch = process.arch === "x64" ? "amd64" : process.arch;
  const fromMain = createRequire(require.resolve("@foundry-rs/anvil/package.json"));
  return fromMain.resolve(`@foundry-rs/anvil-${process.platform}-${arch}/bin/anvil`);
}
