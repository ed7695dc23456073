import { type Profile, totalsOf } from "../../packages/core/src/index.ts";
import { corpusFiles, expectationsOf, readCorpus } from "../support/corpus.ts";
import { foldedWith } from "../support/folded-with.ts";

/** A profile read from a corpus file beside what another tool makes of the file, in a form that both have. */
export interface TextComparison {
  readonly area: string;
  readonly folder: string;
  readonly file: string;
  /** Reader. */
  readonly id: string;
  expected(): unknown;
  actual(profile: Profile): unknown;
  /** Why our own form differs; undefined where it is the same. */
  readonly reason?: string;
}

function text(folder: string, file: string): string {
  return new TextDecoder().decode(readCorpus(folder, file));
}

function lines(folder: string, file: string): string[] {
  return text(folder, file).trimEnd().split("\n").sort();
}

/** Frames without C++ arguments, template arguments and offsets: what inferno cuts from names, more or less. */
function bareNames(folded: readonly string[]): string[] {
  const bare = (frame: string): string => frame.replace(/(::.*?)[(<].*/, "$1").replace(/\+0x[0-9a-f]+$/, "");
  const weights = new Map<string, number>();
  for (const line of folded) {
    const cut = line.lastIndexOf(" ");
    const stack = line.slice(0, cut).split(";").map(bare).join(";");
    weights.set(stack, (weights.get(stack) ?? 0) + Number(line.slice(cut + 1)));
  }
  return [...weights].map(([stack, weight]) => `${stack} ${weight}`).sort();
}

const dtrace: TextComparison[] = corpusFiles("dtrace").flatMap((file) =>
  (file === "brendangregg__FlameGraph__example-dtrace-stacks.txt"
    ? ["jonhoo__inferno__dtrace-example.expected.folded.txt"]
    : expectationsOf("dtrace", file)
  ).map((expected) => ({
    area: "inferno, inferno-collapse-dtrace",
    folder: "dtrace",
    file,
    id: "dtrace",
    expected: () => bareNames(lines("dtrace", expected)),
    actual: (profile) =>
      bareNames(foldedWith(profile, 0, ({ module, name }) => (module === "" ? name : `${module}\`${name}`))),
    reason: "arguments of C++ functions are kept; the module is not a part of the name",
  })),
);

/** inferno writes the module without its last ending, and drops hashes and arguments as it does for DTrace. */
const IDLE =
  /[;`](?:__psynch_cvwait|__select|__semwait_signal|__ulock_wait|__wait4|__workq_kernreturn|kevent|mach_msg_trap|read|semaphore_wait_trap) \d+$/;

/** The stack that the report has twice, with different offsets. */
const TWICE = /create_gitignore;.*__open \d+$/;

const macosSample: TextComparison[] = corpusFiles("macos-sample")
  .flatMap((file) => expectationsOf("macos-sample", file).map((expected) => ({ file, expected })))
  .map(({ file, expected }) => {
    const modules = !expected.includes("no-modules");
    return {
      area: "inferno, inferno-collapse-sample",
      folder: "macos-sample",
      file,
      id: "macos-sample",
      expected: () => bareNames(lines("macos-sample", expected).filter((line) => !TWICE.test(line))),
      actual: (profile) =>
        bareNames(
          foldedWith(
            profile,
            0,
            ({ module, name }) =>
              module === "" || !modules ? name : `${module.replace(/\.[^.]*$/, "")}\`${name}`,
            (thread) => thread.name,
          ).filter((line) => !IDLE.test(line) && !TWICE.test(line)),
        ),
      reason:
        "threads that wait are kept; stacks that differ by offset only add up (inferno keeps the last); the thread and the module are not parts of names",
    };
  });

const ghcProf: TextComparison[] = (["ticks", "bytes"] as const).flatMap((column) =>
  corpusFiles("ghc-prof")
    .flatMap((file) => expectationsOf("ghc-prof", file).map((expected) => ({ file, expected })))
    .filter(({ expected }) => expected.endsWith(`.expected.${column}.folded.txt`))
    .map(({ file, expected }) => ({
      area: "inferno, inferno-collapse-ghcprof",
      folder: "ghc-prof",
      file: `${file}`,
      id: "ghc-prof",
      expected: () => lines("ghc-prof", expected).filter((line) => !line.endsWith(" 0")),
      actual: (profile: Profile) =>
        foldedWith(profile, column === "ticks" ? 0 : 1, ({ name }) => name)
          .map((line) =>
            line.replace(/\d+$/, (weight) => String(column === "ticks" ? Number(weight) / 1e6 : weight)),
          )
          .filter((line) => !line.endsWith(" 0"))
          .sort(),
    })),
);

/** Inclusive weight of functions that do not recurse: the lines with a star of callgrind_annotate's trees. */
const callgrind: TextComparison[] = corpusFiles("callgrind")
  .filter((file) => expectationsOf("callgrind", file).some((name) => name.endsWith(".annotate.txt")))
  .map((file) => ({
    area: "callgrind_annotate, inclusive weight of the largest functions",
    folder: "callgrind",
    file,
    id: "callgrind",
    expected: () =>
      ANNOTATED.map((name) => {
        const annotated = text("callgrind", `${file}.expected.annotate.txt`);
        const line = annotated.split("\n").find((one) => one.includes(`  *  w.cpp:${name}`))!;
        return [name, Number(/\(\s*([\d.]+)%\)/.exec(line)![1]).toFixed(1)];
      }),
    actual: (profile) =>
      ANNOTATED.map((name) => [name, ((100 * inclusive(profile, name)) / totalsOf(profile)[0]!).toFixed(1)]),
    reason: "a call graph is approximated: shares agree to a tenth of a percent",
  }));

const ANNOTATED: readonly string[] = ["heavy(int)", "leaf(double)", "main", "worker(int)"];

/** Weight of the first value type of samples whose stack holds a function. */
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

/** speedscope's stacks of a call graph; its own are in the order of its walk. */
const speedscopeCallgrind: TextComparison[] = corpusFiles("callgrind")
  .filter((file) => file.includes("name-compression"))
  .map((file) => ({
    area: "speedscope, callgrind",
    folder: "callgrind",
    file,
    id: "callgrind",
    expected: () => ["main 20", "main;func1 100", "main;func1;func2 300", "main;func2 400"],
    actual: (profile) => foldedWith(profile, 0, ({ name }) => name),
  }));

export const textComparisons: readonly TextComparison[] = [
  ...dtrace,
  ...macosSample,
  ...ghcProf,
  ...callgrind,
  ...speedscopeCallgrind,
];
