import { describe, expect, it } from "vitest";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { FrameKind, type Profile } from "../../model/profile.ts";
import { encodeUtf8 } from "../../util/platform.ts";
import { nettraceReader } from "./index.ts";

type Part = number[];

const little = (value: number | bigint, bytes: number): Part =>
  Array.from({ length: bytes }, (_, i) => Number((BigInt(value) >> BigInt(8 * i)) & 255n));
const u16 = (value: number): Part => little(value, 2);
const u32 = (value: number): Part => little(value, 4);
const u64 = (value: number | bigint): Part => little(value, 8);
const f64 = (value: number): Part => [...new Uint8Array(Float64Array.of(value).buffer)];
const text16 = (text: string): Part => [...text, "\0"].flatMap((c) => u16(c.charCodeAt(0)));
const ascii = (text: string): Part => [...encodeUtf8(text)];
const text8 = (text: string): Part => [...varuint(ascii(text).length), ...ascii(text)];
const counted = (text: string): Part => [...u16(ascii(text).length), ...ascii(text)];
const pad = (length: number): Part => new Array(length).fill(0);

function varuint(value: number | bigint): Part {
  const bytes: Part = [];
  for (let rest = BigInt(value); ; rest >>= 7n) {
    if (rest < 128n) return [...bytes, Number(rest)];
    bytes.push(Number(rest & 127n) | 128);
  }
}

/** 1970-01-02 00:00:00.000; ticks of 100 ns from 1000 on. */
const CLOCKS = [...[1970, 1, 5, 2, 0, 0, 0, 0].flatMap(u16), ...u64(1000), ...u64(10_000_000)];

/** A file of versions 3 to 5, object by object. */
class Old {
  readonly bytes: Part;
  readonly #version: number;

  constructor(version: number, pointerSize = 8) {
    this.#version = version;
    this.bytes = version === 3 ? [] : ascii("Nettrace");
    this.bytes.push(...u32(20), ...ascii("!FastSerialization.1"));
    this.#object("Trace", version, [
      ...CLOCKS,
      ...u32(pointerSize),
      ...u32(77),
      ...u32(4),
      ...u32(1_000_000),
    ]);
  }

  #object(name: string, version: number, content: Part): void {
    const tag = this.#version === 3 ? 4 : 5;
    this.bytes.push(tag, tag, 1, ...u32(version), ...u32(version), ...u32(name.length), ...ascii(name), 6);
    this.bytes.push(...content, 6);
  }

  block(name: string, content: Part): this {
    const before = this.bytes.length + 16 + name.length + 4;
    this.#object(name, 2, [...u32(content.length), ...pad((4 - (before % 4)) % 4), ...content]);
    return this;
  }

  end(): Uint8Array {
    return Uint8Array.from([...this.bytes, 1]);
  }
}

/** An event with every field of its compressed header. */
const compressed = (metadata: number, stack: number, time: number, payload: Part, thread = 5): Part => [
  1 | 2 | 4 | 8 | 16 | 32 | 128,
  ...varuint(metadata),
  ...varuint(1),
  ...varuint(thread),
  ...varuint(0),
  ...varuint(thread),
  ...varuint(stack),
  ...varuint(time),
  ...pad(32),
  ...varuint(payload.length),
  ...payload,
];

const plain = (metadata: number, stack: number, time: number, payload: Part): Part => {
  const event = [
    ...u32(metadata),
    ...u32(1),
    ...u64(5),
    ...u64(5),
    ...u32(0),
    ...u32(stack),
    ...u64(time),
    ...pad(32),
    ...u32(payload.length),
    ...payload,
  ];
  return [...u32(event.length), ...event, ...pad((4 - (event.length % 4)) % 4)];
};

const header = (flags: number): Part => [...u16(20), ...u16(flags), ...u64(0), ...u64(0)];
const described = (number: number, provider: string, id: number, name = ""): Part => [
  ...u32(number),
  ...text16(provider),
  ...u32(id),
  ...text16(name),
  ...u64(0),
  ...u32(1),
  ...u32(4),
  ...u32(0),
];
const stackBlock = (first: number, ...stacks: bigint[][]): Part => [
  ...u32(first),
  ...u32(stacks.length),
  ...stacks.flatMap((stack) => [...u32(stack.length * 8), ...stack.flatMap((address) => u64(address))]),
];
const method = (
  start: bigint,
  size: number,
  namespace: string,
  name: string,
  signature = "",
  flags = 8,
): Part => [
  ...u64(1),
  ...u64(42),
  ...u64(start),
  ...u32(size),
  ...u32(0),
  ...u32(flags),
  ...text16(namespace),
  ...text16(name),
  ...text16(signature),
  ...u16(0),
];
const module = (id: number, path: string, native = ""): Part => [
  ...u64(id),
  ...u64(0),
  ...u32(0),
  ...u32(0),
  ...text16(path),
  ...text16(native),
];

