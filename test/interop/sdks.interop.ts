import { afterAll, beforeAll, describe, it } from "vitest";
import { hasEngine, TestServer } from "../support/server.ts";
import { all, check } from "./check.ts";

describe.skipIf(!hasEngine)("real clients", () => {
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

  it.each(all.map((expected) => [expected.client.name, expected] as const))("%s", async (name, expected) => {
    const missing = await check(expected, server);
    if (missing !== undefined) skipped.push(`  ${name}: ${missing}`);
  });
});
