// Chunks of JFR made by hand, for the tests.

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
export class Out {
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
  /** Which record the header calls the description of types; default: none. */
  readonly described?: Write;
}

/** A chunk: its header, then records whose sizes are filled in. */
export function chunk({ compressed = true, rate = 1e9, records, size, described }: Sketch): Uint8Array {
  const body = new Out(compressed);
  let metadataAt = 0;
  for (const write of records) {
    if (write === described) metadataAt = 68 + body.bytes.length;
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
    .fixed(metadataAt, 8);
  out
    .fixed(1_700_000_000e9, 8)
    .fixed(5e9, 8)
    .fixed(1000, 8)
    .fixed(rate, 8)
    .fixed(compressed ? 1 : 0, 4);
  return Uint8Array.from([...out.bytes, ...body.bytes]);
}

export const metadata: Write = (out) => {
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
export const constants: Write = (out) => constantsFrom(out, 0);

/** The same with keys of stacks and methods that begin behind `base`. */
export function constantsFrom(out: Out, base: number): Out {
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

export const sample =
  (ticks: number, stack: number): Write =>
  (out) =>
    out.long(100).long(ticks).long(7).long(stack).long(1);
export const setting =
  (id: number, name: string, value: string): Write =>
  (out) =>
    out.long(101).long(1000).long(id).text(name).text(value);
export const allocation: Write = (out) => out.long(102).long(1500).long(7).long(1).long(2).long(4096);
export const park: Write = (out) => out.long(103).long(1600).long(200).long(7).long(1);

export const usual: readonly Write[] = [
  setting(100, "period", "20 ms"),
  sample(1100, 1),
  sample(1300, 2),
  constants,
  metadata,
];
