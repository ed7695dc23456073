import { describe, expect, it } from "vitest";
import { foldedWith } from "../../../../../test/support/folded-with.ts";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { FrameKind } from "../../model/profile.ts";
import { simpleperfReader } from "./index.ts";

type Field = readonly [number, number | bigint | string | readonly Field[]];

function varint(value: number | bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  return [...bytes, Number(rest)];
}

/** A protobuf message of varints, texts and messages. */
function message(fields: readonly Field[]): number[] {
  return fields.flatMap(([field, value]) => {
    if (typeof value === "number" || typeof value === "bigint")
      return [...varint(field << 3), ...varint(value)];
    const bytes = typeof value === "string" ? [...new TextEncoder().encode(value)] : message(value);
    return [...varint((field << 3) | 2), ...varint(bytes.length), ...bytes];
  });
}

function recording(records: readonly (readonly Field[])[], version = 1): Uint8Array {
  const size = (length: number): number[] => [length & 255, (length >> 8) & 255, length >> 16, 0];
  const body = records.flatMap((record) => {
    const bytes = message(record);
    return [...size(bytes.length), ...bytes];
  });
  return Uint8Array.from([...new TextEncoder().encode("SIMPLEPERF"), version, 0, ...body, 0, 0, 0, 0]);
}

const entry = (file: number, symbol: number, address: number, kind = 0): Field => [
  3,
  [
    [1, address],
    [2, file],
    [3, symbol],
    [4, kind],
  ],
];
const sample = (time: number, tid: number, event: number, count: number, ...chain: Field[]): Field[] => [
  [1, [[1, time], [2, tid], ...chain, [4, count], [5, event]]],
];
const file = (id: number, path: string, ...symbols: string[]): Field[] => [
  [3, [[1, id], [2, path], ...symbols.map((symbol): Field => [3, symbol])]],
];
const thread = (tid: number, pid: number, name: string): Field[] => [
  [
    4,
    [
      [1, tid],
      [2, pid],
      [3, name],
    ],
  ],
];

const records: Field[][] = [
  [
    [
      5,
      [
        [1, "cpu-clock"],
        [1, "page-faults"],
        [2, "com.example.app"],
      ],
    ],
  ],
  sample(2000, 7, 0, 4_000_000, entry(0, 1, 16, 2), entry(0, 0, 8), entry(1, -1, 32)),
  sample(1000, 8, 1, 3, entry(2, 0, 1)),
  sample(3000, 7, 0, 4_000_000, entry(0, 1, 99, 2), entry(0, 0, 8), entry(1, -1, 32)),
  [
    [
      6,
      [
        [1, 1],
        [2, 5],
        [3, 7],
      ],
    ],
  ],
  [
    [
      2,
      [
        [1, 10],
        [2, 2],
      ],
    ],
  ],
  file(0, "/lib/libc.so", "main", "hot"),
  file(1, "/system/bin/app"),
  file(2, "[kernel.kallsyms]", "do_fault"),
  thread(7, 7, "app"),
  thread(8, 7, "RenderThread"),
];

describe("simpleperf reader", () => {
  it("reads samples whose files, symbols and threads come behind them", async () => {
    const bytes = recording(records);
    expect(simpleperfReader.sniff(headOf(bytes))).toBe("yes");
    const profile = await readWith(simpleperfReader, bytes);
    const text = ({ name, module, kind }: { name: string; module: string; kind: number }) =>
      `${module}!${name}${kind}`;
    expect(profile.valueTypes.map(({ name, unit }) => `${name}/${unit}`)).toEqual([
      "cpu-clock samples/count",
      "cpu-clock/nanoseconds",
      "page-faults samples/count",
      "page-faults/count",
    ]);
    const [native, kernel, jit] = [FrameKind.native, FrameKind.kernel, FrameKind.jit];
    const hot = `/system/bin/app!0x20${native};/lib/libc.so!main${native};/lib/libc.so!hot${jit}`;
    const fault = `[kernel.kallsyms]!do_fault${kernel}`;
    expect(foldedWith(profile, 1, text)).toEqual([`${hot} 8000000`, `${fault} 0`]);
    expect(foldedWith(profile, 3, text)).toEqual([`${hot} 0`, `${fault} 3`]);
    expect([...profile.samples.time!]).toEqual([1000, 0, 2000]);
    expect(profile.threads).toEqual([
      { name: "app", tid: 7, pid: 7 },
      { name: "RenderThread", tid: 8, pid: 7, process: "app" },
    ]);
    expect(profile.meta).toMatchObject({ title: "com.example.app", timeOrigin: 1000n, defaultValueType: 1 });
    expect(noteCodes(profile)).toEqual(["lost-samples×2", "context-switches×1"]);
  });

  it("keeps the samples of a cut file, though not their names", async () => {
    const bytes = recording(records);
    const cut = await readWith(simpleperfReader, bytes.subarray(0, recording(records.slice(0, 6)).length));
    expect(noteCodes(cut)).toContain("truncated×1");
    expect(noteCodes(cut)).toContain("missing-file×4");
    expect(cut.samples.length).toBe(3);
  });

  it("refuses what is none of it, or has no samples", async () => {
    expect((await readingError(simpleperfReader, recording(records, 2))).code).toBe("unsupported");
    expect((await readingError(simpleperfReader, recording([]))).code).toBe("malformed");
    expect((await readingError(simpleperfReader, "SIMPLE")).code).toBe("malformed");
    const huge = Uint8Array.from([...recording([]).subarray(0, 12), 255, 255, 255, 255]);
    expect((await readingError(simpleperfReader, huge)).code).toBe("malformed");
  });

  it("reads or refuses mutations", async () => {
    expect(await readMutations(simpleperfReader, recording(records), 2000)).toBeGreaterThan(100);
  });
});
