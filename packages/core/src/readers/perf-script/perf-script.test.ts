import { describe, expect, it } from "vitest";
import { foldedOf, validated } from "../../../../../test/support/letters.ts";
import {
  bytesOf,
  headOf,
  mutated,
  noteCodes,
  readingError,
  readWith,
  seeded,
} from "../../../../../test/support/reading.ts";
import { ProfileBuilder } from "../../model/builder.ts";
import { FrameKind, type Profile } from "../../model/profile.ts";
import { FlambeauError } from "../../util/errors.ts";
import { sourceOfBytes } from "../../util/source.ts";
import { perfScriptReader as reader } from "./index.ts";

const read = (text: string, mode: "each" | "merged" = "merged") => readWith(reader, text, mode);

/** Frames from root to leaf of the only sample. */
function onlyStack(profile: Profile): string[] {
  expect(profile.samples.length).toBe(1);
  return foldedOf(profile, 0)[0]!.replace(/ \d+$/, "").split(";");
}

const names = (profile: Profile) => profile.valueTypes.map((type) => `${type.name}/${type.unit}`);

describe("event lines of perf script", () => {
  it.each([
    ["java 24636/25607 [000] 4794564.109216: 1001001 cycles:", "java", 24636, 25607, 1001001],
    ["java 25607 4794564.109216: cycles:", "java", undefined, 25607, 1],
    ["a 12 [002] 6544038.708352:        235 cycles:", "a", undefined, 12, 235],
    ["V8 WorkerThread 24636/25607 [000] 94564.109216: 100 cycles:", "V8 WorkerThread", 24636, 25607, 100],
    ["V8 12 Thread 24636/25607 [000] 94564.109216: 100 cycles:", "V8 12 Thread", 24636, 25607, 100],
    ["            perf 23070 [000]  2003.348423: 7 cycles:", "perf", undefined, 23070, 7],
    ["12 34 56/57 1.000000: 8 cycles:", "12 34", 56, 57, 8],
    [":-1    -1/-1    1.000000: 8 cycles:", ":-1", -1, -1, 8],
    ["dd 12/13 1.000000: 8 cycles:", "dd", 12, 13, 8],
    ["java 19983 cycles:", "java", undefined, 19983, 1],
    ["java 19983  77 cycles:", "java", undefined, 19983, 77],
    ["x 1.5: y 12/13 1.000000: 8 cycles:", "x 1.5: y", 12, 13, 8],
  ])("reads %j", async (line, name, pid, tid, period) => {
    const profile = await read(`${line}\n\tffff81 f ([kernel.kallsyms])\n\n`);
    const { name: comm, pid: process, tid: task } = profile.threads[0]!;
    expect([comm, process, task]).toEqual([name, pid, tid]);
    expect(onlyStack(profile)).toEqual(["f"]);
    expect(profile.samples.weights[profile.meta.defaultValueType]![0]).toBe(period);
  });

  it("keeps events apart: cycles:u is not cycles:k", async () => {
    const sample = (event: string, period: number) => `w 1/1 1.000000: ${period} ${event}: \n\t1 f (/w)\n\n`;
    const profile = await read(sample("cycles:u", 5) + sample("cycles:k", 7) + sample("cycles:u", 6));
    expect(names(profile)).toEqual([
      "cycles:u samples/count",
      "cycles:u/count",
      "cycles:k samples/count",
      "cycles:k/count",
    ]);
    expect(profile.samples.weights.map((column) => column[0])).toEqual([2, 11, 1, 7]);
    expect(profile.meta.defaultValueType).toBe(1);
  });

  it("offers samples and time of a clock event, samples alone where no period is stated", async () => {
    expect(names(await read("w 1 1.000000: 1001001 cpu-clock:pppH: \n\t1 f (/w)\n\n"))).toEqual([
      "samples/count",
      "cpu-clock:pppH/nanoseconds",
    ]);
    expect(names(await read("w 1 1.000000: 5 task-clock/freq=299/: \n\t1 f (/w)\n\n"))[1]).toMatch(
      /nanoseconds$/,
    );
    expect(names(await read("w 1 1.000000: cpu-clock: \n\t1 f (/w)\n\n"))).toEqual(["samples/count"]);
  });

  it("keeps samples that are one line, with a stack or with a tracepoint's arguments", async () => {
    const profile = await read(
      [
        "           false 39654 19115.489713:          1 cycles:u:  ffffffff9b201293 [unknown] ([unknown])",
        "           false 39654 19115.489719:          1 cycles:u:      7fa68b1f2d84 _dl_start+0x4 (/usr/lib/ld-2.31.so)",
        "            perf 23070 [000]  2003.348440:       sched:sched_switch: prev_comm=perf prev_pid=23070 ==> next_comm=x",
        "     migration/0    18 [000]  2003.348445:       sched:sched_waking: comm=perf pid=23070 (x)",
      ].join("\n"),
    );
    expect(foldedOf(profile, 0)).toEqual([" 1", "_dl_start 1"]);
    expect(profile.frames.address[0]).toBe(0xffffffff9b201293n);
    expect(profile.threads.map((thread) => thread.name)).toEqual(["false", "perf", "migration/0"]);
    expect(profile.meta.observations).toBe(4);
    expect(noteCodes(profile)).toEqual(["tracepoint-arguments×2"]);
  });

  it("skips other records that perf script shows, and says so", async () => {
    const profile = await read(
      [
        "app 7 0.000000: PERF_RECORD_COMM exec: app:7/7",
        "app 7 2.000001: PERF_RECORD_MMAP2 7/7: [0x1000(0x2000) @ 0 fe:00 1 2]: r-xp /bin/app",
        "app 7 2.000002: 5 cpu-clock: ",
        "\t1010 main (/bin/app)",
        "",
        "app 7 2.000003: PERF_RECORD_SWITCH OUT preempt",
        "app 7 2.000004: 5 cpu-clock: ",
        "\t1010 main (/bin/app)",
        "app 7 2.000005: PERF_RECORD_EXIT(7:7):(7:7)",
      ].join("\n"),
    );
    expect(foldedOf(profile, 0)).toEqual(["main 2"]);
    expect(profile.valueTypes.map(({ name }) => name)).toEqual(["samples", "cpu-clock"]);
    expect(profile.meta.duration).toBe(2000);
    expect(noteCodes(profile)).toEqual(["other-record×4"]);
  });

  it("keeps a sample without frames, and the last one without a blank line behind it", async () => {
    const profile = await read("w 1/2 1.000000: 5 cycles:\n\nw 1/2 2.000000: 6 cycles:\n\t1 f (/w)");
    expect(foldedOf(profile, 1)).toEqual([" 5", "f 6"]);
    expect(profile.meta.duration).toBe(1e9);
  });

  it("keeps each sample with its time and thread where that is asked for", async () => {
    const profile = await read(
      "w 1/2 10.000001: 5 cycles:\n\t1 f (/w)\n\nw 1/3 12.500000000: 6 cycles:\n\t1 f (/w)\n\n",
      "each",
    );
    expect(profile.meta.timeOrigin).toBe(10_000_000_000n);
    expect([...profile.samples.time!]).toEqual([1000, 2.5e9]);
    expect([...profile.samples.thread!]).toEqual([0, 1]);
    expect(profile.meta.duration).toBe(2.5e9 - 1000);
  });
});

