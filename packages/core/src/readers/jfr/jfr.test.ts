import { describe, expect, it } from "vitest";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { FrameKind } from "../../model/profile.ts";
import { jfrReader } from "./index.ts";

/** A field as `name:type`, with `*` for a constant's key and `[]` for an array. */
interface TypeSketch {
  readonly id: number;
  readonly name: string;
  readonly fields: readonly string[];
}

const PRIMITIVE = ["long", "int", "byte", "boolean", "float", "java.lang.String"];

const TYPES: readonly TypeSketch[] = [
  ...PRIMITIVE.map((name, i) => ({ id: 10 + i, name, fields: [] })),
  {
    id: 20,
    name: "java.lang.Thread",
    fields: ["osName:java.lang.String", "osThreadId:long", "javaName:java.lang.String"],
  },
  { id: 21, name: "java.lang.Class", fields: ["name:*jdk.types.Symbol"] },
  { id: 22, name: "jdk.types.Symbol", fields: ["string:java.lang.String"] },
  { id: 23, name: "jdk.types.Method", fields: ["type:*java.lang.Class", "name:*jdk.types.Symbol"] },
  { id: 24, name: "jdk.types.FrameType", fields: ["description:java.lang.String"] },
  {
    id: 25,
    name: "jdk.types.StackFrame",
    fields: ["method:*jdk.types.Method", "lineNumber:int", "bytecodeIndex:int", "type:*jdk.types.FrameType"],
  },
  { id: 26, name: "jdk.types.StackTrace", fields: ["truncated:boolean", "frames:[]jdk.types.StackFrame"] },
  { id: 27, name: "jdk.types.ThreadState", fields: ["name:java.lang.String"] },
  {
    id: 100,
    name: "jdk.ExecutionSample",
    fields: [
      "startTime:long",
      "sampledThread:*java.lang.Thread",
      "stackTrace:*jdk.types.StackTrace",
      "state:*jdk.types.ThreadState",
    ],
  },
  {
    id: 101,
    name: "jdk.ActiveSetting",
    fields: ["startTime:long", "id:long", "name:java.lang.String", "value:java.lang.String"],
  },
  {
    id: 102,
    name: "jdk.ObjectAllocationSample",
    fields: [
      "startTime:long",
      "eventThread:*java.lang.Thread",
      "stackTrace:*jdk.types.StackTrace",
      "objectClass:*java.lang.Class",
      "weight:long",
    ],
  },
  {
    id: 103,
    name: "jdk.ThreadPark",
    fields: [
      "startTime:long",
      "duration:long",
      "eventThread:*java.lang.Thread",
      "stackTrace:*jdk.types.StackTrace",
    ],
  },
];

const idOf = (name: string): number => TYPES.find((type) => type.name === name)!.id;

/** Writes values as a chunk holds them. */
class Out {
  readonly bytes: number[] = [];
  readonly compressed: boolean;

  constructor(compressed: boolean) {
    this.compressed = compressed;
  }

  varint(value: number): this {
    for (; value > 127; value = Math.floor(value / 128)) this.bytes.push((value % 128) | 128);
    this.bytes.push(value);
    return this;
  }

  fixed(value: number, size: number): this {
    for (let i = size - 1; i >= 0; i--) this.bytes.push(Math.floor(value / 256 ** i) % 256);
    return this;
  }

  int(value: number): this {
    return this.compressed ? this.varint(value) : this.fixed(value, 4);
  }

  long(value: number): this {
    return this.compressed ? this.varint(value) : this.fixed(value, 8);
  }

  byte(value: number): this {
    this.bytes.push(value);
    return this;
  }

  /** Strings come as UTF-8 (3), as characters (4) and as Latin-1 (5). */
  text(text: string, coding = 3): this {
    if (text === "") return this.byte(1);
    this.byte(coding);
    this.int(text.length);
    for (const char of text) {
      if (coding !== 4) this.byte(char.charCodeAt(0));
      else if (this.compressed) this.varint(char.charCodeAt(0));
      else this.fixed(char.charCodeAt(0), 2);
    }
    return this;
  }

  add(other: Out): this {
    this.bytes.push(...other.bytes);
    return this;
  }
}

