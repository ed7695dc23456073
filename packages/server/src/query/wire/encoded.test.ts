import { type DescMessage, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";
import type { HandlerContext } from "@connectrpc/connect";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DiffResponseSchema, SelectMergeStacktracesResponseSchema } from "../../gen/querier/v1/querier_pb.ts";
import { encodedField, flameGraphBytes, flameGraphDiffBytes, takesBytes } from "./encoded.ts";
import { flameGraphDiffMessage, flameGraphMessage } from "./messages.ts";

const weights = fc.oneof(
  fc.integer({ min: 0, max: 300 }),
  fc.maxSafeInteger(),
  fc.constantFrom(2 ** 28 - 1, 2 ** 28, 2 ** 31, 2 ** 32, 2 ** 56, 2 ** 62, 0.5, -1),
);
const picture = fc.record({
  names: fc.array(fc.string({ unit: "binary", maxLength: 300 }), { maxLength: 20 }),
  levels: fc.array(fc.array(weights, { maxLength: 40 }), { maxLength: 10 }),
});

/** What a client reads out of a message. */
function received<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): MessageShape<Desc> {
  return fromBinary(schema, toBinary(schema, message));
}

describe("pictures in the protocol's bytes", () => {
  it("are read as the library's messages", () => {
    fc.assert(
      fc.property(picture, weights, weights, ({ names, levels }, total, maxSelf) => {
        const whole = { names, levels, total, maxSelf };
        const message = encodedField(SelectMergeStacktracesResponseSchema, 1, flameGraphBytes(whole));
        expect(received(SelectMergeStacktracesResponseSchema, message).flamegraph).toEqual(
          flameGraphMessage(whole),
        );
      }),
      { seed: 31, numRuns: 200 },
    );
  });

  it("of differences too", () => {
    fc.assert(
      fc.property(picture, weights, weights, ({ names, levels }, leftTotal, rightTotal) => {
        const levels62 = levels.map((level) => level.map((value) => Math.min(value, 2 ** 61)));
        const [left, right] = [Math.min(leftTotal, 2 ** 60), Math.min(rightTotal, 2 ** 60)];
        const whole = { names, levels: levels62, leftTotal: left, rightTotal: right, maxSelf: left };
        const message = encodedField(DiffResponseSchema, 1, flameGraphDiffBytes(whole));
        expect(received(DiffResponseSchema, message).flamegraph).toEqual(flameGraphDiffMessage(whole));
      }),
      { seed: 32, numRuns: 100 },
    );
  });

  it("end at the largest number of 64 bits", () => {
    const whole = { names: ["total"], levels: [[0, 2 ** 70, -(2 ** 70), 0]], total: 2 ** 64, maxSelf: 0 };
    const message = encodedField(SelectMergeStacktracesResponseSchema, 1, flameGraphBytes(whole));
    const { flamegraph } = received(SelectMergeStacktracesResponseSchema, message);
    const most = 2n ** 63n - 1n;
    expect(flamegraph).toMatchObject({
      total: most,
      maxSelf: 0n,
      levels: [{ values: [0n, most, -most, 0n] }],
    });
  });

  it.each([
    ["application/proto", true],
    ["application/grpc", true],
    ["application/grpc+proto", true],
    ["application/grpc-web+proto; charset=utf-8", true],
    ["application/json", false],
    ["application/grpc+json", false],
    ["application/grpc-web-text", false],
    ["", false],
  ])("go to who takes %j: %s", (type, expected) => {
    const context = { requestHeader: new Headers({ "content-type": type }) };
    expect(takesBytes(context as HandlerContext)).toBe(expected);
  });
});
