import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { type Profile, totalsOf } from "../../packages/core/src/index.ts";
import { flamebearerReader } from "../../packages/core/src/readers/flamebearer/index.ts";
import { gprof2dotJsonReader } from "../../packages/core/src/readers/gprof2dot-json/index.ts";
import { luajitReader } from "../../packages/core/src/readers/luajit/index.ts";
import { perfJsonReader } from "../../packages/core/src/readers/perf-json/index.ts";
import { perfScriptReader } from "../../packages/core/src/readers/perf-script/index.ts";
import { perfviewXmlReader } from "../../packages/core/src/readers/perfview-xml/index.ts";
import { pyinstrumentReader } from "../../packages/core/src/readers/pyinstrument/index.ts";
import type { Reader } from "../../packages/core/src/readers/reader.ts";
import { safariReader } from "../../packages/core/src/readers/safari/index.ts";
import { scaleneReader } from "../../packages/core/src/readers/scalene/index.ts";
import { simpleperfReader } from "../../packages/core/src/readers/simpleperf/index.ts";
import { v8LogReader } from "../../packages/core/src/readers/v8-log/index.ts";
import { v8LogJsonReader } from "../../packages/core/src/readers/v8-log-json/index.ts";
import { recordAgreement } from "../support/agreement.ts";
import { corpusFiles, haveCorpus, readCorpus } from "../support/corpus.ts";
import { foldedWith } from "../support/folded-with.ts";
import { readMutations } from "../support/fuzz.ts";
import { foldedOf } from "../support/letters.ts";
import { headOf, readWith } from "../support/reading.ts";
import { snapshots } from "../support/snapshots.ts";
import { unzipped } from "../support/unzip.ts";
import { interpreterDifferences } from "./differences/interpreters.ts";

const ZIP = "jlfwong__speedscope__simple.v8log.json.zip";
const inputs: { title: string; reader: Reader; bytes: () => Uint8Array }[] = [
  ...[
    "pyroscope-flamebearer",
    "gprof2dot-json",
    "pyinstrument-json",
    "safari",
    "perf-json",
    "scalene-json",
    "perfview-xml",
  ].flatMap((folder, i) =>
    corpusFiles(folder).map((file) => ({
      title: `${folder}/${file}`,
      reader: [
        flamebearerReader,
        gprof2dotJsonReader,
        pyinstrumentReader,
        safariReader,
        perfJsonReader,
        scaleneReader,
        perfviewXmlReader,
      ][i]!,
      bytes: () => readCorpus(folder, file),
    })),
  ),
  ...corpusFiles("luajit-jp")
    .filter((file) => !/jp-\w*G/.test(file))
    .map((file) => ({
      title: `luajit-jp/${file}`,
      reader: luajitReader,
      bytes: () => readCorpus("luajit-jp", file),
    })),
  ...corpusFiles("simpleperf-proto").map((file) => ({
    title: `simpleperf-proto/${file}`,
    reader: simpleperfReader,
    bytes: () => gunzipSync(readCorpus("simpleperf-proto", file)),
  })),
  ...corpusFiles("v8-isolate-log").map((file) => ({
    title: `v8-isolate-log/${file}`,
    reader: file === ZIP ? v8LogJsonReader : v8LogReader,
    bytes: () =>
      file === ZIP ? unzipped(readCorpus("v8-isolate-log", file)) : readCorpus("v8-isolate-log", file),
  })),
];

