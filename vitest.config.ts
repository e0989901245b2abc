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
    ],
  },
});
