import { defineConfig } from "vitest/config";

const shared = { resolve: { conditions: ["source"] } };

/** Two projects in one run: Node for the library and the command, real Chromium for what a browser runs. */
export default defineConfig({
  test: {
    testTimeout: 60_000,
    projects: [
      {
        ...shared,
        ssr: { resolve: { conditions: ["source"] } },
        test: {
          name: "node",
          globalSetup: ["test/cli/global-setup.ts"],
          include: ["packages/*/src/**/*.test.ts", "test/**/*.test.ts"],
          exclude: ["**/*.browser.test.ts", "**/node_modules/**"],
          testTimeout: 60_000,
        },
      },
    ],
  },
});
