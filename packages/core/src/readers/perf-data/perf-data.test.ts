import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf, validated } from "../../../../../test/support/letters.ts";
import { Drawing, type DrawnRecording, SAMPLE_TYPE } from "../../../../../test/support/perf-data.ts";
import { headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import type { NameSource } from "../../codec/code-names.ts";
import { ProfileBuilder, type SampleMode } from "../../model/builder.ts";
import type { Profile } from "../../model/profile.ts";
import { sourceOfBytes } from "../../util/source.ts";
import { perfDataReader as reader } from "./index.ts";

const USER = -512;
const KERNEL = -128;
const KERNEL_CODE = 0xffffffff81000000n;
const fixture = (file: string): Uint8Array =>
  readFileSync(fileURLToPath(new URL(`../../../../../fixtures/perf-data/${file}`, import.meta.url)));

/** Names that show what was asked: `module+address`. */
const telling: NameSource = {
  async open({ path }) {
    return { at: (address) => `${path.replace(/^.*\//, "")}+${address.toString(16)}` };
  },
};

async function read(
  drawing: Drawing,
  mode: SampleMode = "each",
  names: NameSource = telling,
): Promise<Profile> {
  const builder = new ProfileBuilder(mode);
  await reader.read(sourceOfBytes(drawing.bytes), builder, builder.notes, { names });
  return validated(builder.finish());
}

/** Two processes, in an order that is not that of time. */
function twoProcesses(drawn: DrawnRecording = {}): Drawing {
  return new Drawing(drawn)
    .comm(7, 7, 1, "sh")
    .mmap(7, 2, 0x400000, 0x1000, 0x2000, "/bin/sh")
    .sample(8, 8, 60, [USER, 0x400010, 0x400021])
    .sample(7, 7, 10, [USER, 0x400010, 0x400021])
    .fork(8, 8, 7, 7, 20)
    .sample(8, 8, 30, [USER, 0x400010])
    .comm(8, 8, 40, "app", true)
    .mmap(8, 50, 0x400000, 0x1000, 0, "/bin/app");
}

describe("processes and what they have mapped", () => {
  it.each<[string, DrawnRecording]>([
    ["a file", {}],
    ["big endian", { little: false }],
    ["a pipe", { pipe: true }],
    ["a pipe, big endian", { pipe: true, little: false }],
  ])("are followed in the order of time: %s", async (_, drawn) => {
    const profile = await read(twoProcesses(drawn));
    expect(foldedOf(profile)).toEqual(["app+20;app+10 1", "sh+2010 1", "sh+2020;sh+2010 1"]);
    expect(profile.threads).toEqual([
      { name: "sh", pid: 7, tid: 7 },
      { name: "sh", pid: 8, tid: 8 },
      { name: "app", pid: 8, tid: 8 },
    ]);
    expect([...profile.samples.time!]).toEqual([10, 30, 60]);
    expect(noteCodes(profile)).toEqual([]);
  });

  it("cover each other where they overlap, however many there are", async () => {
    const drawing = new Drawing().mmap(1, 1, 0x1000, 0x9000, 0, "/lib/old").sample(1, 1, 2, [0x5000]);
    drawing.mmap(1, 3, 0x4000, 0x2000, 0, "/lib/new").sample(1, 1, 4, [0x5000]).sample(1, 1, 4, [0x7000]);
    for (let i = 0; i < 300; i++)
      drawing.mmap(1, 5, 0x100000 + (i % 7) * 0x1000, 0x1000, i * 0x1000, `/lib/n`);
    drawing
      .sample(1, 1, 6, [0x5000])
      .sample(1, 1, 6, [0x3fff])
      .sample(1, 1, 6, [0x6000])
      .sample(1, 1, 6, [0x101000]);
    expect(foldedOf(await read(drawing))).toEqual([
      "n+127000 1",
      "new+1000 2",
      "old+2fff 1",
      "old+4000 1",
      "old+5000 1",
      "old+6000 1",
    ]);
  });

  it("are shared by threads; memory without a file is a JIT's", async () => {
    const drawing = new Drawing()
      .mmap(5, 1, 0x1000, 0x1000, 0, "//anon")
      .fork(5, 6, 5, 5, 2)
      .sample(5, 6, 3, [0x1010])
      .sample(5, 6, 4, [0x9000]);
    const profile = await read(drawing);
    expect(foldedOf(profile)).toEqual([" 1", "perf-5.map+1010 1"]);
    expect(profile.frames.address[1]).toBe(0x9000n);
    expect(profile.threads).toEqual([{ name: ":6", pid: 5, tid: 6 }]);
  });

  it("keep an address that is nowhere to its last bit", async () => {
    const profile = await read(new Drawing().sample(1, 1, 1, [USER, 0x2c6b6e7568437972n]));
    expect(profile.frames.address[0]).toBe(0x2c6b6e7568437972n);
  });
});

describe("the kernel", () => {
  it("has its own map, modules and programs", async () => {
    const drawing = new Drawing()
      .mmap(-1, 1, KERNEL_CODE, 0x1000000, KERNEL_CODE, "[kernel.kallsyms]_text", 1)
      .mmap(-1, 1, KERNEL_CODE + 0x2000000n, 0x1000, 0, "/lib/modules/6.1/kernel/net/nf-tables.ko.xz", 1);
    const program = drawing
      .write()
      .u64(KERNEL_CODE + 0x3000000n)
      .u32(0x100)
      .u16(1, 0)
      .text("bpf_prog_ab_f");
    drawing.record(17, program.u32(0, 0).u64(2));
    const chain = [KERNEL, KERNEL_CODE + 5n, KERNEL_CODE + 0x2000007n, KERNEL_CODE + 0x3000001n, USER, 0x10];
    const profile = await read(drawing.sample(1, 1, 3, chain));
    expect(foldedOf(profile)).toEqual([";bpf_prog_ab_f;[nf_tables]+-7cfffff9;[kernel.kallsyms]+-7efffffb 1"]);
    expect([...profile.frames.kind].sort()).toEqual([0, 2, 2, 2]);
  });

  it("asks for names with its build id and where it was loaded", async () => {
    const asked: unknown[] = [];
    const names: NameSource = {
      async open({ kernel }) {
        asked.push(kernel);
        return undefined;
      },
    };
    const drawing = new Drawing()
      .mmap(-1, 1, KERNEL_CODE, 0x1000, KERNEL_CODE, "[kernel.kallsyms]_text", 1)
      .sample(1, 1, 3, [KERNEL, KERNEL_CODE + 5n]);
    const profile = await read(drawing, "each", names);
    expect(asked).toEqual([{ buildId: "", textStart: Number(BigInt.asIntN(64, KERNEL_CODE)) }]);
    expect(profile.frames.address[0]).toBe(KERNEL_CODE + 5n);
    expect(noteCodes(profile)).toEqual(["no-function-names×1"]);
  });
});

describe("events", () => {
  const IDENTIFIER = 0x10000;

  it("are told apart by the ids of their samples, though they are laid out differently", async () => {
    const types = [IDENTIFIER | 0x3, IDENTIFIER | 0x1 | 0x4 | 0x100];
    const drawing = new Drawing({ sampleTypes: types, names: ["cpu-clock", "page-faults"] });
    drawing.record(9, drawing.write().u64(100, 0x10).u32(3, 4), 2);
    drawing.record(9, drawing.write().u64(101, 0x20, 5, 77), 2);
    drawing.record(9, drawing.write().u64(101, 0x20, 6, 23), 2);
    const profile = await read(drawing, "merged");
    expect(profile.valueTypes).toEqual([
      { name: "cpu-clock samples", unit: "count" },
      { name: "cpu-clock", unit: "nanoseconds" },
      { name: "page-faults samples", unit: "count" },
      { name: "page-faults", unit: "count" },
    ]);
    expect(profile.samples.weights.map((column) => [...column])).toEqual([
      [1, 0],
      [1, 0],
      [0, 2],
      [0, 100],
    ]);
    expect(profile.threads).toEqual([{ name: ":4", pid: 3, tid: 4 }, { name: ":-1" }]);
  });

  it("of a fixed period weigh it, and a processor's own list of calls is a stack", async () => {
    const drawing = new Drawing({ sampleTypes: [0x7 | 0x20 | 0x800], branchTypes: [1 << 11] });
    const body = drawing.write().u64(0x10).u32(1, 1).u64(9, 1, -512);
    drawing.record(9, body.u64(2, 0x200, 0x110, 0, 0x300, 0x210, 0), 2);
    drawing.mmap(1, 1, 0, 0x1000, 0, "/app");
    const profile = await read(drawing);
    expect(foldedOf(profile)).toEqual(["app+300;app+200;app+110 1"]);
    expect(profile.valueTypes).toEqual([
      { name: "samples", unit: "count" },
      { name: "cpu-clock", unit: "nanoseconds" },
    ]);
  });

  it("say what is lost, throttled and not decoded", async () => {
    const drawing = twoProcesses();
    drawing.record(2, drawing.write().u64(100, 40).u32(0, 0).u64(0));
    drawing.record(5, drawing.write().u64(0, 0, 0).u32(0, 0).u64(0));
    drawing.record(71, drawing.write().u64(16, 0, 0, 0).u32(0, 0)).record(0xffff, drawing.write().u64(0));
    const profile = await read(drawing);
    expect(noteCodes(profile)).toContain("lost-records×40");
    expect(noteCodes(profile)).toContain("throttled×1");
    expect(noteCodes(profile)).toContain("processor-trace×1");
  });
});

describe("records in rounds", () => {
  it("go on when no older one can come any more", async () => {
    const drawing = new Drawing().mmap(1, 0, 0, 0x1000, 0, "/a");
    for (const [round, times] of [
      [1, 4, 2, 3],
      [5, 8, 4, 6],
      [7, 9],
    ].entries()) {
      for (const time of times) drawing.sample(1, 1, time, [round + 1]);
      drawing.round();
    }
    const profile = await read(drawing);
    expect([...profile.samples.time!]).toEqual([1, 2, 3, 4, 4, 5, 6, 7, 8, 9]);
  });
});

describe("what perf script prints of the same recording", () => {
  it("has as many samples of each event in a compressed pipe", async () => {
    const profile = await readWith(reader, fixture("cpp-pipe-zstd.data"));
    expect(profile.valueTypes.map(({ name }) => name)).toEqual([
      "cpu-clock/freq=299/ samples",
      "cpu-clock/freq=299/",
      "page-faults/period=50/ samples",
      "page-faults/period=50/",
    ]);
    expect(profile.meta.comments).toContain("hostname: example");
  });

  it("says that stacks are missing where they cannot be unwound", async () => {
    expect(noteCodes(await readWith(reader, fixture("cpp-dwarf.data")))[0]).toMatch(/^dwarf-stacks×/);
  });
});

describe("a recording that is not as it should be", () => {
  it.each([
    ["PERFFILE\0\0\0\0\0\0\0\0\0", "unsupported", "older"],
    ["PERFILE2\x68\0\0\0\0\0\0\0", "truncated", "ends in its header"],
    ["PERFILE2\x09\0\0\0\0\0\0\0", "malformed", "9 bytes long"],
    [`PERFILE2\x68${"\0".repeat(200)}`, "malformed", "begin at offset 0"],
  ])("is refused: %j", async (text, code, words) => {
    const error = await readingError(reader, text);
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(words)]);
  });

  it("is refused without samples, and where it is compressed and nobody can unpack it", async () => {
    expect((await readingError(reader, new Drawing().bytes)).message).toContain("no sample");
    const packed = await readingError(reader, fixture("cpp-pipe-zstd.data"));
    expect([packed.code, packed.hint]).toEqual(["unsupported", expect.stringContaining("perf inject")]);
  });

  it("keeps what came before it was cut, and says so", async () => {
    const whole = twoProcesses().bytes;
    const builder = new ProfileBuilder();
    await reader.read(sourceOfBytes(whole.subarray(0, whole.length - 150)), builder, builder.notes, {});
    expect(noteCodes(validated(builder.finish()))).toContain("recording-truncated×1");
  });

  it("gives an error with a place or a sound profile for anything", async () => {
    const small = twoProcesses({ sampleTypes: [SAMPLE_TYPE | 0xc40], names: ["cycles"] }).bytes;
    expect(await readMutations(reader, small, 3000)).toBeGreaterThan(50);
    expect(
      await readMutations(reader, twoProcesses({ pipe: true, little: false }).bytes, 3000),
    ).toBeGreaterThan(50);
    expect(await readMutations(reader, fixture("cpp-pipe-zstd.data"), 3000)).toBeGreaterThan(50);
  });
});

describe("recognising a recording", () => {
  it("knows both byte orders and the old form, and nothing else", () => {
    for (const word of ["PERFILE2", "2ELIFREP", "PERFFILE"]) expect(reader.sniff(headOf(word))).toBe("yes");
    for (const word of ["PERFILE3", "perfile2", ""]) expect(reader.sniff(headOf(word))).toBe("no");
  });
});
