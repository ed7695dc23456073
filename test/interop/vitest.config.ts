import { defineConfig } from "vitest/config";

/** `npm run test:interop`: real clients, downloaded from their registries, against a real server. */
export default defineConfig({
  resolve: { conditions: ["source"] },
  ssr: { resolve: { conditions: ["source"] } },
  test: {
    include: ["test/interop/*.test.ts", "test/interop/*.interop.ts"],
    testTimeout: 1_500_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
});