describe("frame lines of perf script", () => {
  const frame = async (line: string) => {
    const profile = await read(`w 1 1.000000: 1 cycles:\n${line}\n\n`);
    const { frames, strings, mappings } = profile;
    const at = profile.stacks.frame[profile.samples.stack[0]!]!;
    return {
      name: strings.get(frames.name[at]!),
      module: mappings[frames.mapping[at]!]?.path,
      address: frames.address[at],
      kind: frames.kind[at],
      inlined: frames.inlined[at],
    };
  };

  it.each([
    ["\t7f12 main+0x1f (/a/b.so)", "main", "/a/b.so", FrameKind.native],
    ["\t7f12 main (/path/with blank/b c.so)", "main", "/path/with blank/b c.so", FrameKind.native],
    ["\t7f12 main (/tmp/x (deleted))", "main", "/tmp/x (deleted)", FrameKind.native],
    ["\t7f12 foo<void (int)>::bar (/a)", "foo<void (int)>::bar", "/a", FrameKind.native],
    ["\t7f12 foo(int, char (*)[3]) (/a)", "foo(int, char (*)[3])", "/a", FrameKind.native],
    [
      "\t7f12 std::function<void (int)>::operator()(int)",
      "std::function<void (int)>::operator()(int)",
      undefined,
      0,
    ],
    ["\t7f12 (anonymous namespace)::f (/a)", "(anonymous namespace)::f", "/a", FrameKind.native],
    ["\t7f12 tcp_sendmsg ([kernel.kallsyms])", "tcp_sendmsg", "[kernel.kallsyms]", FrameKind.kernel],
    [
      "\t7f12 f (/lib/modules/5.4/kernel/mlx5_core.ko)",
      "f",
      "/lib/modules/5.4/kernel/mlx5_core.ko",
      FrameKind.kernel,
    ],
    ["\t7f12 f (/boot/vmlinux-5.4.14)", "f", "/boot/vmlinux-5.4.14", FrameKind.kernel],
    ["\t7f12 f (/tmp/perf-19982.map)", "f", "/tmp/perf-19982.map", FrameKind.jit],
    ["\t7f12 f (/tmp/jitted-31714-41.so)", "f", "/tmp/jitted-31714-41.so", FrameKind.jit],
    ["\t7f12 __vdso_gettimeofday ([vdso])", "__vdso_gettimeofday", "[vdso]", FrameKind.native],
    ["7f12 not_indented (/a)", "not_indented", "/a", FrameKind.native],
    [
      "\t7f12 LazyCompile:~f /apps/a.js:39 (/tmp/perf-31912.map)",
      "LazyCompile:~f /apps/a.js:39",
      "/tmp/perf-31912.map",
      FrameKind.jit,
    ],
  ])("reads %j", async (line, name, module, kind) => {
    expect(await frame(line)).toEqual({ name, module, kind, address: 0n, inlined: 0 });
  });

  it("keeps the address where there is no symbol", async () => {
    expect(await frame("\t7f1e2215d058 [unknown] (/lib/libc.so)")).toMatchObject({
      name: "",
      module: "/lib/libc.so",
      address: 0x7f1e2215d058n,
    });
    expect(await frame("\t7f1e2215d058 (/lib/libc.so)")).toMatchObject({
      name: "",
      module: "/lib/libc.so",
      address: 0x7f1e2215d058n,
    });
    expect(await frame("\tffffffffffffffff [unknown] ([unknown])")).toMatchObject({
      name: "",
      module: undefined,
      address: 0xffffffffffffffffn,
    });
  });

  it("sees that perf marked a frame as inlined", async () => {
    expect(await frame("\t7f12 helper (inlined)")).toMatchObject({
      name: "helper",
      module: undefined,
      inlined: 1,
    });
  });

  it("takes a JIT's inlined chain apart, but leaves operator-> and Rust's closures alone", async () => {
    const jit = await read("java 1 1.000000: 1 cycles:\n\t7f12 Lx;::a->Lx;::b->Lx;::c (/tmp/perf-1.map)\n\n");
    expect(onlyStack(jit)).toEqual(["Lx", "::a", "Lx", "::b", "Lx", "::c"].join(";").split(";"));
    expect([...jit.frames.inlined]).toEqual([0, 1, 1]);
    const native = await read("w 1 1.000000: 1 cycles:\n\t7f12 P<fn(&str) -> u32>::operator-> (/w)\n\n");
    expect(onlyStack(native)).toEqual(["P<fn(&str) -> u32>::operator->"]);
  });

  it("finishes half-demangled Rust names", async () => {
    const name = "_$LT$T$u20$as$u20$core..fmt..Debug$GT$::fmt::h0123456789abcdef";
    expect(await frame(`\t7f12 ${name} (/w)`)).toMatchObject({ name: "<T as core::fmt::Debug>::fmt" });
  });

  it("reads source lines below their frames", async () => {
    const sample =
      "w 1 1.000000: 1 cycles:\n\t2 leaf+0x3 (/w)\n  w.cpp:11\n\t1 main (/w)\n  libc.so[27b25]\n\n";
    const profile = await read(sample + sample.replace("w.cpp:11", "w.cpp:12"));
    const lines = [...profile.samples.stack].map(
      (stack) => profile.frames.line[profile.stacks.frame[stack]!],
    );
    expect(lines).toEqual([11, 12]);
    expect(profile.strings.get(profile.frames.file[profile.stacks.frame[profile.samples.stack[0]!]!]!)).toBe(
      "w.cpp",
    );
    expect(foldedOf(profile, 0)).toEqual(["main;leaf 2"]);
    expect(noteCodes(profile)).toEqual([]);
  });

  it("keeps names' bytes, whatever they are", async () => {
    const bytes = bytesOf("w 1 1.000000: 1 cycles:\n\t12 f?g (/w)\n\n");
    bytes[bytes.indexOf(0x3f)] = 0xff;
    const profile = await readWith(reader, bytes, "merged");
    expect([...profile.strings.view(profile.frames.name[0]!)]).toEqual([0x66, 0xff, 0x67]);
  });
});

