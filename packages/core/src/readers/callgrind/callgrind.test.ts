import { describe, expect, it } from "vitest";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { totalsOf } from "../../index.ts";
import { parseEvent } from "./events.ts";
import { callgrindReader } from "./index.ts";

/** Shares are doubles: sums of several places miss whole numbers by a hair. */
function rounded(folded: readonly string[]): string[] {
  return folded.map((line) =>
    line.replace(/[\d.]+$/, (weight) => String(Math.round(Number(weight) * 1e6) / 1e6)),
  );
}

const EXAMPLE = `# callgrind format
creator: test-1
cmd: ./prog 7
pid: 12
events: Ir Time_(10ns)

fl=(1) file1.c
fn=(1) main
16 20 1
+1 5
cfn=(2) func1
calls=1 50
* 400 2
cfi=(2) file2.c
cfn=(3) func2
calls=3 20
-1 400

fn=(2)
51 100
cfi=(2)
cfn=(3)
calls=2 20
51 300 2

fl=(2)
fn=(3)
20 600 2
fi=(3) inlined.h
7 100
fe=(2)
21 0
`;

describe("callgrind", () => {
  it("shares a function's weight out over its callers", async () => {
    const profile = await readWith(callgrindReader, EXAMPLE);
    expect(rounded(foldedOf(profile))).toEqual([
      "main 25",
      "main;func1 100",
      "main;func1;func2 300",
      "main;func2 400",
    ]);
    expect(foldedOf(profile, 1)).toEqual(["main 10", "main;func1 0", "main;func1;func2 20", "main;func2 0"]);
    expect(profile.valueTypes).toEqual([
      { name: "Ir", unit: "count" },
      { name: "Time", unit: "nanoseconds" },
    ]);
    expect([...totalsOf(profile)]).toEqual([825, 30]);
    expect(profile.meta.producer).toBe("test-1");
    expect(noteCodes(profile)).toEqual(["call-graph×1"]);
  });

  it("keeps lines, also of relative positions, and files of inlined code", async () => {
    const { frames, strings } = await readWith(callgrindReader, EXAMPLE);
    const places = new Set(
      [...frames.name].map(
        (name, i) => `${strings.get(name)} ${strings.get(frames.file[i]!)}:${frames.line[i]}`,
      ),
    );
    expect([...places].sort()).toEqual([
      "func1 file1.c:51",
      "func2 file2.c:20",
      "func2 inlined.h:7",
      "main file1.c:16",
      "main file1.c:17",
    ]);
  });

  it("folds recursion, direct and mutual, without losing weight", async () => {
    const direct = await readWith(
      callgrindReader,
      "events: T\nfn=main\n1 1\ncfn=f\ncalls=1 2\n1 100\nfn=f\n2 100\ncfn=f\ncalls=9 2\n2 80\n",
    );
    expect(foldedOf(direct)).toEqual(["main 1", "main;f 100"]);
    expect(noteCodes(direct)).toEqual(["recursion-folded×1", "call-graph×1"]);
    const mutual = await readWith(
      callgrindReader,
      "events: T\nfn=main\n1 1\ncfn=a\ncalls=1 2\n1 100\nfn=a\n2 30\ncfn=b\ncalls=9 2\n2 90\nfn=b\n3 70\ncfn=a\ncalls=8 2\n3 80\n",
    );
    expect(foldedOf(mutual)).toEqual(["main 1", "main;a 30", "main;a;b 70"]);
  });

  it("enters a cycle that nobody calls, and keeps what no caller accounts for as a root", async () => {
    const cycle = await readWith(
      callgrindReader,
      "events: T\nfn=a\n2 30\ncfn=b\ncalls=1 2\n2 70\nfn=b\n3 70\ncfn=a\ncalls=1 2\n3 20\n",
    );
    expect(foldedOf(cycle)).toEqual(["a 30", "a;b 70"]);
    const partly = await readWith(
      callgrindReader,
      "events: T\nfn=a\n2 30\ncfn=b\ncalls=1 2\n2 50\nfn=b\n3 70\n",
    );
    expect(foldedOf(partly)).toEqual(["a 30", "a;b 50", "b 20"]);
  });

  it("reads instruction positions, jumps, threads and several parts", async () => {
    const profile = await readWith(
      callgrindReader,
      `version: 1
creator: callgrind-3.19.0
pid: 7
part: 1
thread: 1
positions: instr line
events: Ir

ob=(1) /bin/prog
fl=(1) main.c
fn=(1) main
0x10 5 1
jfi=(2) inlined.h
jfn=(2) other
jcnd=1/2 +4 +1
* *
+3 +2 2
fi=(2)
+1 +1 3

part: 1
thread: 2

fl=(1)
fn=(1)
0x10 5 4
`,
    );
    expect(foldedOf(profile)).toEqual(["main 10"]);
    expect(noteCodes(profile)).not.toContain("unknown-line×1");
    expect(profile.threads).toEqual([
      { name: "thread 1", pid: 7 },
      { name: "thread 2", pid: 7 },
    ]);
    expect([...profile.frames.line]).toEqual([5, 7, 8]);
    expect(profile.strings.get(profile.frames.file[2]!)).toBe("inlined.h");
    expect(profile.mappings.map(({ path }) => path)).toEqual(["/bin/prog"]);
  });

  it("does not unfold for ever: a graph with 2^40 paths is cut, its total stays", async () => {
    let text = "events: T\n";
    for (let level = 0; level < 40; level++) {
      for (const side of "ab") {
        text += `fn=${side}${level}\n1 1\n`;
        for (const next of "ab") text += `cfn=${next}${level + 1}\ncalls=1 1\n1 1\n`;
      }
    }
    const profile = await readWith(callgrindReader, `${text}fn=a40\n1 100000\nfn=b40\n1 100000\n`);
    expect(noteCodes(profile).some((code) => code.startsWith("small-contexts"))).toBe(true);
    expect(totalsOf(profile)[0]).toBeCloseTo(200_080, 3);
  });

  it("says what it could not use", async () => {
    const profile = await readWith(
      callgrindReader,
      "events: T\n7 7\nfn=a\n1 x\n1 4\nnonsense\ncalls=1 2\n1 5\ncfn=b\ncalls=1 1\n",
    );
    expect(noteCodes(profile)).toEqual([
      "cost-without-function×1",
      "bad-cost×1",
      "unknown-line×1",
      "call-without-function×1",
      "truncated×1",
    ]);
    expect((await readingError(callgrindReader, "events: T\n\n")).code).toBe("malformed");
  });
});

