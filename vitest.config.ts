import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["{protocol,gateway,vault-actor,signals-service,client,scripts}/**/*.test.ts"],
          exclude: ["**/node_modules/**", "*/test/**"],
        },
      },
      "vault-actor/vitest.config.ts",
      {
        test: {
          name: "postgres",
          include: ["signals-service/test/**/*.test.ts"],
          globalSetup: ["signals-service/test/support/postgres.ts"],
          // One database for all, each test in a schema of its own.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "chain",
          include: ["e2e/chain/**/*.test.ts"],
          // Nothing but a chain and contracts: light enough to run beside others.
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["e2e/test/**/*.test.ts"],
          // Each file runs a stack of its own, which mostly waits.
          maxWorkers: 2,
          globalSetup: ["e2e/stack/prebuild.ts"],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
