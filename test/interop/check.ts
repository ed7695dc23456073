import { expect } from "vitest";
import { eventually, type TestServer } from "../support/server.ts";
import { type Client, prepared } from "./client.ts";
import { go, java, node, otlp, python, rust } from "./clients.ts";

/** A client, and what must be found of it. */
export interface Expected {
  readonly client: Client;
  readonly service: string;
  readonly type: string;
  /** Name of the function that burns the time. */
  readonly hot: RegExp;
  /** Labels that the client was told to send. */
  readonly labels: Readonly<Record<string, string>>;
}

const CPU = "process_cpu:cpu:nanoseconds:cpu:nanoseconds";

/** Every client. */
export const all: readonly Expected[] = [
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

/** Runs a client against a server and looks for its hot function; why it was skipped, where it cannot be had. */
export async function check(expected: Expected, server: TestServer): Promise<string | undefined> {
  const client = await prepared(expected.client);
  if ("missing" in client) return client.missing.slice(0, 500);
  await client.run(server.url);
  const labels = Object.entries(expected.labels).map(([key, value]) => `,${key}="${value}"`);
  const selector = `{service_name="${expected.service}"${labels.join("")}}`;
  const top = await eventually(
    () => server.topFunctions(expected.type, selector),
    (functions) => functions.length > 0,
  );
  expect(top[0]![0]).toMatch(expected.hot);
  expect(server.log).not.toMatch(/"level":[56]0/);
  return undefined;
}
