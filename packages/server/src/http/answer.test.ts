import { FlambeauError } from "@flambeau/core";
import { describe, expect, it } from "vitest";
import { QueryError } from "../query/query-error.ts";
import { Refusal } from "../refusal.ts";
import { StoreError } from "../store/store.ts";
import { connectErrorOf, earlyAnswer, faultAnswer, faultOf, isBug, STATUS_HEADER } from "./answer.ts";

describe("answers to what goes wrong", () => {
  it.each([
    [new StoreError("overloaded", "full", 7), 429, "7"],
    [new StoreError("disk-full", "full"), 507, "5"],
    [new StoreError("engine-down", "away"), 503, "5"],
    [new StoreError("closed", "stopping"), 503, "5"],
    [new StoreError("too-large", "big"), 413, undefined],
    [new QueryError("invalid", "selector"), 400, undefined],
    [new QueryError("not-found", "type"), 404, undefined],
    [new FlambeauError("malformed", "bad", { format: "pprof", offset: 3 }), 422, undefined],
    [new FlambeauError("too-large", "big"), 413, undefined],
    [new Refusal(408, "timeout", "slow"), 408, undefined],
    [new TypeError("undefined is not a function"), 500, undefined],
  ])("%s", (error, status, retryAfter) => {
    const { status: told, headers, body } = faultAnswer(faultOf(error));
    expect([told, headers["retry-after"]]).toEqual([status, retryAfter]);
    expect(Object.keys(JSON.parse(String(body)) as object)).toEqual(["code", "message"]);
    expect(isBug(error)).toBe(status === 500);
  });

  it("do not tell a fault of the server to whoever asks", () => {
    expect(faultOf(new Error("password=secret")).message).not.toContain("secret");
    expect(connectErrorOf(new Error("password=secret")).message).not.toContain("secret");
  });

  it("carry statuses that Connect has no code for", () => {
    expect(connectErrorOf(new StoreError("disk-full", "full")).metadata.get(STATUS_HEADER)).toBe("507");
    expect(connectErrorOf(new StoreError("overloaded", "full")).metadata.get("retry-after")).toBe("5");
  });

  it("speak gRPC to gRPC's clients, and Connect's codes to others", () => {
    const error = new Refusal(401, "no-token", "a token is needed: Ω");
    expect(earlyAnswer("application/grpc+proto", error)).toMatchObject({
      status: 200,
      headers: { "grpc-status": "16", "grpc-message": "a%20token%20is%20needed%3A%20%CE%A9" },
    });
    expect(earlyAnswer("application/json", error)).toMatchObject({
      status: 401,
      body: expect.stringContaining('"code":"unauthenticated"'),
    });
  });
});
