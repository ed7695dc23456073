import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { recordAgreement } from "../../../../../test/support/agreement.ts";
import { corpusFiles, corpusRoot, haveCorpus, readCorpus } from "../../../../../test/support/corpus.ts";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { FrameKind } from "../../model/profile.ts";
import { sourceOfBytes } from "../../util/source.ts";
import { unpackers } from "../../wrappers/index.ts";
import { readProfile } from "../open.ts";
import { etwEtlReader } from "./index.ts";

const little = (value: number, size: number): number[] =>
  Array.from({ length: size }, (_, i) => Math.floor(value / 256 ** i) % 256);
const wide = (text: string): number[] =>
  [...text].flatMap((letter) => little(letter.charCodeAt(0), 2)).concat(0, 0);
const narrow = (text: string): number[] => [...new TextEncoder().encode(text), 0];
const padded = (bytes: number[]): number[] => [
  ...bytes,
  ...Array<number>((8 - (bytes.length % 8)) % 8).fill(0),
];
const zeros = (count: number): number[] => Array<number>(count).fill(0);

/** SYSTEM_TRACE_HEADER with two times, or PERFINFO_TRACE_HEADER with one. */
const system = (hook: number, time: number, payload: number[], version = 4): number[] =>
  padded([
    ...[...little(version, 2), 2, 0xc0, ...little(32 + payload.length, 2), ...little(hook, 2)],
    ...[...little(77, 4), ...little(7, 4), ...little(time, 8), ...zeros(8)],
    ...payload,
  ]);
const perf = (hook: number, time: number, payload: number[]): number[] =>
  padded([
    ...[...little(2, 2), 17, 0xc0, ...little(16 + payload.length, 2), ...little(hook, 2)],
    ...little(time, 8),
    ...payload,
  ]);
const GUID = [...little(0x11223344, 4), ...little(0x5566, 2), ...little(0x7788, 2), 1, 2, 3, 4, 5, 6, 7, 8];
const event = (
  id: number,
  time: number,
  payload: number[],
  ...items: (readonly [number, number[]])[]
): number[] => {
  const extended = items.flatMap(([type, data], i) => {
    const size = Math.ceil((8 + data.length) / 8) * 8;
    const more = i < items.length - 1 ? 1 : 0;
    return [
      ...[size, type, more, data.length].flatMap((value) => little(value, 2)),
      ...data,
      ...zeros(size - 8 - data.length),
    ];
  });
  const size = 80 + extended.length + payload.length;
  return padded([
    ...[...little(size, 2), 19, 0xc0, items.length > 0 ? 1 : 0, 0, 0, 0, ...little(77, 4), ...little(7, 4)],
    ...[...little(time, 8), ...GUID, ...little(id, 2), ...zeros(38)],
    ...extended,
    ...payload,
  ]);
};
/** TRACE_LOGFILE_HEADER: three lost events, a clock of 1 MHz, the start in 2021. */
const HEADER = system(0, 1000, [
  ...zeros(48),
  ...little(3, 4),
  ...zeros(204),
  ...little(1_000_000, 8),
  ...little(132756731728578560, 8),
  ...little(1, 4),
  ...zeros(4),
]);
const buffer = (type: number, flags: number, ...events: number[][]): number[] => {
  const body = events.flat();
  const used = 72 + body.length;
  const header = [
    ...little(1024, 4),
    ...zeros(44),
    ...little(used, 4),
    ...little(flags, 2),
    ...little(type, 2),
    ...zeros(16),
  ];
  return [...header, ...body, ...zeros(1024 - used)];
};
const KERNEL = 0xfffff80000001000;
const EVENTS = [
  system(0x0303, 1000, [
    ...little(1, 8),
    ...little(7, 4),
    ...zeros(24),
    ...little(0, 4),
    ...narrow("app.exe"),
  ]),
  system(0x0503, 1000, [...little(7, 4), ...little(77, 4)]),
  system(0x140a, 1000, [
    ...little(0x1000, 8),
    ...little(0x500, 8),
    ...little(7, 4),
    ...zeros(36),
    ...wide("C:\\app.exe"),
  ]),
  perf(0x0f48, 1001, [...little(0, 4), ...little(10000, 4)]),
];
const SAMPLES = [
  perf(0x0f2e, 2000, [...little(0x1200, 8), ...little(77, 4), ...little(1, 4)]),
  perf(0x1820, 2001, [
    ...little(2000, 8),
    ...little(7, 4),
    ...little(77, 4),
    ...little(0x1200, 8),
    ...little(0x1100, 8),
  ]),
  perf(0x0f2e, 3000, [...little(KERNEL, 8), ...little(77, 4), ...little(1, 4)]),
];
const OTHERS = [
  event(5, 2500, [1, 2, 3], [6, [...zeros(8), ...little(0x1300, 8), ...little(0x1200, 8)]]),
  event(
    0,
    2600,
    [9],
    [12, [...little(6, 2), ...narrow("sun")]],
    [11, [...little(9, 2), 0x80, 0, ...narrow("Rise")]],
  ),
  system(0x0524, 2700, [1]),
];
const FILE = Uint8Array.from([
  ...buffer(4, 1, HEADER),
  ...buffer(0, 1, ...EVENTS, ...SAMPLES),
  ...buffer(0, 1, ...OTHERS),
]);

