import { unzipSync } from "fflate";
import { afterAll, describe, expect, it } from "vitest";
import {
  type Profile,
  readProfile,
  sourceOfBytes,
  totalsOf,
  validate,
} from "../../packages/core/src/index.ts";
import { unpackers } from "../../packages/core/src/wrappers/index.ts";
import { recordAgreement } from "../support/agreement.ts";
import { haveCorpus, readCorpus } from "../support/corpus.ts";

/** A sum that a file says itself, beside what the profile adds up to. */
interface Sum {
  readonly file: string;
  readonly id: string;
  /** What is compared. */
  readonly what: string;
  readonly said: (text: string) => number;
  readonly ours: (profile: Profile, text: string) => number;
  /** How far they may be apart, where the file rounds. */
  readonly within?: number;
}

const last = (text: string, pattern: RegExp): number => Number([...text.matchAll(pattern)].at(-1)?.[1]);
const total =
  (type: string) =>
  (profile: Profile): number =>
    totalsOf(profile)[profile.valueTypes.findIndex(({ name }) => name === type)] ?? Number.NaN;

/** Weight of samples whose stack holds a function. */
function inclusive({ samples, stacks, frames, strings }: Profile, name: string): number {
  let sum = 0;
  for (let row = 0; row < samples.length; row++) {
    for (let stack = samples.stack[row]!; stack >= 0; stack = stacks.parent[stack]!) {
      if (strings.get(frames.name[stacks.frame[stack]!]!) !== name) continue;
      sum += samples.weights[0]![row]!;
      break;
    }
  }
  return sum;
}

const sums: readonly Sum[] = [
  {
    file: "erlang-eprof/generated__here__erl.eprof.txt",
    id: "erlang-eprof",
    what: "time of all functions",
    said: (text) => 1000 * last(text, /^Total: +\d+ +100\.00% +(\d+)/gm),
    ours: total("time"),
  },
  {
    file: "erlang-eprof/generated__here__erl.eprof.txt",
    id: "erlang-eprof",
    what: "calls of all functions",
    said: (text) => last(text, /^Total: +(\d+)/gm),
    ours: total("calls"),
  },
  {
    file: "erlang-fprof/generated__here__erl.fprof.analysis",
    id: "erlang-fprof",
    what: "own time of all functions",
    said: (text) => 1e6 * last(text, /^\[\{ totals,.* (\d+\.\d+)\}\]/gm),
    ours: total("time"),
  },
  {
    file: "erlang-fprof/generated__here__erl.fprof.analysis",
    id: "erlang-fprof",
    what: "time suspended",
    said: (text) => 1e6 * last(text, /^ \{ suspend, +\d+, +(\d+\.\d+)/gm),
    ours: total("suspended"),
  },
  ...["gprof_cc", "vtune_gprof_2013"].map(
    (name): Sum => ({
      file: `vtune-gprof-cc/jrfonseca__gprof2dot__r000hs_${name}.axe`,
      id: "gprof",
      what: "CPU time of all functions",
      said: (text) => 1e9 * Number(/^\[\d+\] +100\.0 +0\.0 +([\d.]+)/m.exec(text)![1]),
      ours: total("cpu"),
      within: 5e6,
    }),
  ),
  {
    file: "java-hprof-txt/jrfonseca__gprof2dot__jdbc.hprof",
    id: "java-hprof",
    what: "samples",
    said: (text) => last(text, /^CPU SAMPLES BEGIN \(total = (\d+)\)/gm),
    ours: total("samples"),
  },
  {
    file: "java-hprof-txt/jrfonseca__gprof2dot__hadoop.hprof",
    id: "java-hprof",
    what: "share of the total time in the table's rows",
    said: (text) =>
      last(text, /^ +\d+ +[\d,]+% +(\d+,\d+)%/gm) ||
      Number(/(\d+),(\d+)% +\d+ \d+ \S+\nCPU TIME \(ms\) END/.exec(text)?.slice(1).join(".")),
    ours: (profile, text) =>
      (100 * total("time")(profile)) / (1e6 * last(text, /^CPU TIME \(ms\) BEGIN \(total = (\d+)\)/gm)),
    within: 0.5,
  },
  {
    file: "massif/KDE__massif-visualizer__massif.out.kate.print",
    id: "massif",
    what: "heap at the peak",
    said: (text) => {
      const peak = /Detailed snapshots: \[.*?(\d+) \(peak\)/.exec(text)![1];
      const row = new RegExp(`^ *${peak} +[\\d,]+ +[\\d,]+ +([\\d,]+) `, "m").exec(text);
      return Number(row![1]!.replaceAll(",", ""));
    },
    ours: total("heap"),
  },
  {
    file: "pstats-text/generated__here__cprofile.text.txt",
    id: "pstats-text",
    what: "calls",
    said: (text) => last(text, /^ +(\d+) function calls/gm),
    ours: total("calls"),
  },
  ...[0, 2].map(
    (format): Sum => ({
      file: `xdebug-trace/generated__here__xdebug.trace.format${format}.xt`,
      id: "xdebug-trace",
      what: "calls",
      said: (text) => [...text.matchAll(/ -> |-&gt;<\/td>/g)].length,
      ours: total("calls"),
    }),
  ),
  {
    file: "sleepy/jrfonseca__gprof2dot__apitrace.sleepy",
    id: "sleepy",
    what: "seconds of all addresses",
    said() {
      const files = unzipSync(readCorpus("sleepy", "jrfonseca__gprof2dot__apitrace.sleepy"));
      return 1e9 * Number.parseFloat(new TextDecoder().decode(files["IPCounts.txt"]));
    },
    ours: total("time"),
    within: 5e3, // hundreds of stacks, each rounded to a microsecond
  },
  {
    file: "uftrace-replay/generated__here__uftrace.replay.txt",
    id: "uftrace",
    what: "main with its callees",
    said: (text) => 1e6 * last(text, /^ +(\d+\.\d+) ms \[ 19265\] \| \} \/\* main \*\/$/gm),
    ours: (profile) => inclusive(profile, "main"),
  },
];

describe.skipIf(!haveCorpus)("sums that the corpus' files say themselves", () => {
  let agree = 0;
  it.each(sums)("$file: $what", async ({ file, id, said, ours, within }) => {
    const [folder, name] = file.split("/");
    const bytes = readCorpus(folder!, name!);
    const text = new TextDecoder().decode(bytes);
    const profile = await readProfile(sourceOfBytes(bytes), { unpackers });
    expect([profile.meta.format, validate(profile)]).toEqual([id, []]);
    const expected = said(text);
    expect(Number.isFinite(expected)).toBe(true);
    expect(Math.abs(ours(profile, text) - expected)).toBeLessThanOrEqual(within ?? 1e-3);
    agree++;
  });
  afterAll(() => {
    const words = { agree: "are met", deliberate: "are not" };
    recordAgreement({
      area: "Sums that printed tables say",
      total: sums.length,
      agree,
      deliberate: 0,
      words,
    });
  });
});
