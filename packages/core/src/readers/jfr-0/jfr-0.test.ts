import { expect, it } from "vitest";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { FrameKind, totalsOf } from "../../index.ts";
import { jfr0Reader } from "./index.ts";

/** A value as it is written: bytes, a text, or the width in bytes and a number. */
type Part = string | readonly [width: number, value: number] | readonly Part[];

function bytesOf(part: Part): number[] {
  if (typeof part === "string") {
    const text = [...new TextEncoder().encode(part)];
    return [text.length >> 8, text.length & 255, ...text];
  }
  if (!isNumber(part)) return part.flatMap(bytesOf);
  const view = new DataView(new ArrayBuffer(8));
  view.setBigInt64(0, BigInt(part[1]));
  return [...new Uint8Array(view.buffer)].slice(8 - part[0]);
}
function isNumber(part: Part): part is readonly [number, number] {
  return part.length === 2 && typeof part[0] === "number";
}
const int = (value: number): Part => [4, value];
const long = (value: number): Part => [8, value];
const byte = (value: number): Part => [1, value];
const list = (...parts: readonly Part[]): Part => [int(parts.length), ...parts];
/** Name, kind, pool or unit, structure. */
const field = (name: string, kind: number, content = 0, structure = 0): Part => [
  name,
  name,
  "",
  byte(0),
  byte(kind),
  int(content),
  int(structure),
  int(0),
];
const [U4, U8, TEXT, STRUCTS] = [6, 8, 11, 15];
/** Something with its length in front. */
function record(...parts: readonly Part[]): number[] {
  const bytes = parts.flatMap(bytesOf);
  return [...bytesOf(int(bytes.length + 4)), ...bytes];
}

const structures: Part[] = [
  list(field("utf8", TEXT)), // 0
  list(field("name", U8, 33)), // 1: class
  list(field("class", U8, 10), field("name", U8, 33)), // 2: method
  list(field("method", U8, 32), field("line", 5), field("type", 2, 35)), // 3: frame
  list(field("truncated", 0), field("frames", STRUCTS, 0, 3)), // 4: stack
  list(field("name", TEXT)), // 5: thread
  list(field("desc", TEXT)), // 6: frame type
  list(field("sampledThread", U4, 7), field("stackTrace", U8, 9)), // 7
  list(field("class", U8, 10), field("tlabSize", U8, 1)), // 8
  list(field("period", U8, 3), field("path", TEXT)), // 9
  list(), // 10
];
const event = (id: number, path: string, flags: string, structure: number): Part => [
  int(id),
  "event",
  "",
  path,
  ...[..."stk"].map((flag) => byte(flags.includes(flag) ? 1 : 0)),
  byte(0),
  int(structure),
  int(0),
];
const content = (id: number, name: string, keyKind: number, structure: number): Part => [
  int(id),
  name,
  "",
  byte(keyKind),
  int(structure),
];
const events: Part[] = [
  event(50, "vm/prof/execution_sample", "", 7),
  event(35, "java/object_alloc_in_new_TLAB", "tk", 8),
  event(5, "java/thread_sleep", "stk", 10),
  event(98, "recordings/recording_setting", "", 9),
  event(1000, "vm/flag/boolean", "", 10),
];
const contents: Part[] = [
  content(33, "UTFConstant", U8, 0),
  content(10, "Class", U8, 1),
  content(32, "Method", U8, 2),
  content(9, "StackTrace", U8, 4),
  content(7, "Thread", U4, 5),
  content(35, "FrameType", 2, 6),
];
const pool = (id: number, ...entries: readonly Part[]): Part => [int(id), list(...entries)];
const frame = (method: number, line: number, type: number): Part => [long(method), int(line), byte(type)];

interface Options {
  readonly before?: number;
  readonly sample?: number;
  readonly extra?: number[];
}

