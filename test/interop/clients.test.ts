import { afterAll, beforeAll, describe, it } from "vitest";
import { hasEngine, TestServer } from "../support/server.ts";
import { all, check } from "./check.ts";

/** Side by side: each waits for its registry at first, and for its SDK's next push in the end. */
describe.skipIf(!hasEngine)("real clients, each with a hot function", () => {
  let server: TestServer;
  const skipped: string[] = [];

  beforeAll(async () => {
    server = await TestServer.start();
  });
  afterAll(async () => {
    await server?.remove();
    if (skipped.length > 0)
      console.warn(`${skipped.length} of ${all.length} clients skipped:\n${skipped.join("\n")}`);
  });

  it.concurrent.each(all.map((expected) => [expected.client.name, expected] as const))(
    "%s",
    { timeout: 600_000 },
    async (name, expected) => {
      const missing = await check(expected, server);
      if (missing !== undefined) skipped.push(`  ${name}: ${missing}`);
    },
  );
});