/** Name, place and kind of a sample's frame. */
interface Found {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

function frameOf({ frames, strings }: Profile, row: number): Found {
  return {
    name: strings.get(frames.name[row]!),
    file: strings.get(frames.file[row]!),
    line: frames.line[row]!,
    column: frames.column[row]!,
  };
}

/** Ticks that ended in each frame of this text; the garbage collector's end in what it interrupted. */
function selfTicks(profile: Profile, text: (frame: Found) => string): Map<string, number> {
  const found = new Map<string, number>();
  for (let row = 0; row < profile.samples.length; row++) {
    let stack = profile.samples.stack[row]!;
    if (stack < 0) continue;
    let frame = frameOf(profile, profile.stacks.frame[stack]!);
    if (frame.name === "(garbage collector)") {
      stack = profile.stacks.parent[stack]!;
      if (stack < 0) continue;
      frame = frameOf(profile, profile.stacks.frame[stack]!);
    }
    const key = text(frame);
    found.set(key, (found.get(key) ?? 0) + 1);
  }
  return found;
}

describe.skipIf(!haveCorpus)("corpus of interpreters' profilers", () => {
  it.each(inputs)("reads $title", async ({ title, reader, bytes }) => {
    expect(reader.sniff(headOf(bytes()))).toBe("yes");
    const profile = await readWith(reader, bytes());
    expect(profile.samples.length > 0).toBe(!title.endsWith("empty.json"));
    const skipped = profile.notes.filter(
      (note) => note.kind === "skipped" && note.code !== "context-switches",
    );
    expect(skipped).toEqual([]);
  });

  it("counts the ticks of a V8 log as node --prof-process does", async () => {
    const file = "generated__here__node20-isolate-v8.log";
    const expected = new TextDecoder().decode(
      readCorpus("v8-isolate-log", `${file}.expected.prof-process.txt`),
    );
    const profile = await readWith(v8LogReader, readCorpus("v8-isolate-log", file));
    const counted = /\((\d+) ticks/.exec(expected)![1];
    expect(totalsOf(profile)[0]).toBe(Number(counted));
    const javaScript = selfTicks(
      profile,
      ({ name, file: path, line, column }) => `${name} ${path}:${line}:${column}`,
    );
    const libraries = selfTicks(profile, ({ name }) => name);
    const section = expected.slice(0, expected.indexOf("[Summary]"));
    const functions = [...section.matchAll(/^ +(\d+) .* JS: [~^+*]?(.+)$/gm)];
    expect(functions.length).toBe(3);
    for (const [, ticks, name] of functions)
      expect([name, javaScript.get(name!)]).toEqual([name, Number(ticks)]);
    expect(libraries.get("[vdso]")).toBe(2);
    // What nm finds in libc is a function of C++ there: 10 + 5 + 3 + 5 × 1 ticks besides the 18 of the module.
    expect(libraries.get("/usr/lib/x86_64-linux-gnu/libc.so.6")).toBe(18 + 23);
    const listed = [...functions, "[vdso]", "libc", "ticks"];
    recordAgreement({
      area: "node --prof-process, ticks per function and library",
      total: listed.length,
      agree: listed.length,
      deliberate: 0,
    });
  });

  it("weighs functions of a preprocessed log as speedscope does", async () => {
    const difference = interpreterDifferences.find(({ id }) => id === "v8-log-json-names")!;
    expect(difference.reason).not.toBe("");
    const expected = snapshots("v8-isolate-log/jlfwong__speedscope__v8proflog.test.ts.expected.snap").get(
      "importFromV8ProfLog 1",
    )!;
    const profile = await readWith(v8LogJsonReader, unzipped(readCorpus("v8-isolate-log", ZIP)));
    // speedscope's samples weigh the time since the one before.
    const { samples, stacks } = profile;
    const totals = new Map<string, number>();
    for (let row = 0; row < samples.length; row++) {
      const weight = (samples.time![row]! - (row === 0 ? 0 : samples.time![row - 1]!)) / 1000;
      const seen = new Set<string>();
      for (let stack = samples.stack[row]!; stack >= 0; stack = stacks.parent[stack]!) {
        const { file, line, column } = frameOf(profile, stacks.frame[stack]!);
        if (line > 0) seen.add(`${file}:${line}:${column}`);
      }
      for (const key of seen) totals.set(key, (totals.get(key) ?? 0) + weight);
    }
    const placed = expected.frames.filter(
      ({ line }) => line !== null,
    ) as unknown as ((typeof expected.frames)[number] & {
      col: number;
    })[];
    expect(placed.length).toBeGreaterThan(20);
    for (const { file, line, col, totalWeight } of placed) {
      const key = `${file === "(unknown file)" ? "" : file}:${line}:${col}`;
      expect([key, totals.get(key)]).toEqual([key, totalWeight]);
    }
    recordAgreement({
      area: "speedscope, preprocessed V8 log",
      total: placed.length,
      agree: placed.length,
      deliberate: 0,
    });
  });

  it.each(["cpu-clock", "task-clock"])(
    "finds the samples of each thread that the Firefox Profiler finds: %s",
    async (event) => {
      const snapshot = new TextDecoder().decode(
        readCorpus("perf-script", "firefox-devtools__profiler__profile-conversion.test.ts.expected.snap"),
      );
      const from = snapshot.indexOf(
        `exports[\`converting Simpleperf trace successfully imports a simpleperf trace with ${event} 1`,
      );
      const part = snapshot.slice(
        from,
        snapshot.indexOf("\nexports[", from + 1) < 0 ? undefined : snapshot.indexOf("\nexports[", from + 1),
      );
      const expected = [
        ...part.matchAll(/"name": "([^"]*)",[\s\S]*?"sampleCount": (\d+),[\s\S]*?"tid": (\d+),/g),
      ].map(([, name, count, tid]) => `${tid} ${name} ${count}`);
      const file = `firefox-devtools__profiler__simpleperf-${event}.trace.gz`;
      const { samples, threads } = await readWith(
        simpleperfReader,
        gunzipSync(readCorpus("simpleperf-proto", file)),
      );
      const counts = new Map<number, number>();
      for (const thread of samples.thread!) counts.set(thread, (counts.get(thread) ?? 0) + 1);
      const actual = [...counts].map(([row, count]) => `${threads[row]!.tid} ${threads[row]!.name} ${count}`);
      expect(expected.length).toBeGreaterThan(3);
      // A thread without samples is listed there.
      expect(actual.sort()).toEqual(expected.filter((line) => !line.endsWith(" 0")).sort());
      recordAgreement({
        area: `Firefox Profiler, simpleperf ${event}, samples per thread`,
        total: expected.length,
        agree: expected.length,
        deliberate: 0,
      });
    },
  );

  it("weighs functions of a Safari recording as speedscope does", async () => {
    const expected = snapshots("safari/jlfwong__speedscope__safari.test.ts.expected.snap");
    const { frames } = [...expected.values()][0]!;
    const profile = await readWith(
      safariReader,
      readCorpus("safari", "jlfwong__speedscope__simple.html-recording.json"),
    );
    const { samples, stacks } = profile;
    const self = new Map<string, number>();
    const totals = new Map<string, number>();
    const add = (map: Map<string, number>, key: string, weight: number) =>
      map.set(key, (map.get(key) ?? 0) + weight);
    for (let row = 0; row < samples.length; row++) {
      const weight = samples.weights[1]![row]!;
      const seen = new Set<string>();
      for (let stack = samples.stack[row]!; stack >= 0; stack = stacks.parent[stack]!) {
        const { name, file, line } = frameOf(profile, stacks.frame[stack]!);
        const key = `${name} ${file}:${line}`;
        if (stack === samples.stack[row]) add(self, key, weight);
        seen.add(key);
      }
      for (const key of seen) add(totals, key, weight);
    }
    let compared = 0;
    for (const { name, file, line, selfWeight, totalWeight } of frames) {
      // speedscope names anonymous functions after their file.
      if (name.startsWith("(anonymous")) continue;
      const key = `${name} ${file ?? ""}:${line}`;
      const close =
        Math.abs(totals.get(key)! / 1e9 - totalWeight) + Math.abs((self.get(key) ?? 0) / 1e9 - selfWeight);
      expect([key, close < 1e-6]).toEqual([key, true]);
      compared++;
    }
    expect(compared).toBeGreaterThan(5);
    recordAgreement({
      area: "speedscope, Safari recording",
      total: compared,
      agree: compared,
      deliberate: 0,
    });
  });

  it("reads the same of perf's JSON as of perf script for one recording", async () => {
    const json = await readWith(
      perfJsonReader,
      readCorpus("perf-json", "generated__here__perf-fp.convert.json"),
    );
    const script = await readWith(
      perfScriptReader,
      readCorpus("perf-script", "generated__here__perf-fp.nodso.script.txt"),
    );
    const stacks = (profile: Profile) =>
      foldedWith(profile, 0, ({ name }) => (/^0x[0-9a-f]+$/.test(name) || name === "[unknown]" ? "?" : name));
    expect(stacks(json)).toEqual(stacks(script));
    expect(json.threads.map(({ tid }) => tid)).toEqual(script.threads.map(({ tid }) => tid));
    const total = stacks(script).length;
    recordAgreement({ area: "perf script, perf's JSON", total, agree: total, deliberate: 0 });
  });

  it("keeps the sums that the files say", async () => {
    const xml = readCorpus("perfview-xml", "microsoft__perfview__ls.strace.perfview.xml");
    const said = [...new TextDecoder().decode(xml).matchAll(/<(?:Frames|Samples) Count="(\d+)"/g)].map(
      ([, n]) => Number(n),
    );
    const syscalls = await readWith(perfviewXmlReader, xml);
    expect([syscalls.frames.length, syscalls.samples.length]).toEqual(said);
    const bearer = await readWith(
      flamebearerReader,
      readCorpus("pyroscope-flamebearer", "grafana__pyroscope__profile.json"),
    );
    expect(totalsOf(bearer)[0]).toBe(953);
    const session = await readWith(
      pyinstrumentReader,
      readCorpus("pyinstrument-json", "joerick__pyinstrument__wikipedia_article_word_count.json"),
    );
    expect(Math.abs(totalsOf(session)[0]! - 410_331_000)).toBeLessThan(100_000);
    const diamond = await readWith(
      gprof2dotJsonReader,
      readCorpus("gprof2dot-json", "jrfonseca__gprof2dot__diamond.json"),
    );
    expect(foldedOf(diamond)).toEqual(["a;b;d 7", "a;c;d 1"]);
  });

  it.each(inputs.filter(({ title }) => !title.endsWith(".zip")))(
    "reads or refuses mutations of $title",
    async ({ reader, bytes }) => {
      const rounds = Math.min(200, Math.max(20, Math.ceil(2_000_000 / bytes().length)));
      expect(await readMutations(reader, bytes(), rounds)).toBeGreaterThan(0);
    },
  );
});