it.each([
  ["Ir", "Ir", "count", 1],
  ["Time_(10ns)", "Time", "nanoseconds", 10],
  ["Memory_(bytes)", "Memory", "bytes", 1],
  ["cpu(ms)", "cpu", "nanoseconds", 1e6],
])("reads the event %s", (text, name, unit, scale) => {
  expect(parseEvent(text, undefined)).toEqual({ name, unit, scale });
});

it("reads the units that our own writer puts into names", async () => {
  const of = (creator: string): string =>
    `# callgrind format\nversion: 1\ncreator: ${creator}\nevents: inuse_space_bytes\n\nfl=a\nfn=f\n1 5\n`;
  const own = await readWith(callgrindReader, of("flambeau"));
  expect(own.valueTypes).toEqual([{ name: "inuse_space", unit: "bytes" }]);
  const other = await readWith(callgrindReader, of("other"));
  expect(other.valueTypes).toEqual([{ name: "inuse_space_bytes", unit: "count" }]);
});

it("reads yappi's microseconds, and names without the place in them", async () => {
  const profile = await readWith(
    callgrindReader,
    `version: 1\ncreator: yappi\npid: 3\ncmd:  zoo.py\npart: 1\n\nevents: Ticks\n
fl=(1) /app/zoo.py\nfl=(2) /app/zoo.py\n
fn=(1) main /app/zoo.py:54\nfn=(2) <lambda> /app/zoo.py:14\n
fl=(1)\nfn=(1)\n54 3\ncfl=(2)\ncfn=(2)\ncalls=2 0\n0 7\n
fl=(2)\nfn=(2)\n14 7\n`,
  );
  expect(profile.valueTypes).toEqual([{ name: "time", unit: "nanoseconds" }]);
  expect(foldedOf(profile)).toEqual(["main 3000", "main;<lambda>:14 7000"]);
});

it("knows its inputs", () => {
  expect(callgrindReader.sniff(headOf(EXAMPLE))).toBe("yes");
  expect(callgrindReader.sniff(headOf("events: T\n\nfl=a\nfn=b\n1 2\n"))).toBe("yes");
  expect(
    callgrindReader.sniff(headOf("version: 1\ncreator: xdebug 3.2.0\ncmd: x\nevents: Time_(10ns)\n\n")),
  ).toBe("yes");
  expect(callgrindReader.sniff(headOf("events: none\n"))).toBe("no");
  expect(callgrindReader.sniff(headOf("main;fn=b 2\n"))).toBe("no");
});