const RUNTIME = "Microsoft-Windows-DotNETRuntime";
const TYPES = [
  described(1, "Microsoft-DotNETCore-SampleProfiler", 0),
  described(2, `${RUNTIME}Rundown`, 144),
  described(3, `${RUNTIME}Rundown`, 154),
  described(4, RUNTIME, 10),
  described(5, RUNTIME, 80),
  described(6, RUNTIME, 91),
  described(7, "Mine", 1, "Event"),
];
const metadata = header(1).concat(...TYPES.map((type) => compressed(0, 0, 0, type)));
const RUNDOWN: Part[] = [
  compressed(2, 0, 0, method(0x1000n, 0x100, "App.Program", "Main", "void  (class System.String[])")),
  compressed(2, 0, 0, method(0x2000n, 0x10, "App", "Work", "instance void  ()", 0)),
  compressed(3, 0, 0, module(42, "/app/App.dll", "/app/App.ni.dll")),
];

/** Main calls Work; the return address in Main is the byte behind it. */
const sampled = (...events: Part[]): Uint8Array =>
  new Old(5)
    .block("MetadataBlock", metadata)
    .block("StackBlock", stackBlock(1, [0x2000n, 0x1100n], [0x1050n], [0x9999n, 0x1050n]))
    .block("EventBlock", header(1).concat(...events))
    .block("SPBlock", pad(12))
    .block("EventBlock", header(1).concat(...RUNDOWN))
    .end();

const names = (profile: Profile): unknown[] =>
  [...profile.frames.name].map((name, i) => [
    profile.strings.get(name),
    profile.mappings[profile.frames.mapping[i]!]?.path,
    profile.frames.kind[i],
  ]);

