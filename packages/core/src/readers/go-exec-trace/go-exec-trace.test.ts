import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { recordAgreement } from "../../../../../test/support/agreement.ts";
import { corpusFiles, haveCorpus, readCorpus } from "../../../../../test/support/corpus.ts";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { type Profile, totalsOf } from "../../model/profile.ts";
import { pprofReader } from "../pprof/pprof.ts";
import { goExecTraceReader } from "./index.ts";

const STACKS = `EventBatch gen=1 m=18446744073709551615 time=0 size=0
Stacks
Stack id=1 nframes=2
\tpc=16 func=1 file=3 line=7
\tpc=17 func=2 file=3 line=20
Stack id=2 nframes=1
\tpc=17 func=2 file=3 line=21
EventBatch gen=1 m=18446744073709551615 time=0 size=0
Strings
String id=1
\tdata="main.work"
String id=2
\tdata="main.main"
String id=3
\tdata="main.go"
String id=4
\tdata="chan receive"
String id=5
\tdata="network"
String id=6
\tdata="sleep"
String id=7
\tdata="GC \\"mark\\""
EventBatch gen=1 m=18446744073709551615 time=0 size=0
Frequency freq=1000000000
`;
const trace = (events: string): string => `Trace Go1.23\n${events}${STACKS}`;
const amounts = (profile: Profile): Record<string, number> => {
  const totals = totalsOf(profile);
  return Object.fromEntries(profile.valueTypes.map(({ name }, row) => [name, totals[row]!]));
};
const folded = (profile: Profile, type: string): string[] =>
  foldedOf(
    profile,
    profile.valueTypes.findIndex(({ name }) => name === type),
  ).filter((line) => !line.endsWith(" 0"));

describe("Go execution trace", () => {
  it("follows goroutines of several threads through what they wait for", async () => {
    const profile = await readWith(
      goExecTraceReader,
      trace(`EventBatch gen=1 m=1 time=100 size=0
GoStatus dt=0 g=1 m=1 gstatus=2
GoCreate dt=10 new_g=5 new_stack=1 stack=2
GoBlock dt=10 reason_string=4 stack=1
GoStart dt=30 g=6 g_seq=1
GoSyscallBegin dt=5 p_seq=1 stack=1
GoSyscallEnd dt=7
GoStop dt=1 reason_string=7 stack=2
EventBatch gen=1 m=2 time=115 size=0
GoStart dt=0 g=5 g_seq=1
GoUnblock dt=15 g=1 g_seq=1 stack=1
GoBlock dt=10 reason_string=5 stack=2
GoStart dt=5 g=1 g_seq=2
GoBlock dt=5 reason_string=6 stack=2
GoStatusStack dt=0 g=9 m=18446744073709551615 gstatus=4 stack=2
EventBatch gen=1 m=18446744073709551615 time=0 size=0
CPUSamples
CPUSample time=118 m=2 p=0 g=5 stack=1
CPUSample time=119 m=2 p=0 g=0 stack=0
`),
    );
    expect(amounts(profile)).toEqual({
      samples: 2,
      // 1: 120..130; 5: 140..163 (end); 1: 150..163; 9: 150..163
      "off-cpu": 10 + 23 + 13 + 13,
      sync: 10,
      net: 23,
      syscall: 7,
      // 5: 110..115; 1: 130..145; 6: 163..163
      sched: 5 + 15,
      "on-cpu": 20 + 25 + 5 + 5 + 1,
      gc: 0,
      waits: 8,
    });
    expect(folded(profile, "off-cpu")).toEqual(["main.main 49", "main.main;main.work 10"]);
    expect(folded(profile, "sched")).toEqual(["main.main 5", "main.main;main.work 15"]);
    expect(folded(profile, "samples")).toEqual([" 1", "main.main;main.work 1"]);
    expect(profile.threads).toContainEqual({ name: "main.main", tid: 5 });
    expect(profile.labelSets).toContainEqual([
      { key: "reason", value: "network" },
      { key: "until", value: "end of the trace" },
    ]);
    expect(profile.meta).toMatchObject({ duration: 63, defaultValueType: 0 });
    expect(profile.notes).toEqual([]);
  });

  it("reads collections, stops, assists, sweeps, regions and coroutines", async () => {
    const profile = await readWith(
      goExecTraceReader,
      trace(`EventBatch gen=1 m=1 time=0 size=0
GoStatus dt=0 g=1 m=1 gstatus=2
GCBegin dt=0 gc_seq=1 stack=1
STWBegin dt=1 kind_string=7 stack=0
STWEnd dt=2
GCMarkAssistBegin dt=1 stack=1
GCMarkAssistEnd dt=3
GCSweepBegin dt=1 stack=2
GCSweepEnd dt=4 swept_value=1 reclaimed_value=1
GCEnd dt=10 gc_seq=2
UserRegionBegin dt=0 task=0 name_string=6 stack=1
UserRegionBegin dt=2 task=0 name_string=4 stack=1
UserRegionEnd dt=3 task=0 name_string=4 stack=1
UserRegionEnd dt=3 task=0 name_string=6 stack=1
GoCreateBlocked dt=0 new_g=2 new_stack=1 stack=2
GoSwitch dt=1 g=2 g_seq=1
GoSwitchDestroy dt=2 g=1 g_seq=1
GoDestroy dt=3
GoCreateSyscall dt=0 new_g=4
GoSyscallEndBlocked dt=2
`),
    );
    expect(amounts(profile)).toMatchObject({
      gc: 22 + 2 + 3 + 4,
      duration: 8,
      spans: 2,
      "off-cpu": 3,
      syscall: 2,
    });
    expect(folded(profile, "gc")).toEqual([
      "main.main 4",
      "main.main;main.work 25",
      'stop-the-world (GC "mark") 2',
    ]);
    expect(folded(profile, "duration")).toEqual(["sleep 5", "sleep;chan receive 3"]);
  });

  it("takes the wall's clock from Go 1.25 on, and a rate per generation", async () => {
    const text = `-- expect --
SUCCESS
-- trace --
Trace Go1.25
EventBatch gen=1 m=18446744073709551615 time=100 size=0
Sync
Frequency freq=500000000
ClockSnapshot dt=10 mono=99 sec=1740755049 nsec=500
EventBatch gen=1 m=1 time=100 size=0
GoStatus dt=0 g=1 m=1 gstatus=3
GoSyscallEnd dt=20
EventBatch gen=2 m=1 time=240 size=0
GoStatus dt=0 g=1 m=1 gstatus=2
GoDestroy dt=10
nonsense
EventBatch gen=2 m=18446744073709551615 time=240 size=0
Sync
Frequency freq=1000000000
-- more --
rest
`;
    const profile = await readWith(goExecTraceReader, text);
    expect(amounts(profile)).toMatchObject({ syscall: 40, "on-cpu": 10 });
    expect(profile.meta).toMatchObject({ clock: "unix", timeOrigin: 1740755049000000480n });
    expect(noteCodes(profile)).toEqual(["bad-line×1"]);
    expect(goExecTraceReader.sniff(headOf(text))).toBe("yes");
    expect(goExecTraceReader.sniff(headOf("-- trace --\nhello\n"))).toBe("no");
  });

  it("refuses what is too old or empty, and keeps what came before a break", async () => {
    expect(await readingError(goExecTraceReader, "go 1.9 trace\0\0\0\0")).toMatchObject({
      code: "unsupported",
    });
    expect(await readingError(goExecTraceReader, "go 1.23 trace\0\0\0")).toMatchObject({
      code: "nothing-left",
    });
    expect(await readingError(goExecTraceReader, "neither")).toMatchObject({ code: "malformed" });
    const bytes = fixture();
    const cut = await readWith(goExecTraceReader, bytes.subarray(0, bytes.length - 3));
    expect(noteCodes(cut)).toContain("truncated×1");
  });
});

