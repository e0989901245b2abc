import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

const address = (digit: string) => `0x${digit.repeat(40)}`;

// Nothing listens there: these tests need no chain.
const chain = {
  chainId: 31_337,
  rpcUrls: ["http://127.0.0.1:9/"],
  bundlerUrls: ["http://127.0.0.1:9/"],
  confirmations: 1,
  blockTimeMs: 1000,
  entryPoint: address("1"),
  delegationManager: address("2"),
  accountFactory: address("3"),
  accountImplementation: address("4"),
  enforcers: { timestamp: address("5"), redeemer: address("6") },
  wrappedNative: address("7"),
  uniswapV3: { router: address("8"), quoter: address("9") },
};

export default defineConfig({
  plugins: [
    cloudflareTest({
      wrangler: { configPath: "./wrangler.jsonc" },
      miniflare: {
        bindings: {
          ORIGINS: "https://api.metavault.example",
          KEK: btoa("k".repeat(32)),
          FEED_KEY_ID: "ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
          CHAINS: JSON.stringify([chain]),
        },
        workers: [
          {
            name: "signals-service",
            modules: true,
            compatibilityDate: "2026-11-01",
            script: "export default { fetch() { return new Response('down', { status: 503 }) } }",
          },
        ],
      },
    }),
  ],
  test: { name: "workerd", include: ["test/**/*.test.ts"] },
});
