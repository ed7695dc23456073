import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

const shared = {
  resolve: { conditions: ["source"] },
  ssr: { resolve: { conditions: ["source"] } },
};

/** Two projects in one run: Node for the library and the command, real Chromium for what a browser runs. */
export default defineConfig({
  test: {
    testTimeout: 60_000,
    // Many tests wait for a process or a browser: on two processors one worker would leave one of them idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    globalSetup: ["test/support/generated.ts", "test/cli/global-setup.ts"],
    projects: [
      {
        ...shared,
        test: {
          name: "node",
          // Files share a process and what it has loaded: loading every reader anew took a third of the time.
          isolate: false,
          include: ["packages/*/src/**/*.test.ts", "test/**/*.test.ts"],
          exclude: ["test/browser/**", "**/*.browser.test.ts", "**/node_modules/**"],
          testTimeout: 60_000,
        },
      },
      {
        ...shared,
        test: {
          // Node drives Chromium over playwright: the tests open the very files that users open.
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          exclude: ["**/node_modules/**"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
