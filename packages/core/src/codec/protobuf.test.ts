import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FlambeauError } from "../util/errors.ts";
import { ProtobufReader, WireType } from "./protobuf.ts";
import { ProtobufWriter } from "./protobuf-writer.ts";

function readerOf(...bytes: number[]): ProtobufReader {
  return new ProtobufReader(Uint8Array.from(bytes), 0, bytes.length, "test");
}

/** Code and offset of the FlambeauError that `run` throws. */
function fault(run: () => void): string {
  try {
    run();
  } catch (error) {
    if (error instanceof FlambeauError) return `${error.code} ${error.offset}`;
    throw error;
  }
  return "none";
}

describe("ProtobufReader", () => {
  it("reads the specification's example", () => {
    const reader = readerOf(0x08, 0x96, 0x01);
    expect(reader.next()).toBe(true);
    expect([reader.field, reader.wire, reader.unsigned()]).toEqual([1, WireType.varint, 150]);
    expect(reader.next()).toBe(false);
  });

  it("reads negative int64 and numbers beyond 2^53", () => {
    const minusOne = [...new Array<number>(9).fill(0xff), 0x01];
    expect(readerOf(...minusOne).signed()).toBe(-1);
    expect(readerOf(...minusOne).bigUnsigned()).toBe(2n ** 64n - 1n);
    expect(readerOf(...minusOne).bigSigned()).toBe(-1n);
    const reader = readerOf(...new Array<number>(8).fill(0xff), 0x7f);
    expect(reader.signed()).toBe(2 ** 63);
    expect(reader.inexact).toBe(true);
  });

  it("reads fixed widths", () => {
    const reader = readerOf(0x0d, 1, 2, 3, 0xff, 0x11, 1, 0, 0, 0, 0, 0, 0, 0x80);
    reader.next();
    expect(reader.fixed32()).toBe(0xff030201);
    reader.next();
    expect(reader.fixed64()).toBe((1n << 63n) + 1n);
  });

  it("skips every wire type, groups with their content included", () => {
    const reader = readerOf(
      ...[0x08, 0x80, 0x01],
      ...[0x11, 1, 2, 3, 4, 5, 6, 7, 8],
      ...[0x1a, 2, 0xff, 0xff],
      ...[0x23, 0x2b, 0x08, 0x07, 0x2c, 0x24],
      ...[0x35, 1, 2, 3, 4],
      ...[0x38, 5],
    );
    const fields: number[] = [];
    while (reader.next()) {
      fields.push(reader.field);
      if (reader.field === 7) expect(reader.unsigned()).toBe(5);
      else reader.skip();
    }
    expect(fields).toEqual([1, 2, 3, 4, 6, 7]);
  });

  it("says truncated where the input ends and malformed where a nested length lies", () => {
    const open = (reader: ProtobufReader) => () => {
      reader.next();
      reader.enter();
      reader.next();
      reader.enter();
    };
    expect(fault(open(readerOf(0x0a, 5, 0x0a)))).toBe("truncated 1");
    expect(fault(open(readerOf(0x0a, 2, 0x0a, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0)))).toBe("malformed 3");
    expect(fault(() => readerOf(0x08, 0x80).bigSigned())).toBe("none");
    expect(fault(() => readerOf(0x80).unsigned())).toBe("truncated 0");
    expect(fault(() => readerOf(...new Array<number>(11).fill(0x80)).unsigned())).toBe("malformed 0");
    expect(fault(() => readerOf(0x00).next())).toBe("malformed 0");
    expect(fault(() => readerOf(0x0e).next())).toBe("malformed 0");
    expect(fault(() => readerOf(1, 2, 3).fixed32())).toBe("truncated 0");
    expect(fault(() => readerOf(1, 2, 3).fixed64())).toBe("truncated 0");
  });

  it("refuses groups that do not close, close out of turn, or nest without end", () => {
    const skipped = (...bytes: number[]) =>
      fault(() => {
        const reader = readerOf(...bytes);
        reader.next();
        reader.skip();
      });
    expect(skipped(0x0b, 0x08, 1)).toBe("truncated 0");
    expect(skipped(0x0b, 0x14)).toBe("malformed 1");
    expect(skipped(0x0c)).toBe("malformed 0");
    expect(skipped(...new Array<number>(200).fill(0x0b))).toBe("malformed 100");
  });
});

describe("ProtobufWriter", () => {
  it("writes what the reader reads", () => {
    fc.assert(
      fc.property(
        fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
        fc.array(fc.maxSafeInteger()),
        fc.uint8Array({ maxLength: 300 }),
        (bigs, numbers, bytes) => {
          const writer = new ProtobufWriter();
          for (const value of bigs) writer.signed(1, value);
          const list = writer.open(2);
          for (const value of numbers) writer.signedVarint(value);
          writer.close(list);
          writer.bytes(3, bytes);
          const reader = new ProtobufReader(writer.view());
          for (const value of bigs) {
            reader.next();
            expect(reader.bigSigned()).toBe(value);
          }
          reader.next();
          const outer = reader.enter();
          expect(numbers.map(() => reader.signed())).toEqual(numbers);
          expect(reader.at).toBe(reader.end);
          reader.leave(outer);
          reader.next();
          expect(reader.view()).toEqual(bytes);
          expect(reader.next()).toBe(false);
        },
      ),
      { seed: 1 },
    );
  });

  it("keeps nested messages in place whatever their length", () => {
    const writer = new ProtobufWriter();
    const outer = writer.open(1);
    const inner = writer.open(2);
    writer.bytes(3, new Uint8Array(20_000).fill(7));
    writer.close(inner);
    writer.close(outer);
    const reader = new ProtobufReader(writer.view());
    for (const field of [1, 2]) {
      expect(reader.next() && reader.field).toBe(field);
      reader.enter();
    }
    reader.next();
    expect(reader.view()).toEqual(new Uint8Array(20_000).fill(7));
  });
});
