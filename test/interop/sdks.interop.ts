import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually, hasEngine, TestServer } from "../support/server.ts";
import { type Client, prepared } from "./client.ts";
import { go, java, node, otlp, python, rust } from "./clients.ts";

interface Expected {
  readonly client: Client;
  readonly service: string;
  readonly type: string;
  /** Name of the function that burns the time. */
  readonly hot: RegExp;
  /** Labels that the client was told to send. */
  readonly labels: Readonly<Record<string, string>>;
}

const CPU = "process_cpu:cpu:nanoseconds:cpu:nanoseconds";

const all: readonly Expected[] = [
  {
    client: go,
    service: "interop.go",
    type: CPU,
    hot: /^main\.hotFunction$/,
    labels: { client: "go", controller: "orders" },
  },
  {
    client: python,
    service: "interop.python",
    type: CPU,
    hot: /hot_function/,
    labels: { client: "python", controller: "orders" },
  },
  {
    client: node,
    service: "interop.node",
    type: "wall:wall:nanoseconds:wall:nanoseconds",
    hot: /hotFunction/,
    labels: { client: "node" },
  },
  { client: java, service: "interop.java", type: CPU, hot: /Main\.hotFunction/, labels: { client: "java" } },
  { client: rust, service: "interop.rust", type: CPU, hot: /hot_function/, labels: { client: "rust" } },
  { client: otlp, service: "interop.otlp", type: CPU, hot: /^hotFunction$/, labels: { client: "otlp" } },
];

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
    const client = await prepared(expected.client);
    if ("missing" in client) {
      skipped.push(`  ${name}: ${client.missing.slice(0, 500)}`);
      return;
    }
    await client.run(server.url);
    const labels = Object.entries(expected.labels).map(([key, value]) => `,${key}="${value}"`);
    const selector = `{service_name="${expected.service}"${labels.join("")}}`;
    const top = await eventually(
      () => server.topFunctions(expected.type, selector),
      (functions) => functions.length > 0,
    );
    expect(top[0]![0]).toMatch(expected.hot);
    expect(server.log).not.toMatch(/"level":[56]0/);
  });
});
