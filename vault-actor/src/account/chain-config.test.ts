import { readFileSync } from "node:fs";
import { entryPoint07Address } from "viem/account-abstraction";
import { describe, expect, test } from "vitest";
import { chainIn, parseChains } from "./chain-config.ts";

const example = readFileSync(`${import.meta.dirname}/../../chains.example.json`, "utf8");
const [base] = JSON.parse(example) as [Record<string, unknown>];

const [source, , twap] = base.priceSources as readonly Record<string, unknown>[];

describe("the configuration of chains", () => {
  test("the example is accepted", () => {
    const chains = parseChains(example);
    expect([...chains.keys()]).toEqual([8453]);
    expect(chains.get(8453)?.entryPoint).toBe(entryPoint07Address.toLowerCase());
  });

  test.each([
    [1, 1],
    [2, 2],
    [3, 2],
    [4, 3],
    [5, 3],
  ])("of %d nodes %d must agree unless told", (nodes, quorum) => {
    const rpcUrls = Array.from({ length: nodes }, (_, index) => `https://n${index}.example/`);
    const chain = { ...base, quorum: undefined, proofBlock: undefined, rpcUrls };
    const parsed = parseChains(JSON.stringify([chain])).get(8453);
    expect(parsed).toMatchObject({ quorum, proofBlock: "safe" });
    expect(parsed?.rootCodeHashes).toEqual([]);
  });

  test("a chain that is not configured is refused", () => {
    expect(chainIn(parseChains(example), 1)).toMatchObject({
      error: { reason: "CHAIN_UNSUPPORTED", metadata: { chain: "eip155:1" } },
    });
  });

  test.each<[string, Record<string, unknown>]>([
    ["no chain id", { chainId: undefined }],
    ["a fraction of a chain id", { chainId: 1.5 }],
    ["no endpoint", { rpcUrls: [] }],
    ["an endpoint that is no URL", { bundlerUrls: ["base"] }],
    ["a checksummed address", { entryPoint: entryPoint07Address }],
    ["no enforcers", { enforcers: undefined }],
    ["an endpoint twice", { rpcUrls: ["https://a.example/", "https://a.example/"] }],
    ["a quorum above its nodes", { quorum: 4 }],
    ["a quorum that two answers could reach", { quorum: 1 }],
    ["no quorum of nodes at all", { quorum: 0 }],
    ["a block number to prove at", { proofBlock: "0x10" }],
    ["a hash that is none", { rootCodeHashes: ["0x12"] }],
    ["negative confirmations", { confirmations: -1 }],
    ["reserves that are no list", { reserveAssets: "usdc" }],
    ["a reserve that is no asset", { reserveAssets: ["usdc"] }],
    ["a reserve of another chain", { reserveAssets: ["eip155:1/slip44:60"] }],
    ["a price source of another kind", { priceSources: [{ ...source, kind: "pyth" }] }],
    ["a price source of nobody", { priceSources: [{ ...source, group: "" }] }],
    ["a group that prices an asset twice", { priceSources: [source, source] }],
    [
      "a price of another chain's asset",
      { priceSources: [{ ...source, asset: "eip155:1/slip44:60" }] },
    ],
    ["a feed without an age", { priceSources: [{ ...source, maxAgeSeconds: undefined }] }],
    ["a pool without a window", { priceSources: [{ ...twap, windowSeconds: 0 }] }],
    ["a pool with a window of days", { priceSources: [{ ...twap, windowSeconds: 86_401 }] }],
    ["a pool without a quote", { priceSources: [{ ...twap, quote: undefined }] }],
    ["a sequencer without a feed", { sequencer: { graceSeconds: 1 } }],
    ["a reserve twice", { reserveAssets: ["eip155:8453/slip44:60", "eip155:8453/slip44:60"] }],
    ["no router", { uniswapV3: { quoter: entryPoint07Address.toLowerCase() } }],
  ])("a chain with %s is refused", (_, change) => {
    expect(() => parseChains(JSON.stringify([{ ...base, ...change }]))).toThrow(/CHAINS/);
  });

  test.each(["{}", "1", "not json"])("%s is not a list of chains", (text) => {
    expect(() => parseChains(text)).toThrow();
  });
});