describe("nettrace", () => {
  it("takes a time that goes back for what it is", async () => {
    const back = [0, ...varuint(2n ** 64n - 7n), ...u32(1)];
    const profile = await readWith(nettraceReader, sampled(compressed(1, 1, 1010, u32(2)), back));
    expect([...profile.samples.time!]).toEqual([1000, 300]);
    expect(profile.meta.duration).toBe(1000);
  });

  it("reads samples with time, thread and what kind of code ran", async () => {
    const profile = await readWith(
      nettraceReader,
      sampled(compressed(1, 1, 1010, u32(2)), compressed(1, 2, 20, u32(1)), [0, ...varuint(30), ...u32(1)]),
    );
    expect(foldedOf(profile)).toEqual([
      "App.Program.Main(System.String[]) 2",
      "App.Program.Main(System.String[]);App.Work() 1",
    ]);
    expect([...profile.samples.time!]).toEqual([1000, 3000, 6000]);
    expect(profile.meta).toMatchObject({ timeOrigin: 86_400_000_000_000n, clock: "unix", duration: 6000 });
    expect(profile.threads).toEqual([{ name: "", pid: 77, tid: 5 }]);
    expect(names(profile)).toEqual([
      ["App.Program.Main(System.String[])", "/app/App.dll", FrameKind.jit],
      ["App.Work()", "/app/App.dll", FrameKind.native],
    ]);
    const places = [...profile.samples.labels!].map((set) => profile.labelSets[set]);
    expect(places).toEqual([
      [{ key: "code", value: "managed" }],
      [{ key: "code", value: "external" }],
      [{ key: "code", value: "external" }],
    ]);
    expect(profile.notes).toEqual([]);
  });

  it("reads allocations, exceptions and contention as value types of their own", async () => {
    const tick = [...u32(7), ...u32(0), ...u16(0), ...u64(100_000), ...u64(1), ...text16("System.Byte[]")];
    const profile = await readWith(
      nettraceReader,
      sampled(
        compressed(4, 2, 1000, tick),
        compressed(4, 2, 1, [...u32(64), ...u32(0)]),
        compressed(5, 2, 1, text16("System.Exception")),
        compressed(6, 2, 1, [0, ...u16(0), ...f64(2500)]),
      ),
    );
    expect(profile.valueTypes).toEqual([
      { name: "allocation_ticks", unit: "count" },
      { name: "allocated", unit: "bytes" },
      { name: "exceptions", unit: "count" },
      { name: "contentions", unit: "count" },
      { name: "contention", unit: "nanoseconds" },
    ]);
    const totals = profile.samples.weights.map((column) => column.reduce((sum, weight) => sum + weight, 0));
    expect(totals).toEqual([2, 100_064, 1, 1, 2500]);
    expect(profile.labelSets.flat()).toEqual([
      { key: "class", value: "System.Byte[]" },
      { key: "class", value: "System.Exception" },
    ]);
  });

  it("keeps addresses that nothing names, and counts events that are no samples", async () => {
    const profile = await readWith(
      nettraceReader,
      sampled(compressed(1, 3, 1000, u32(2)), compressed(7, 1, 0, []), compressed(99, 1, 0, [])),
    );
    expect(profile.frames.address[1]).toBe(0x9999n);
    expect(noteCodes(profile)).toEqual(["other-events×1", "unknown-event×1"]);
  });

  it("reads events whose headers are not compressed, and addresses of 32 bits", async () => {
    const file = new Old(4, 4)
      .block("MetadataBlock", header(0).concat(plain(0, 0, 0, TYPES[0]!), plain(0, 0, 0, TYPES[1]!)))
      .block("StackBlock", [...u32(1), ...u32(1), ...u32(4), ...u32(0x1010)])
      .block(
        "EventBlock",
        header(0).concat(plain(1, 1, 1000, u32(2)), plain(2, 0, 0, method(0x1000n, 32, "", "F"))),
      );
    expect(foldedOf(await readWith(nettraceReader, file.end()))).toEqual(["F 1"]);
  });

  it("reads .NET Core 2.1's netperf, which has stacks beside events", async () => {
    const event = (type: number, payload: Part, stack: Part): Part => {
      const body = [...u32(type), ...u32(9), ...u64(2000), ...pad(32), ...u32(payload.length), ...payload];
      const whole = [...body, ...u32(stack.length), ...stack];
      return [...u32(whole.length), ...whole, ...pad((4 - (whole.length % 4)) % 4)];
    };
    const file = new Old(3).block("EventBlock", [
      ...event(0, TYPES[0]!, []),
      ...event(0, TYPES[1]!, []),
      ...event(1, u32(2), [...u64(0x1004), ...u64(0x1008)]),
      ...event(2, method(0x1000n, 32, "N", "F"), []),
    ]);
    const bytes = file.end();
    expect(nettraceReader.sniff(headOf(bytes))).toBe("yes");
    const profile = await readWith(nettraceReader, bytes);
    expect(foldedOf(profile)).toEqual(["N.F;N.F 1"]);
    expect(profile.threads).toEqual([{ name: "", pid: 77, tid: 9 }]);
  });

  it("says what breaks off, lies, or is not known", async () => {
    const whole = sampled(
      compressed(1, 1, 1010, u32(2)),
      compressed(1, 55, 1, u32(2)),
      compressed(4, 1, 1, [1]),
    );
    expect(noteCodes(await readWith(nettraceReader, whole))).toEqual(["missing-stack×1", "damaged-event×1"]);
    const cut = await readWith(nettraceReader, whole.subarray(0, -20));
    expect(noteCodes(cut)).toContain("truncated×1");
    expect(foldedOf(cut).length).toBeGreaterThan(0);
    const longer = sampled(compressed(1, 1, 1010, u32(2)), [255, 1]);
    expect(noteCodes(await readWith(nettraceReader, longer))).toContain("damaged-block×1");
    expect(await readingError(nettraceReader, sampled())).toMatchObject({
      code: "malformed",
      hint: expect.stringContaining("dotnet-trace"),
    });
    expect(await readingError(nettraceReader, new Old(9).end())).toMatchObject({ code: "unsupported" });
    const heap = [...u32(20), ...ascii("!FastSerialization.1"), 4, 4, 1, ...u32(10), ...u32(8), ...u32(10)];
    expect(
      await readingError(nettraceReader, Uint8Array.from([...heap, ...ascii("GCHeapDump")])),
    ).toMatchObject({
      message: expect.stringContaining("heap dump"),
    });
    const future = Uint8Array.from([...ascii("Nettrace"), ...u32(0), ...u32(7), ...u32(0)]);
    expect(await readingError(nettraceReader, future)).toMatchObject({ code: "unsupported" });
    expect(await readingError(nettraceReader, "Nettrac")).toMatchObject({ code: "malformed" });
  });

  it("survives three thousand mutations", async () => {
    const bytes = sampled(compressed(1, 1, 1010, u32(2)), compressed(1, 2, 20, u32(1)));
    expect(await readMutations(nettraceReader, bytes, 3000)).toBeGreaterThan(300);
  });
});

