import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import type { Queries, StackQuery } from "../query/queries.ts";
import { drawTree } from "../query/support/letters.ts";
import { measure, weightOf } from "./measure.ts";
import { functionTest, type Rule, ruleSchema } from "./rule.ts";
import { RuleRunner } from "./runner.ts";
import { type Alert, sendAlert } from "./webhook.ts";

const CPU = "process_cpu:cpu:nanoseconds:cpu:nanoseconds";
const HOUR = 3_600_000;

const rule = (more: object = {}): Rule =>
  ruleSchema.parse({ name: "hot", query: `${CPU}{service_name="shop"}`, function: "work", ...more });

/** Queries that answer with a drawing; it may depend on what is asked. */
const drawn = (draw: (query: StackQuery) => string): Queries =>
  ({ tree: (query: StackQuery) => Promise.resolve({ tree: drawTree(draw(query)) }) }) as unknown as Queries;

describe("a rule", () => {
  it("has sensible defaults, durations in milliseconds", () => {
    expect(rule()).toMatchObject({ tenant: "anonymous", measure: "share", window: 600_000, every: 60_000 });
    expect(rule({ window: "90s", against: "7d" })).toMatchObject({ window: 90_000, against: 7 * 86_400_000 });
  });

  it.each([
    [{ name: "a b" }, /metric's name/],
    [{ query: "{}" }, /names no profile type/],
    [{ query: `${CPU}{a=` }, /expected a value in quotes/],
    [{ function: "/(/" }, /Invalid regular expression|Unterminated group/],
    [{ window: "10" }, /a duration such as/],
    [{ webhook: "ftp://x/", above: 1 }, /URL/],
    [{ webhook: "http://x/" }, /needs a threshold/],
    [{ treshold: 1 }, /treshold/],
  ])("refuses %j", (more, message) => {
    expect(() => rule(more)).toThrow(message);
  });
});

describe("measuring", () => {
  const tree = drawTree("main;work;deep 3\nmain;work;x;work 2\nmain;idle 5");

  it("counts a function once per stack, or alone", () => {
    expect(weightOf(tree, functionTest("work"), "total")).toBe(5);
    expect(weightOf(tree, functionTest("work"), "self")).toBe(2);
    expect(weightOf(tree, functionTest("/^(deep|idle)$/"), "total")).toBe(8);
    expect(weightOf(tree, functionTest("wor"), "total")).toBe(0);
  });

  it("gives a share, seconds, or a change against another day", async () => {
    const now = 100 * HOUR;
    const queries = drawn(({ end }) =>
      end > now - 2 * HOUR ? "work 3000000000\nidle 1000000000" : "work 1\nidle 3",
    );
    expect(await measure(queries, rule(), now)).toBe(0.75);
    expect(await measure(queries, rule({ measure: "total" }), now)).toBe(3);
    expect(await measure(queries, rule({ measure: "change" }), now)).toBe(0.5);
    expect(await measure(queries, rule({ function: undefined, measure: "total" }), now)).toBe(4);
    expect(
      await measure(
        drawn(() => ""),
        rule(),
        now,
      ),
    ).toBeUndefined();
  });

  it("asks for the window that ends now", async () => {
    const asked: StackQuery[] = [];
    await measure(
      drawn((query) => {
        asked.push(query);
        return "work 1";
      }),
      rule({ window: "5m" }),
      10 * HOUR,
    );
    expect(asked[0]).toMatchObject({
      type: CPU,
      selector: '{service_name="shop"}',
      start: 10 * HOUR - 300_000,
    });
  });
});

describe("a runner", () => {
  it("waits, fires once, and tells when it is over", async () => {
    let now = 0;
    let picture = "work 9\nidle 1";
    const sent: Alert[] = [];
    const alerting = rule({ above: 0.5, for: "2m", webhook: "http://127.0.0.1/" });
    const runner = new RuleRunner(
      drawn(() => picture),
      [alerting],
      { now: () => now, send: async (alert) => void sent.push(alert) },
    );
    const seen: string[] = [];
    for (const [minute, drawing] of [
      [0, "work 9\nidle 1"],
      [1, "work 9\nidle 1"],
      [2, "work 9\nidle 1"],
      [3, "work 9\nidle 1"],
      [4, "work 1\nidle 9"],
      [5, ""],
    ] as const) {
      now = minute * 60_000;
      picture = drawing;
      await runner.measureAll();
      seen.push(runner.states()[0]!.status);
    }
    expect(seen).toEqual(["pending", "pending", "firing", "firing", "inactive", "inactive"]);
    expect(sent.map(({ status, startsAt, endsAt }) => [status, startsAt, endsAt])).toEqual([
      ["firing", 0, undefined],
      ["resolved", 0, 240_000],
    ]);
  });

  it("keeps an alert while the engine is away", async () => {
    let fail = false;
    const queries = drawn(() => {
      if (fail) throw new Error("engine down");
      return "work 1";
    });
    const runner = new RuleRunner(queries, [rule({ above: 0.5 })]);
    await runner.measureAll();
    fail = true;
    await runner.measureAll();
    expect(runner.states()[0]).toMatchObject({ status: "firing", error: "engine down", value: 1 });
  });

  it("fires below a threshold too, and not on nothing", async () => {
    const runner = new RuleRunner(
      drawn(() => "idle 1"),
      [rule({ below: 0.1 })],
    );
    await runner.measureAll();
    expect(runner.states()[0]!.status).toBe("firing");
    const silent = new RuleRunner(
      drawn(() => ""),
      [rule({ below: 0.1 })],
    );
    await silent.measureAll();
    expect(silent.states()[0]!.status).toBe("inactive");
  });
});

describe("a webhook", () => {
  it("gets Alertmanager's message, and is tried again", async () => {
    const bodies: string[] = [];
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => {
        body += chunk;
      });
      request.on("end", () => {
        bodies.push(body);
        response.writeHead(bodies.length === 1 ? 500 : 200).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const alerting = rule({
      above: 0.5,
      webhook: `http://127.0.0.1:${port}/hook`,
      labels: { severity: "page" },
    });
    const alert = { rule: alerting, status: "firing", value: 0.9, startsAt: 0, endsAt: undefined } as const;
    await sendAlert(alert, new AbortController().signal);
    server.close();
    expect(bodies).toHaveLength(2);
    expect(JSON.parse(bodies[1]!)).toMatchObject({
      version: "4",
      status: "firing",
      commonLabels: { alertname: "hot", severity: "page", tenant: "anonymous" },
      alerts: [
        { startsAt: "1970-01-01T00:00:00.000Z", annotations: { value: "0.9", threshold: "above 0.5" } },
      ],
    });
  });

  it("is given up on when the server stops", async () => {
    const alerting = rule({ above: 0.5, webhook: "http://127.0.0.1:9/" });
    const alert = { rule: alerting, status: "firing", value: 1, startsAt: 0, endsAt: undefined } as const;
    await expect(sendAlert(alert, AbortSignal.abort())).rejects.toThrow(/after 1 attempts/);
  });
});
