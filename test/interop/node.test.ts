import { afterAll, beforeAll, describe, it } from "vitest";
import { hasEngine, TestServer } from "../support/server.ts";
import { all, check } from "./check.ts";

/** One real client in every run: the others need compilers and minutes, and run with `npm run test:interop`. */
describe.skipIf(!hasEngine)("a real client", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await TestServer.start();
  });
  afterAll(() => server?.remove());

  it("for Node is understood", async ({ skip }) => {
    const missing = await check(all.find(({ client }) => client.name === "node")!, server);
    if (missing !== undefined) skip(missing);
  }, 180_000);
});
