import { existsSync, readdirSync } from "node:fs";
import { corpusFiles, corpusRoot, expectationsOf } from "../support/corpus.ts";

/** One run of our command and the output that another tool's own test suite expects of that tool. */
export interface Expectation {
  /** Stable: what the list of differences refers to. */
  readonly id: string;
  readonly args: readonly string[];
  /** Path of the file with the expected output. */
  readonly expected: string;
}

/** stackcollapse-perf.pl: `--pid`, `--tid`, `--kernel`, `--jit`, `--all`, `--addrs` on every input. */
export function flameGraphPerf(): Expectation[] {
  return corpusFiles("perf-script").flatMap((file) =>
    expectationsOf("perf-script", file).flatMap((expected) => {
      const option = /\.expected\.collapsed-(\w+)\.txt$/.exec(expected)?.[1];
      if (option === undefined) return [];
      const id = `FlameGraph/${file.replace(/^.*__|\.txt$/g, "")}-collapsed-${option}.txt`;
      return [{ ...perf(file, `--${option}`, expected), id }];
    }),
  );
}

/** The whole suite of a FlameGraph checkout (`test/*.txt`, `test/results/`), where FLAMEGRAPH_DIR names one. */
export function flameGraphCheckout(): Expectation[] {
  const folder = `${process.env.FLAMEGRAPH_DIR ?? ""}/test`;
  if (process.env.FLAMEGRAPH_DIR === undefined || !existsSync(`${folder}/results`)) return [];
  return readdirSync(`${folder}/results`)
    .sort()
    .flatMap((result) => {
      const match = /^(.+)-collapsed-(\w+)\.txt$/.exec(result);
      const input = match === null ? undefined : `${folder}/${match[1]}.txt`;
      if (input === undefined || !existsSync(input)) return [];
      const args = ["fold", `--${match![2]}`, input];
      return [{ id: `FlameGraph/${result}`, args, expected: `${folder}/results/${result}` }];
    });
}

/** inferno-collapse-perf; the options are those of inferno's own tests. */
export function infernoPerf(): Expectation[] {
  const options: Readonly<Record<string, string>> = {
    "jonhoo__inferno__sourcepawn-jitdump.txt": "--jit",
    "jonhoo__inferno__versioned-vmlinux.txt": "--kernel",
  };
  return corpusFiles("perf-script").flatMap((file) =>
    expectationsOf("perf-script", file)
      .filter((expected) => expected.endsWith(".expected.inferno-collapsed.txt"))
      .map((expected) => perf(file, options[file], expected)),
  );
}

function perf(file: string, option: string | undefined, expected: string): Expectation {
  const input = `${corpusRoot}/perf-script/${file}`;
  const args = ["fold", ...(option === undefined ? [] : [option]), input];
  return {
    id: `inferno/${file.replace(/^.*__/, "")}`,
    args,
    expected: `${corpusRoot}/perf-script/${expected}`,
  };
}

/** inferno-diff-folded: without option, `-n`, `-s`. */
export function infernoDiff(): Expectation[] {
  const folder = `${corpusRoot}/folded`;
  const after = "jonhoo__inferno__diff-after.txt";
  const options: Readonly<Record<string, readonly string[]>> = {
    default: [],
    normalize: ["-n"],
    striphex: ["-s"],
  };
  return Object.entries(options).map(([name, args]) => ({
    id: `inferno/diff-folded-${name}`,
    args: ["difffolded", ...args, `${folder}/jonhoo__inferno__diff-before.txt`, `${folder}/${after}`],
    expected: `${folder}/${after}.expected.diff-${name}.txt`,
  }));
}