const fixtures = fileURLToPath(new URL("../../../../../fixtures/", import.meta.url));
const fixture = (): Uint8Array =>
  new Uint8Array(gunzipSync(readFileSync(`${fixtures}go-exec-trace/waits.trace.gz`)));

describe("Go execution trace beside `go tool trace`", () => {
  let agree = 0;
  afterAll(() => recordAgreement({ area: "go tool trace -pprof", total: 4, agree, deliberate: 0 }));

  /** Nanoseconds by stack of names; ours without what the tool leaves out: open ends, and the wait for a first start. */
  function byStack(profile: Profile, type: number): Map<string, number> {
    const found = new Map<string, number>();
    const { samples, stacks, frames, strings, labelSets } = profile;
    for (let row = 0; row < samples.length; row++) {
      const labels = labelSets[samples.labels?.[row] ?? 0]!;
      if (labels.some(({ key, value }) => key === "until" || value === "created")) continue;
      const names: string[] = [];
      for (let stack = samples.stack[row]!; stack >= 0; stack = stacks.parent[stack]!) {
        names.push(strings.get(frames.name[stacks.frame[stack]!]!));
      }
      const weight = samples.weights[type]![row]!;
      if (weight > 0) found.set(names.join(";"), (found.get(names.join(";")) ?? 0) + weight);
    }
    return found;
  }

  it.each(["net", "sync", "syscall", "sched"])("%s: the same time in the same stacks", async (kind) => {
    const ours = await readWith(goExecTraceReader, fixture());
    const file = readFileSync(`${fixtures}pprof/go-trace-${kind}.pb.gz`);
    const theirs = await readWith(pprofReader, new Uint8Array(gunzipSync(file)));
    const delay = theirs.valueTypes.findIndex(({ name }) => name === "delay");
    const type = ours.valueTypes.findIndex(({ name }) => name === kind);
    const expected = byStack(theirs, delay);
    const found = byStack(ours, type);
    expect(expected.size).toBeGreaterThan(3);
    // What has no stack is shown under the goroutine's own function here. The tool does not count how long a goroutine
    // that it has not seen running waits for its first start.
    const extra = [...found.keys()].filter((stack) => !expected.has(stack));
    if (kind !== "sched") expect(extra.filter((stack) => stack !== "[goroutine]")).toEqual([]);
    for (const [stack, time] of expected) {
      if (stack !== "") expect(Math.abs(found.get(stack)! - time)).toBeLessThanOrEqual(1 + time * 1e-9);
    }
    agree++;
  });

  it("survives three thousand mutations, of each form", async () => {
    const small = trace(`EventBatch gen=1 m=1 time=0 size=0
GoStatus dt=0 g=1 m=1 gstatus=2
GoBlock dt=10 reason_string=4 stack=1
`);
    expect(await readMutations(goExecTraceReader, new TextEncoder().encode(small), 3000)).toBeGreaterThan(
      100,
    );
    expect(await readMutations(goExecTraceReader, fixture().subarray(0, 60000), 200)).toBeGreaterThan(50);
    expect(await readMutations(goExecTraceReader, CLASSIC, 3000)).toBeGreaterThan(300);
  });
});