describe("perf script text that is not as it should be", () => {
  it("reads CRLF and the recording's header", async () => {
    const text =
      "# perf version : 6.1\n# cmdline : /usr/bin/perf record -g x\n#\nw 1 1.000000: 1 cycles:\n\t1 f (/w)\n\n";
    for (const version of [text, text.replace(/\n/g, "\r\n")]) {
      const profile = await read(version);
      expect(onlyStack(profile)).toEqual(["f"]);
      expect(profile.meta.producer).toBe("perf 6.1");
      expect(profile.meta.comments).toEqual(["cmdline: /usr/bin/perf record -g x"]);
      expect(noteCodes(profile)).toEqual([]);
    }
  });

  it("skips lines that are neither, with their place", async () => {
    const profile = await read(
      "w 1 1.000000: 1 cycles:\n\tWEIRD\n\t1 f (/w)\n\n   stray frame\nw 1 2.000000: 1 cycles:\n\n\t1 late (/w)\n",
    );
    expect(foldedOf(profile, 0)).toEqual([" 1", "f 1"]);
    expect(profile.notes.map((note) => [note.code, note.count, note.places[0]])).toEqual([
      ["unusable-line", 1, { offset: 24, line: 2 }],
      ["line-outside-sample", 2, { offset: 42, line: 5 }],
    ]);
  });

  it("refuses text without a sample", async () => {
    const error = await readingError(reader, "# captured on: today\n# cmdline : perf\n");
    expect(error.code).toBe("malformed");
    expect(error.hint).toContain("perf script -F");
  });

  it("keeps what a truncated file holds", async () => {
    const whole =
      "w 1 1.000000: 1 cycles:\n\t1 f (/w)\n\t2 g (/w)\n\nw 1 2.000000: 1 cycles:\n\t1 f (/w)\n\t2 g (/w)\n\n";
    for (let length = 60; length < whole.length; length++) {
      expect((await read(whole.slice(0, length))).meta.observations).toBeGreaterThan(0);
    }
  });

  it("reads a stack of 100,000 frames and a symbol of 3 MB", async () => {
    const deep = Array.from({ length: 100_000 }, (_, i) => `\t${i.toString(16)} f${i % 7} (/w)`).join("\n");
    const profile = await read(
      `w 1 1.000000: 1 cycles:\n${deep}\n\nw 1 1.000000: 1 cycles:\n\t1 ${"x".repeat(3e6)} (/w)\n\n`,
    );
    expect(profile.stacks.length).toBe(100_001);
  });

  it("gives an error with a place or a sound profile for anything", async () => {
    const random = seeded(11);
    const seedText = bytesOf(
      "w 1/2 [001] 1.000000: 17 cycles:u: \n\tffff f+0x1 (/a b)\n  x.c:3\n\t0 [unknown] ([unknown])\n\n b c 3 2.5000: sched:x: a=b\njava 3 cycles:\n\t12 La/b;::c->d (/tmp/perf-3.map)\n",
    );
    for (let i = 0; i < 3000; i++) {
      const builder = new ProfileBuilder(i % 2 === 0 ? "each" : "merged");
      try {
        await reader.read(sourceOfBytes(mutated(seedText, random)), builder, builder.notes, {
          plain: i % 4 !== 0,
        });
      } catch (error) {
        expect(error).toBeInstanceOf(FlambeauError);
        continue;
      }
      validated(builder.finish());
    }
  });
});

describe("recognising perf script text", () => {
  it.each([
    ["w 1/2 [001] 1.000000: 17 cycles:u: \n\tffff f+0x1 (/a b)\n\n", "yes"],
    ["java 19983 cycles:\nffffffff8103d0ca f ([kernel.kallsyms])\n\n", "yes"],
    ["# captured on: x\n\nw 1 1.000000: 1 cycles: \n\t1 f\n\n", "yes"],
    ["            perf 23070 [000]  2003.348423: sched:sched_stat_runtime: comm=perf\n", "yes"],
    ["a;b;c 1\n", "no"],
    ["{}", "no"],
    ["hello world 12\nthis is 13 text:\n", "no"],
  ])("%j: %s", (text, verdict) => {
    expect(reader.sniff(headOf(text))).toBe(verdict);
  });
});