describe("Windows event traces", () => {
  it("reads CPU samples with the stacks that follow them, and counts the other events", async () => {
    const profile = await readWith(etwEtlReader, FILE);
    expect(profile.valueTypes).toEqual([
      { name: "samples", unit: "count" },
      { name: "cpu", unit: "nanoseconds" },
      { name: "events", unit: "count" },
    ]);
    const { stacks, frames, samples } = profile;
    const addresses = (row: number): string[] => {
      const found: string[] = [];
      for (let stack = samples.stack[row]!; stack >= 0; stack = stacks.parent[stack]!) {
        const frame = stacks.frame[stack]!;
        found.unshift(profile.strings.get(frames.name[frame]!) || frames.address[frame]!.toString(16));
      }
      return found;
    };
    expect([0, 1, 2, 3, 4].map(addresses)).toEqual([
      ["1100", "1200"],
      ["1200", "1300", "{11223344-5566-7788-0102-030405060708}", "event 5"],
      ["sun", "Rise"],
      ["Windows Kernel", "group 5 type 36"],
      [BigInt(KERNEL).toString(16)],
    ]);
    expect([...samples.weights[1]!]).toEqual([1e6, 0, 0, 0, 1e6]);
    expect([...samples.time!]).toEqual([1e6, 1.5e6, 1.6e6, 1.7e6, 2e6]);
    expect(profile.threads[0]).toEqual({ name: "app.exe", process: "app.exe", pid: 7, tid: 77 });
    expect(profile.mappings[0]).toMatchObject({ path: "C:\\app.exe", start: 0x1000n, end: 0x1500n });
    expect(frames.kind.at(-1)).toBe(FrameKind.kernel);
    expect(profile.meta).toMatchObject({
      clock: "unix",
      defaultValueType: 1,
      duration: 2e6,
    });
    expect(noteCodes(profile)).toEqual(["events-lost×3", "no-stack×1", "no-symbols×1", "events-counted×3"]);
  });

  it("names events by the manifest that the trace carries", async () => {
    const xml = '<provider name="Sun" guid="x"><event value="5" version="0" symbol="Rise"/></provider>';
    const half = Math.floor(xml.length / 2);
    const part = (number: number, text: string): number[] =>
      event(0xfffe, 1000, [
        1,
        1,
        0,
        0x5b,
        ...little(2, 2),
        ...little(number, 2),
        ...narrow(text).slice(0, -1),
      ]);
    const events = [part(0, xml.slice(0, half)), part(1, xml.slice(half)), event(5, 1100, [])];
    const profile = await readWith(
      etwEtlReader,
      Uint8Array.from([...buffer(4, 1, HEADER), ...buffer(0, 1, ...events)]),
    );
    expect(foldedOf(profile)).toEqual(["Sun;Rise 1"]);
  });

  it("says what is compressed, cut, strange or empty", async () => {
    const packed = Uint8Array.from([...FILE, ...buffer(0, 0x41, ...EVENTS)]);
    expect(noteCodes(await readWith(etwEtlReader, packed))).toContain("compressed-buffer×1");
    expect(noteCodes(await readWith(etwEtlReader, FILE.subarray(0, -100)))).toContain("truncated×1");
    const strange = Uint8Array.from([...FILE, ...little(7, 4), ...zeros(80)]);
    expect(noteCodes(await readWith(etwEtlReader, strange))).toContain("damaged×1");
    const unknown = Uint8Array.from([...FILE, ...buffer(0, 1, [16, 0, 99, 0x10, ...zeros(12)])]);
    expect(noteCodes(await readWith(etwEtlReader, unknown))).toContain("unknown-event×1");
    const empty = Uint8Array.from(buffer(4, 1, HEADER));
    expect(await readingError(etwEtlReader, empty)).toMatchObject({ code: "nothing-left" });
    expect(etwEtlReader.sniff(headOf(FILE))).toBe("yes");
    expect(etwEtlReader.sniff(headOf(new Uint8Array(200)))).toBe("no");
    expect(etwEtlReader.sniff(headOf("x"))).toBe("no");
  });

  it("survives three thousand mutations", async () => {
    expect(await readMutations(etwEtlReader, FILE, 3000)).toBeGreaterThan(500);
  });
});

describe.skipIf(!haveCorpus)("corpus of Windows event traces", () => {
  const counts = { total: 0, agree: 0, deliberate: 0 };
  afterAll(() => recordAgreement({ area: "PerfView, event counts", ...counts }));

  it.each(corpusFiles("etw-etl"))("%s has the events that PerfView sees", async (name) => {
    counts.total++;
    const profile = await readProfile(sourceOfBytes(readCorpus("etw-etl", name)), { unpackers });
    expect(profile.meta.format).toBe("etw-etl");
    const baseline = readFileSync(`${corpusRoot}/etw-etl/${name}.expected.baseline.txt`, "utf8");
    // The first is about the trace itself: its header, which is no event of the program.
    const expected = [...baseline.matchAll(/^COUNT ([^\r\n]+?)\/([^\r\n]+):(\d+)\r?$/gm)]
      .filter(([, provider]) => provider !== "Windows Kernel")
      .map(([, provider, event, count]) => `${provider};${event} ${count}`);
    expect(expected.length).toBeGreaterThan(0);
    const ours = foldedOf(profile).filter((line) => !line.startsWith("Windows Kernel"));
    expect(ours.sort()).toEqual(expected.sort());
    // Milliseconds since the start, of the last event.
    const times = [...baseline.matchAll(/^EVENT ([\d,.]+): /gm)].map(([, time]) =>
      Number(time!.replaceAll(",", "")),
    );
    expect(Math.max(...profile.samples.time!) / 1e6).toBeCloseTo(Math.max(...times), 2);
    counts.agree++;
  });
});