/** A trace of Go 1.19: strings, a stack, a goroutine that blocks, is unblocked, and a system call. */
const CLASSIC = (() => {
  const out: number[] = [...new TextEncoder().encode("go 1.19 trace\0\0\0")];
  const number = (value: number): number[] =>
    value < 128 ? [value] : [(value & 127) | 128, ...number(Math.floor(value / 128))];
  const event = (type: number, ...args: number[]): void => {
    if (args.length <= 3) out.push(type | ((args.length - 1) << 6), ...args.flatMap(number));
    else {
      const body = args.flatMap(number);
      out.push(type | 0xc0, ...number(body.length), ...body);
    }
  };
  const text = (id: number, str: string): void => {
    out.push(37, ...number(id), ...number(str.length), ...new TextEncoder().encode(str));
  };
  out.push(1 | 0x40, ...number(0), ...number(1000)); // batch of processor 0
  event(13, 1, 7, 2, 1); // GoCreate g 7, from stack 2, by stack 1
  event(14, 4, 7, 1); // GoStart
  event(23, 5, 1); // blocks on a channel
  event(14, 5, 8, 1);
  event(21, 5, 7, 2, 2); // unblocks 7
  event(28, 1, 1); // system call
  event(30, 9);
  event(14, 1, 7, 3);
  event(49, 1, 1033, 0, 7, 2); // CPU sample
  event(7, 1, 1, 1);
  event(8, 3);
  event(29, 2, 8, 2, 1035);
  event(15, 4);
  event(2, 1_000_000_000);
  text(1, "main.work");
  text(2, "main.main");
  event(3, 1, 2, 16, 1, 2, 7, 17, 2, 2, 9);
  event(3, 2, 1, 17, 2, 2, 9);
  return Uint8Array.from(out);
})();

describe("Go execution trace before Go 1.22", () => {
  it("has the same meaning", async () => {
    const profile = await readWith(goExecTraceReader, CLASSIC);
    expect(amounts(profile)).toEqual({
      samples: 1,
      "off-cpu": 10,
      sync: 10,
      net: 0,
      // From the call to the real time of the return.
      syscall: 1035 - 1021,
      sched: 4 + 11 + 6,
      "on-cpu": 5 + 6 + 10,
      gc: 3,
      waits: 5,
    });
    expect(folded(profile, "sync")).toEqual(["main.main;main.work 10"]);
    expect(profile.threads).toContainEqual({ name: "main.main", tid: 7 });
    expect(noteCodes(profile)).toEqual(["short-syscalls×1"]);
    expect(goExecTraceReader.sniff(headOf(CLASSIC))).toBe("yes");
    const cut = await readWith(goExecTraceReader, CLASSIC.subarray(0, -40));
    expect(noteCodes(cut)).toContain("truncated×1");
  });
});

describe.skipIf(!haveCorpus)("corpus of Go execution traces", () => {
  const files = ["go-exec-trace", "go-exec-trace-text"].flatMap((folder) =>
    corpusFiles(folder).map((file) => [folder, file] as const),
  );

  it.each(files)("%s/%s", async (folder, file) => {
    const bytes = readCorpus(folder, file);
    expect(goExecTraceReader.sniff(headOf(bytes))).toBe("yes");
    // Tests of clocks alone: they hold no goroutine.
    if (/go12[35]-sync/.test(file)) {
      expect(await readingError(goExecTraceReader, bytes)).toMatchObject({ code: "nothing-left" });
      return;
    }
    const profile = await readWith(goExecTraceReader, bytes);
    expect(profile.samples.length).toBeGreaterThan(0);
    if (folder === "go-exec-trace") {
      expect(folded(profile, "sync").join("\n")).toContain("runtime/trace_test.TestTraceStress");
    }
  });
});