type Write = (out: Out) => Out;

interface Sketch {
  readonly compressed?: boolean;
  /** Ticks per second. */
  readonly rate?: number;
  readonly records: readonly Write[];
  /** Overrides the size in the header: 0 as the JVM leaves it while it runs. */
  readonly size?: number;
}

/** A chunk: its header, then records whose sizes are filled in. */
function chunk({ compressed = true, rate = 1e9, records, size }: Sketch): Uint8Array {
  const body = new Out(compressed);
  for (const write of records) {
    const record = write(new Out(compressed));
    const head = new Out(compressed).int(0).bytes.length;
    let length = record.bytes.length + head;
    if (compressed && length > 126) length = record.bytes.length + (length > 16000 ? 3 : 2);
    body.int(length).add(record);
  }
  const out = new Out(false);
  out.bytes.push(0x46, 0x4c, 0x52, 0, 0, 2, 0, 1);
  out
    .fixed(size ?? 68 + body.bytes.length, 8)
    .fixed(0, 8)
    .fixed(0, 8);
  out
    .fixed(1_700_000_000e9, 8)
    .fixed(5e9, 8)
    .fixed(1000, 8)
    .fixed(rate, 8)
    .fixed(compressed ? 1 : 0, 4);
  return Uint8Array.from([...out.bytes, ...body.bytes]);
}

const metadata: Write = (out) => {
  const strings: string[] = [];
  const index = (text: string): number => {
    if (!strings.includes(text)) strings.push(text);
    return strings.indexOf(text);
  };
  const element = (name: string, attributes: Record<string, string>, children: readonly Out[]): Out => {
    const made = new Out(out.compressed).int(index(name)).int(Object.keys(attributes).length);
    for (const [key, value] of Object.entries(attributes)) made.int(index(key)).int(index(value));
    made.int(children.length);
    for (const child of children) made.add(child);
    return made;
  };
  const fields = (type: TypeSketch): Out[] =>
    type.fields.map((text) => {
      const [, name, flag, of] = /^(.*):(\*|\[\])?(.*)$/.exec(text)!;
      const attributes: Record<string, string> = { name: name!, class: String(idOf(of!)) };
      if (flag === "*") attributes.constantPool = "true";
      if (flag === "[]") attributes.dimension = "1";
      return element("field", attributes, []);
    });
  const classes = TYPES.map((type) =>
    element("class", { id: String(type.id), name: type.name }, fields(type)),
  );
  const root = element("root", {}, [element("metadata", {}, classes)]);
  out.long(0).long(0).long(0).long(1).int(strings.length);
  for (const text of strings) out.text(text);
  return out.add(root);
};

const symbols = ["", "App", "main", "work", "inner", "java/lang/String"];

/** Methods 1 main, 2 work, 3 inner; stack 1 = main;work;inner, stack 2 = main, cut; thread 7. */
const constants: Write = (out) => constantsFrom(out, 0);

/** The same with keys of stacks and methods that begin behind `base`. */
function constantsFrom(out: Out, base: number): Out {
  out.long(1).long(0).long(0).long(0).byte(0).int(7);
  const pool = (type: string, entries: readonly Write[]): void => {
    out.long(idOf(type)).int(entries.length);
    entries.forEach((write, i) => {
      const first = type === "jdk.types.StackTrace" || type === "jdk.types.Method" ? base : 0;
      write(out.long(type === "java.lang.Thread" ? 7 : first + i + 1));
    });
  };
  pool(
    "jdk.types.Symbol",
    symbols.slice(1).map((text, i) => (to: Out) => to.text(text, 3 + (i % 3))),
  );
  pool("java.lang.Class", [(to) => to.long(1), (to) => to.long(5)]);
  pool(
    "jdk.types.Method",
    [2, 3, 4].map((name) => (to: Out) => to.long(1).long(name)),
  );
  pool(
    "jdk.types.FrameType",
    ["Interpreted", "JIT compiled", "Inlined"].map((text) => (to: Out) => to.text(text)),
  );
  pool("jdk.types.StackTrace", [
    (to) =>
      to
        .byte(0)
        .int(3)
        .long(base + 3)
        .int(30)
        .int(0)
        .long(3)
        .long(base + 2)
        .int(20)
        .int(0)
        .long(2)
        .long(base + 1)
        .int(10)
        .int(0)
        .long(1),
    (to) =>
      to
        .byte(1)
        .int(1)
        .long(base + 1)
        .int(10)
        .int(0)
        .long(1),
  ]);
  pool("jdk.types.ThreadState", [(to) => to.text("STATE_RUNNABLE")]);
  pool("java.lang.Thread", [(to) => to.text("os").long(42).text("worker")]);
  return out;
}