/** One chunk: settings, events, constants, and the metadata, which begin where the header says. */
function chunk({ before = 0, sample = 1, extra = [] }: Options = {}): Uint8Array {
  const body = [
    record(int(98), long(0), long(20), "vm/prof/execution_sample"),
    record(int(50), long(2000), int(7), long(sample)),
    record(int(35), long(3000), int(8), long(2), long(4), long(4096)),
    record(int(5), long(9000), long(5000), int(8), long(0)),
    record(int(1000), long(0)),
    extra,
  ].flat();
  const checkpoint = record(
    int(1),
    long(0),
    long(before),
    pool(33, [long(1), "main"], [long(2), "shop/Main"], [long(3), "leaf"], [long(4), "[Ljava/lang/String;"]),
    pool(10, [long(1), long(2)], [long(4), long(4)]),
    pool(32, [long(1), long(1), long(1)], [long(2), long(1), long(3)]),
    pool(
      9,
      [long(1), byte(0), list(frame(2, 12, 1), frame(1, -1, 0))],
      [long(2), byte(1), list(frame(1, 7, 2))],
    ),
    pool(7, [int(7), "worker"], [int(8), "main"]),
    pool(35, [byte(0), "Interpreted"], [byte(1), "JIT compiled"], [byte(2), "Inlined"]),
  );
  const checkpointAt = 16 + body.length;
  const metadataAt = checkpointAt + checkpoint.length;
  const metadata = record(
    int(0),
    list([
      int(1),
      "HotSpot",
      "",
      "http://x/",
      list("relation"),
      list(...structures),
      list(...events),
      list(...contents),
    ]),
    long(1_400_000_000_000),
    long(1_400_000_002_000),
    long(1000),
    long(1_000_000),
    long(checkpointAt),
  );
  return Uint8Array.from([
    ...bytesOf([[4, 0x464c5200], [2, 0], [2, 9], long(metadataAt)]),
    ...body,
    ...checkpoint,
    ...metadata,
  ]);
}

it("reads events with their stacks, threads, times and weights", async () => {
  const profile = await readWith(jfr0Reader, chunk());
  const totals = profile.valueTypes.map(({ name, unit }, i) => `${name}/${unit} ${totalsOf(profile)[i]}`);
  expect(totals).toEqual([
    "cpu_samples/count 1",
    "cpu/nanoseconds 20000000",
    "alloc_in_new_tlab_objects/count 1",
    "alloc_in_new_tlab_bytes/bytes 4096",
    "sleeps/count 1",
    "sleep_delay/nanoseconds 4000000",
  ]);
  expect(foldedOf(profile, 1)).toContain("shop.Main.main;shop.Main.leaf 20000000");
  expect(foldedOf(profile, 3)).toContain("shop.Main.main 4096");
  expect([...profile.samples.time!]).toEqual([1e6, 2e6, 4e6]);
  expect(profile.threads).toMatchObject([
    { name: "worker", tid: 7 },
    { name: "main", tid: 8 },
  ]);
  expect([...profile.frames.line]).toEqual([12, 0, 7]);
  expect([...profile.frames.kind]).toEqual([FrameKind.jit, FrameKind.interpreted, FrameKind.jit]);
  expect([...profile.frames.inlined]).toEqual([0, 0, 1]);
  expect(profile.labelSets[profile.samples.labels![1]!]).toEqual([
    { key: "class", value: "java.lang.String[]" },
  ]);
  expect(profile.meta).toMatchObject({
    timeOrigin: 1_400_000_000_000_000_000n,
    duration: 2e9,
    defaultValueType: 1,
  });
  expect(noteCodes(profile)).toEqual(["jfr-stack-depth×1"]);
});

it("reads chunks one behind another, and keeps what came before damage", async () => {
  const two = await readWith(jfr0Reader, Uint8Array.from([...chunk(), ...chunk()]));
  expect(totalsOf(two)[0]).toBe(2);
  const cut = await readWith(jfr0Reader, Uint8Array.from([...chunk(), ...chunk().subarray(0, 400)]));
  expect(noteCodes(cut)).toContain("jfr-incomplete×1");
  const trailing = await readWith(jfr0Reader, Uint8Array.from([...chunk(), 1, 2, 3]));
  expect(noteCodes(trailing)).toContain("jfr-trailing×1");
  const unknown = await readWith(jfr0Reader, chunk({ sample: 77, extra: record(int(999), long(0)) }));
  expect(noteCodes(unknown)).toEqual(["jfr-no-stack×1", "jfr-stack-depth×1", "jfr-unknown-event×1"]);
  expect((await readingError(jfr0Reader, chunk({ before: 1 << 20 }))).message).toContain("circle");
  expect((await readingError(jfr0Reader, chunk().subarray(0, 200))).code).toBe("malformed");
  expect((await readingError(jfr0Reader, "nothing")).code).toBe("malformed");
});

it("knows its version", () => {
  expect(jfr0Reader.sniff(headOf(chunk()))).toBe("yes");
  expect(jfr0Reader.sniff(headOf(Uint8Array.of(0x46, 0x4c, 0x52, 0, 0, 2, 0, 0)))).toBe("no");
});

it("reads or refuses mutations", async () => {
  expect(await readMutations(jfr0Reader, chunk(), 3000)).toBeGreaterThan(0);
});
