import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { letters, validated } from "../../../../../test/support/letters.ts";
import { readWith } from "../../../../../test/support/reading.ts";
import { ProfileBuilder } from "../../model/builder.ts";
import type { Profile } from "../../model/profile.ts";
import { perfScriptReader } from "../../readers/perf-script/index.ts";
import { MemorySink } from "../../util/sink.ts";
import { callgrindWriter } from "./index.ts";

async function written(profile: Profile): Promise<{ text: string; lost: string[] }> {
  const sink = new MemorySink();
  const lost = await callgrindWriter.write(profile, sink, {});
  return { text: new TextDecoder().decode(sink.bytes()), lost };
}

const CALLS = letters(`
  A A A A
  B B C .
  D . D .
  = 3 2 4 1
`);

/** Two value types, lines, files and objects; f calls itself. */
function detailed(): Profile {
  const builder = new ProfileBuilder("each");
  builder.meta.producer = "test\n1";
  builder.valueType("samples", "count");
  builder.valueType("cpu", "nanoseconds");
  builder.meta.defaultValueType = 1;
  const mapping = builder.mapping({ path: "/bin/app" });
  const frame = (name: string, line: number): number =>
    builder.frame({ name: builder.string(name), file: builder.string("a.c"), line, mapping });
  let stack = builder.stack(-1, frame("main", 1));
  stack = builder.stack(stack, frame("f", 10));
  stack = builder.stack(stack, frame("f", 10));
  stack = builder.stack(stack, frame("f", 12));
  builder.sample(stack, [2, 20.5]);
  builder.sample(-1, [1, 10]);
  return validated(builder.finish());
}

describe("callgrind writer", () => {
  it("writes own costs, calls with what they cost in all, and names once", async () => {
    const { text, lost } = await written(CALLS);
    expect(text).toBe(
      `# callgrind format
version: 1
creator: flambeau
positions: line
events: samples_count
summary: 10

ob=(1) ???
fl=(1) ???
fn=(1) A
0 1
cob=(1)
cfl=(1)
cfn=(2) B
calls=1 0
0 5
cob=(1)
cfl=(1)
cfn=(3) C
calls=1 0
0 4

ob=(1)
fl=(1)
fn=(2)
0 2
cob=(1)
cfl=(1)
cfn=(4) D
calls=1 0
0 3

ob=(1)
fl=(1)
fn=(4)
0 7

ob=(1)
fl=(1)
fn=(3)
cob=(1)
cfl=(1)
cfn=(4)
calls=1 0
0 4
`,
    );
    expect(lost).toEqual(["callgrind holds a call graph: stacks are merged into calls, each counted once."]);
  });

  it("shows the default value type first, and counts a recursive call once", async () => {
    const { text, lost } = await written(detailed());
    expect(text).toContain("events: cpu_nanoseconds samples_count\nsummary: 21 2\n");
    expect(text).toContain("desc: Producer: test 1\n");
    expect(text).toContain(
      "ob=(1) /bin/app\nfl=(1) a.c\nfn=(1) main\ncob=(1)\ncfl=(1)\ncfn=(2) f\ncalls=1 0\n1 21 2\n",
    );
    expect(text).toContain("fn=(2)\n12 21 2\ncob=(1)\ncfl=(1)\ncfn=(2)\ncalls=1 0\n10 21 2\n");
    expect(lost.join(" ")).toContain("rounded");
    expect(lost.join(" ")).toContain("1 are left out");
  });

  it("writes a stack of 100,000 frames", async () => {
    const builder = new ProfileBuilder("each");
    const type = builder.valueType("samples", "count");
    let stack = -1;
    for (let i = 0; i < 100_000; i++)
      stack = builder.stack(stack, builder.frameNamed(i % 2 === 0 ? "a" : "b"));
    builder.sampleOf(stack, type, 3);
    const { text } = await written(validated(builder.finish()));
    expect(text.match(/calls=/g)?.length).toBe(2);
    expect(text).toContain("fn=(2)\n0 3\n");
  });

  const annotate = spawnSync("callgrind_annotate", ["--version"]);
  const isThere = annotate.error === undefined;
  if (!isThere)
    console.warn(
      "SKIPPED: callgrind_annotate is not installed, so nobody checks what callgrind's writer writes",
    );
  it.skipIf(!isThere)("is understood by callgrind_annotate", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "flambeau-")), "callgrind.out");
    writeFileSync(file, (await written(CALLS)).text);
    const { stdout, stderr } = spawnSync("callgrind_annotate", ["--inclusive=yes", file], {
      encoding: "utf8",
    });
    const rows = [...stdout.matchAll(/^ *(\d+) \([^)]*\) +\?\?\?:(\w)/gm)].map(
      ([, cost, name]) => `${name} ${cost}`,
    );
    expect([rows.sort(), stderr]).toEqual([["A 10", "B 5", "C 4", "D 7"], ""]);
  });

  it.skipIf(!isThere)("keeps a recording's inclusive weights for callgrind_annotate", async () => {
    const fixture = new URL("../../../../../fixtures/perf-script/cpp.txt", import.meta.url);
    const profile = await readWith(perfScriptReader, readFileSync(fixture));
    const file = join(mkdtempSync(join(tmpdir(), "flambeau-")), "callgrind.out");
    writeFileSync(file, (await written(profile)).text);
    const arguments_ = ["--inclusive=yes", "--threshold=100", file];
    const { stdout, stderr } = spawnSync("callgrind_annotate", arguments_, { encoding: "utf8" });
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^ 210,420,840 \(100\.0%\).* PROGRAM TOTALS$/m);
    const inclusive = inclusiveWeights(profile);
    const rows = [...stdout.matchAll(/^ *([\d,]+) \([ \d.]+%\) .*? \?\?\?:(.+) \[.*\]$/gm)];
    expect(rows.length).toBe(inclusive.size);
    for (const [, cost, name] of rows) {
      const ours = inclusive.get(name!)!;
      // It adds up the calls of a function to itself.
      if (!ours.recursive) expect([name, Number(cost!.replaceAll(",", ""))]).toEqual([name, ours.weight]);
    }
  });
});

/** Weight of each function with its callees, once per sample, and whether it ever calls itself. */
function inclusiveWeights(profile: Profile): Map<string, { weight: number; recursive: boolean }> {
  const { samples, stacks, frames, strings, meta } = profile;
  const found = new Map<string, { weight: number; recursive: boolean }>();
  for (let row = 0; row < samples.length; row++) {
    const seen = new Set<string>();
    for (let stack = samples.stack[row]!; stack >= 0; stack = stacks.parent[stack]!) {
      const frame = stacks.frame[stack]!;
      const name = strings.get(frames.name[frame]!) || `0x${frames.address[frame]!.toString(16)}`;
      const entry = found.get(name) ?? { weight: 0, recursive: false };
      found.set(name, entry);
      if (seen.has(name)) entry.recursive = true;
      else entry.weight += samples.weights[meta.defaultValueType]![row]!;
      seen.add(name);
    }
  }
  return found;
}
