import { readFileSync } from "node:fs";
import { entryPoint07Address } from "viem/account-abstraction";
import { describe, expect, test } from "vitest";
import { chainIn, parseChains } from "./chain-config.ts";

const example = readFileSync(`${import.meta.dirname}/../../chains.example.json`, "utf8");
const [base] = JSON.parse(example) as [Record<string, unknown>];

describe("the configuration of chains", () => {
  test("the example is accepted", () => {
    const chains = parseChains(example);
    expect([...chains.keys()]).toEqual([8453]);
    expect(chains.get(8453)?.entryPoint).toBe(entryPoint07Address.toLowerCase());
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
    ["negative confirmations", { confirmations: -1 }],
    ["no router", { uniswapV3: { quoter: entryPoint07Address.toLowerCase() } }],
  ])("a chain with %s is refused", (_, change) => {
    expect(() => parseChains(JSON.stringify([{ ...base, ...change }]))).toThrow(/CHAINS/);
  });

  test.each(["{}", "1", "not json"])("%s is not a list of chains", (text) => {
    expect(() => parseChains(text)).toThrow();
  });
});
