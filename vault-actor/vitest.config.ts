import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { attestationKey, attestationKeyId } from "./test/support/test-attestation.ts";
import { quorumChain, testChain } from "./test/support/test-chain.ts";

const chain = testChain(31_337);

export default defineConfig({
  plugins: [
    cloudflareTest({
      wrangler: { configPath: "./wrangler.jsonc" },
      miniflare: {
        // The outside world is down unless a test stands in for it.
        outboundService: () => new Response("down", { status: 503 }),
        bindings: {
          ORIGINS: "https://api.metavault.example",
          WEBAUTHN_ORIGINS: "https://app.metavault.example",
          WEBAUTHN_RP_IDS: "metavault.example",
          KEK: btoa("k".repeat(32)),
          KEK_VERSION: "1",
          ATTESTATION_KEY: attestationKey,
          ATTESTATION_KEY_ID: attestationKeyId,
          CODE_VERSION: "test",
          FEED_KEY_ID: "ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
          CHAINS: JSON.stringify([chain, quorumChain]),
          // Short, so that a test sees heartbeats and the end of a lease.
          STREAM_HEARTBEAT_MS: "250",
          STREAM_LEASE_MS: "3000",
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
