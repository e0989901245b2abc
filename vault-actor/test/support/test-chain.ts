/** A chain of which every address can be told from the others. Nothing listens at its endpoints. */
import type { ChainConfig } from "../../src/account/chain-config.ts";

const address = (digit: string) => `0x${digit.repeat(40)}` as const;

export function testChain(chainId: number): ChainConfig {
  return {
    chainId,
    rpcUrls: ["http://127.0.0.1:9/"],
    quorum: 1,
    proofBlock: "latest",
    rootCodeHashes: [],
    bundlerUrls: ["http://127.0.0.1:9/"],
    confirmations: 2,
    blockTimeMs: 1000,
    entryPoint: address("1"),
    delegationManager: address("2"),
    accountFactory: address("3"),
    accountImplementation: address("4"),
    enforcers: { timestamp: address("5"), redeemer: address("6") },
    wrappedNative: address("7"),
    uniswapV3: { router: address("8"), quoter: address("9") },
    entryPointVersion: "0.7",
    paymaster: undefined,
    intentGuard: undefined,
    priceSources: [],
    reserveAssets: [`eip155:${chainId}/erc20:${address("c")}`],
  };
}

/** A chain with three operators, two of whom must agree. Tests stand in for them. */
export const quorumChain: ChainConfig = {
  ...testChain(31_338),
  rpcUrls: ["http://a.node.test/", "http://b.node.test/", "http://c.node.test/"],
  quorum: 2,
};