const sample =
  (ticks: number, stack: number): Write =>
  (out) =>
    out.long(100).long(ticks).long(7).long(stack).long(1);
const setting =
  (id: number, name: string, value: string): Write =>
  (out) =>
    out.long(101).long(1000).long(id).text(name).text(value);
const allocation: Write = (out) => out.long(102).long(1500).long(7).long(1).long(2).long(4096);
const park: Write = (out) => out.long(103).long(1600).long(200).long(7).long(1);

const usual = [setting(100, "period", "20 ms"), sample(1100, 1), sample(1300, 2), constants, metadata];

describe("JFR", () => {
  it.each([true, false])(
    "reads samples with stacks, threads, times, lines and kinds; compressed: %s",
    async (compressed) => {
      const profile = await readWith(jfrReader, chunk({ compressed, records: usual }));
      expect(foldedOf(profile)).toEqual(["App.main 20000000", "App.main;App.work;App.inner 20000000"]);
      expect(profile.valueTypes.map(({ name, unit }) => `${name}/${unit}`)).toEqual([
        "cpu_samples/count",
        "cpu/nanoseconds",
      ]);
      expect(profile.meta).toMatchObject({
        timeOrigin: 1_700_000_000_000_000_000n,
        clock: "unix",
        duration: 5e9,
        period: { type: { name: "cpu", unit: "nanoseconds" }, value: 20e6 },
      });
      expect([...profile.samples.time!]).toEqual([100, 300]);
      expect(profile.threads).toEqual([{ name: "worker", tid: 42 }]);
      expect(profile.labelSets[1]).toEqual([{ key: "state", value: "STATE_RUNNABLE" }]);
      expect([...profile.frames.line].sort()).toEqual([10, 20, 30]);
      const inner = [...profile.frames.name].findIndex((name) => profile.strings.get(name) === "App.inner");
      expect([profile.frames.kind[inner], profile.frames.inlined[inner]]).toEqual([FrameKind.jit, 1]);
      expect(noteCodes(profile)).toEqual(["jfr-stack-depth×1"]);
    },
  );

  it.each([0, 2 ** 20, 2 ** 27, 2 ** 31, 2 ** 40, 2 ** 52])(
    "adds samples up to what they are one by one, with keys behind %s",
    async (base) => {
      const samples = Array.from({ length: 300 }, (_, i) =>
        sample(1000 + i ** 6, base + 1 + (i % 3 === 0 ? 1 : 0)),
      );
      const records = [usual[0]!, ...samples, (out: Out) => constantsFrom(out, base), metadata];
      const each = await readWith(jfrReader, chunk({ records }));
      const merged = await readWith(jfrReader, chunk({ records }), "merged");
      expect(foldedOf(each)).toEqual(["App.main 2000000000", "App.main;App.work;App.inner 4000000000"]);
      expect(foldedOf(merged)).toEqual(foldedOf(each));
      expect([each.samples.length, merged.samples.length]).toEqual([300, 2]);
      expect(merged.notes).toEqual(each.notes);
      expect(noteCodes(merged)).toEqual(["jfr-stack-depth×100"]);
    },
  );

  it("keeps each kind of event in value types of its own, durations in nanoseconds", async () => {
    const profile = await readWith(jfrReader, chunk({ rate: 1e6, records: [...usual, allocation, park] }));
    const totals = profile.valueTypes.map(({ name }, type) => {
      const sum = profile.samples.weights[type]!.reduce((total, weight) => total + weight, 0);
      return `${name} ${sum}`;
    });
    expect(totals).toEqual([
      "cpu_samples 2",
      "cpu 40000000",
      "alloc_sample_objects 1",
      "alloc_sample_bytes 4096",
      "block_contentions 1",
      "block_delay 200000",
    ]);
    expect(profile.labelSets.flat()).toContainEqual({ key: "class", value: "java.lang.String" });
  });

  it.each([
    ["cpu", "5000000", ["cpu_samples/count", "cpu/nanoseconds"], 10e6],
    ["wall", "0", ["wall_samples/count", "wall/nanoseconds"], 100e6],
    ["cache-misses", "1000", ["cache-misses_samples/count", "cache-misses/count"], 2000],
  ])(
    "takes async-profiler's samples for what it was told to sample: %s",
    async (event, interval, types, total) => {
      const settings = [
        setting(101, "jstackdepth", "2048"),
        setting(101, "version", "4.0"),
        setting(101, "event", event),
        setting(100, "interval", interval),
      ];
      const profile = await readWith(jfrReader, chunk({ records: [...settings, ...usual.slice(1)] }));
      expect(profile.valueTypes.map(({ name, unit }) => `${name}/${unit}`)).toEqual(types);
      expect(profile.samples.weights[1]!.reduce((sum, weight) => sum + weight, 0)).toBe(total);
      expect(profile.meta.producer).toBe("async-profiler 4.0");
    },
  );

  it("carries settings over to later chunks, whose constants are their own", async () => {
    const first = chunk({ records: usual });
    const second = chunk({ records: usual.slice(1) });
    const profile = await readWith(jfrReader, Uint8Array.from([...first, ...second]));
    expect(foldedOf(profile)).toEqual(["App.main 40000000", "App.main;App.work;App.inner 40000000"]);
  });

  it("reads a chunk that the JVM did not finish, up to the next one", async () => {
    const first = chunk({ records: usual, size: 0 });
    const profile = await readWith(jfrReader, Uint8Array.from([...first, ...chunk({ records: usual })]));
    expect(profile.samples.length).toBe(4);
    expect(noteCodes(profile)).toContain("jfr-incomplete×1");
  });

  it("keeps what came before a cut, where the types are among it", async () => {
    const whole = chunk({ records: [metadata, constants, ...usual.slice(0, 3)] });
    const profile = await readWith(jfrReader, whole.subarray(0, whole.length - 2));
    expect(profile.samples.length).toBe(1);
    expect(noteCodes(profile)).toEqual(["jfr-cut×1", "jfr-incomplete×1"]);
    expect(profile.notes[0]?.places).toEqual([{ offset: expect.any(Number) }]);
    expect(await readingError(jfrReader, whole.subarray(0, 100))).toMatchObject({ code: "truncated" });
  });

  it("notes what follows the last chunk, constants that are missing, and recordings without samples", async () => {
    const trailing = Uint8Array.from([...chunk({ records: usual }), 1, 2, 3]);
    expect(noteCodes(await readWith(jfrReader, trailing))).toContain("jfr-trailing×1");
    const missing = chunk({ records: [sample(1100, 9), constants, metadata] });
    expect(noteCodes(await readWith(jfrReader, missing))).toEqual(["jfr-missing-constant×1"]);
    expect(noteCodes(await readWith(jfrReader, chunk({ records: [metadata] })))).toEqual([
      "jfr-no-samples×1",
    ]);
  });

  it("refuses other versions and lying sizes", async () => {
    const old = chunk({ records: usual });
    old[5] = 0;
    old[7] = 9;
    expect(await readingError(jfrReader, old)).toMatchObject({ code: "unsupported", format: "jfr" });
    const huge = chunk({ records: usual, size: 2 ** 40 });
    expect(await readingError(jfrReader, huge)).toMatchObject({ code: "too-large" });
  });

  it("knows itself by its magic alone", () => {
    expect(jfrReader.sniff(headOf(chunk({ records: usual })))).toBe("yes");
    expect(jfrReader.sniff(headOf("FLR"))).toBe("no");
  });

  it("reads or refuses three thousand mutations of a chunk", async () => {
    const bytes = chunk({ records: [...usual, allocation, park] });
    expect(await readMutations(jfrReader, bytes, 3000)).toBeGreaterThan(400);
  });
});