/** A block of version 6. */
const block = (kind: number, content: Part): Part => [...u32(content.length | (kind << 24)), ...content];
const event6 = (type: number, thread: number, stack: number, labels: number, payload: Part): Part => [
  1 | 2 | 4 | 8 | 16 | 128,
  ...varuint(type),
  ...varuint(1),
  ...varuint(thread),
  ...varuint(0),
  ...varuint(thread),
  ...varuint(stack),
  ...varuint(1000),
  ...varuint(labels),
  ...varuint(payload.length),
  ...payload,
];
const row6 = (number: number, provider: string, id: number, name: string): Part => {
  const row = [...varuint(number), ...text8(provider), ...varuint(id), ...text8(name), ...u16(0), ...u16(0)];
  return [...u16(row.length), ...row];
};
const thread6 = (index: number, name: string, pid: number, tid: number): Part => {
  const row = [...varuint(index), 4, ...text8("k"), ...text8("v"), 1, ...text8(name), 2, ...varuint(pid), 3];
  const whole = [...row, ...varuint(tid)];
  return [...u16(whole.length), ...whole];
};

const version6 = (...events: Part[]): Uint8Array =>
  Uint8Array.from([
    ...ascii("Nettrace"),
    ...u32(0),
    ...u32(6),
    ...u32(0),
    ...block(1, [...CLOCKS, ...u32(8), ...u32(1), ...text8("HardwareThreadCount"), ...text8("8")]),
    ...block(3, [
      ...u16(2),
      ...pad(2),
      ...row6(1, "Universal.Events", 0, "cpu"),
      ...row6(2, "Universal.Events", 0, "cswitch"),
      ...row6(3, "Universal.System", 0, "ProcessMapping"),
      ...row6(4, "Universal.System", 0, "ProcessSymbol"),
    ]),
    ...block(6, [...thread6(1, "main", 10, 11), ...thread6(2, "io", 20, 21)]),
    ...block(5, stackBlock(1, [0x1008n, 0x1014n], [0x5000n])),
    ...block(99, pad(7)),
    ...block(8, [
      ...u32(1),
      ...u32(2),
      ...[1, ...pad(15), 7],
      ...[9, 4],
      ...[0x80 | 5, ...text8("user"), ...text8("ann")],
      ...[6, ...text8("n"), ...varuint(5)],
      ...[8, ...pad(8)],
      ...[0x80 | 4, 1, 2, 3, 4, 5, 6, 7, 8],
    ]),
    ...block(2, header(1).concat(...events)),
    ...block(0, []),
  ]);

const mapping = [
  ...varuint(7),
  ...varuint(10),
  ...varuint(0x1000n),
  ...varuint(0x6000n),
  ...varuint(0x40),
  ...counted("/lib/x.so"),
  ...varuint(0),
];
const symbol = (start: number, name: string): Part => [
  ...varuint(1),
  ...varuint(7),
  ...varuint(start),
  ...varuint(start + 16),
  ...counted(name),
];

describe("nettrace, version 6", () => {
  it("reads CPU samples of several processes, labels, and time off the CPU", async () => {
    const bytes = version6(
      event6(1, 1, 1, 1, varuint(3)),
      event6(1, 2, 1, 2, varuint(1)),
      event6(2, 1, 2, 0, varuint(50)),
      event6(3, 1, 0, 0, mapping),
      event6(4, 1, 0, 0, symbol(0x1000, "leaf")),
      event6(4, 1, 0, 0, symbol(0x1010, "root")),
    );
    expect(nettraceReader.sniff(headOf(bytes))).toBe("yes");
    const profile = await readWith(nettraceReader, bytes);
    expect(profile.valueTypes.map(({ name, unit }) => `${name}/${unit}`)).toEqual([
      "samples/count",
      "switches/count",
      "off-cpu/nanoseconds",
    ]);
    // The other process has the same addresses, but no names for them.
    expect(foldedOf(profile, 0)).toEqual([" 0", "; 1", "root;leaf 3"]);
    expect(foldedOf(profile, 2)).toContain(" 5000");
    expect(profile.threads).toEqual([
      { name: "main", pid: 10, tid: 11 },
      { name: "io", pid: 20, tid: 21 },
    ]);
    expect(profile.labelSets.slice(1)).toEqual([
      [
        { key: "activity", value: `${"00".repeat(15)}07` },
        { key: "user", value: "ann" },
      ],
      [
        { key: "n", value: -3 },
        { key: "span id", value: "0102030405060708" },
      ],
    ]);
    expect(profile.mappings[0]).toMatchObject({ path: "/lib/x.so", start: 0x1000n, fileOffset: 0x40n });
    expect(profile.meta.comments).toEqual(["HardwareThreadCount: 8"]);
    expect(profile.notes).toEqual([]);
  });

  it("survives three thousand mutations", async () => {
    const bytes = version6(event6(1, 1, 1, 1, varuint(3)), event6(4, 1, 0, 0, symbol(0x1000, "leaf")));
    expect(await readMutations(nettraceReader, bytes, 3000)).toBeGreaterThan(300);
  });
});
