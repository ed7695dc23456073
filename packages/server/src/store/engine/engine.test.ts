import { describe, expect, it } from "vitest";
import { bind } from "./bind.ts";
import { decodeNative, rowsOf } from "./native.ts";

describe("bind", () => {
  it("puts values in as literals of their type", () => {
    expect(bind("a = {a:String} AND b IN {b:Array(UInt64)}", { a: "x", b: [1, 2n ** 64n - 1n] })).toBe(
      "a = 'x' AND b IN CAST([1,18446744073709551615],'Array(UInt64)')",
    );
    expect(bind("{t:DateTime} {m:DateTime64} {f:Float64}", { t: 5, m: 5999, f: 0.5 })).toBe(
      "toDateTime(5,'UTC') fromUnixTimestamp64Milli(toInt64(5999),'UTC') toFloat64('0.5')",
    );
    expect(bind("{d:Date}{u:UUID}", { d: "2026-01-02", u: "x'" })).toBe("toDate('2026-01-02')toUUID('x\\'')");
    expect(bind("{e:Array(String)}", { e: [] })).toBe("CAST([],'Array(String)')");
  });

  it("does not look for placeholders in what it put in", () => {
    expect(bind("{a:String} {b:String}", { a: "{b:String}", b: "$& '" })).toBe("'{b:String}' '$& \\''");
  });

  it("escapes backslashes, quotes and zero bytes", () => {
    expect(bind("{a:String}", { a: "\\' OR 1 --\0" })).toBe("'\\\\\\' OR 1 --\\0'");
  });

  it.each([
    ["a missing value", {}, "{a:String}"],
    ["a number that is none", { a: "1; DROP" }, "{a:UInt64}"],
    ["a fraction's rest", { a: Number.NaN }, "{a:Int64}"],
    ["a list for one value", { a: [1] }, "{a:UInt64}"],
    ["one value for a list", { a: 1 }, "{a:Array(UInt64)}"],
    ["a type that is not known", { a: 1 }, "{a:Decimal}"],
    ["an inherited name", {}, "{constructor:String}"],
  ])("refuses %s", (_, params, sql) => {
    expect(() => bind(sql, params)).toThrow();
  });
});

describe("decodeNative", () => {
  const text = (value: string): number[] => [Buffer.byteLength(value), ...Buffer.from(value)];
  const u64 = (...values: number[]): number[] => values.flatMap((value) => [value, 0, 0, 0, 0, 0, 0, 0]);
  const decode = (...bytes: number[][]) => decodeNative(Uint8Array.from(bytes.flat()));

  it("joins the blocks of a result", () => {
    const header = (rows: number): number[] => [2, rows, ...text("s"), ...text("UInt64")];
    const result = decode(
      [...header(0), ...text("v"), ...text("String")],
      [...header(2), ...u64(1, 2), ...text("v"), ...text("String"), ...text("a"), ...text("")],
      [...header(1), ...u64(3), ...text("v"), ...text("String"), ...text("ü")],
    );
    expect(result.rows).toBe(3);
    expect(result.columns[0]!.data).toEqual(new BigUint64Array([1n, 2n, 3n]));
    expect(rowsOf(result).map(({ v }) => v)).toEqual(["a", "", "ü"]);
  });

  it("reads lists, maps, tuples, missing values and dictionaries", () => {
    const column = (type: string, values: number[]) =>
      rowsOf(decode([1, 2, ...text("c")], [type.length, ...new TextEncoder().encode(type)], values)).map(
        ({ c }) => c,
      );
    expect(column("Array(UInt8)", [...u64(1, 3), 7, 8, 9])).toEqual([Uint8Array.of(7), Uint8Array.of(8, 9)]);
    expect(column("Map(String, UInt8)", [...u64(0, 1), ...text("k"), 5])).toEqual([
      new Map(),
      new Map([["k", 5]]),
    ]);
    expect(column("Tuple(a UInt8, b Array(String))", [1, 2, ...u64(0, 1), ...text("x")])).toEqual([
      [1, []],
      [2, ["x"]],
    ]);
    expect(column("Nullable(UInt8)", [1, 0, 0, 9])).toEqual([undefined, 9]);
    const keys = [...text(""), ...text("x")];
    expect(
      column("LowCardinality(String)", [
        ...u64(1),
        0,
        6,
        ...u64(0).slice(2),
        ...u64(2),
        ...keys,
        ...u64(2),
        1,
        0,
      ]),
    ).toEqual(["x", ""]);
    expect(column("SimpleAggregateFunction(sum, UInt8)", [1, 2])).toEqual([1, 2]);
  });

  it("keeps lists of numbers as they came, over several blocks", () => {
    const block = (...values: number[]): number[] => [
      ...[1, 2, ...text("c"), ...text("Array(UInt8)")],
      ...u64(1, values.length),
      ...values,
    ];
    const [column] = decode(block(7, 8, 9), block(1, 2)).columns;
    expect(column!.lists).toEqual({
      values: Uint8Array.of(7, 8, 9, 1, 2),
      ends: Uint32Array.of(1, 3, 4, 5),
    });
    expect(column!.data).toEqual([[7], [8, 9], [1], [2]].map((list) => Uint8Array.from(list)));
  });

  it("says so where the answer is cut short or of a type it does not know", () => {
    expect(() => decode([1, 2, ...text("c"), ...text("UInt64"), 1, 2, 3])).toThrow(/ends early/);
    expect(() => decode([1, 1, ...text("c"), ...text("Variant(X)"), 1])).toThrow(/Variant/);
    expect(decode([]).rows).toBe(0);
  });
});
