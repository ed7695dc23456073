import { inflateZlib } from "../../codec/inflate.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import { readAll } from "../../util/source.ts";
import type { Head, Reader, Verdict } from "../reader.ts";
import {
  type NamedFunction,
  readLists,
  readSamples,
  readTemplate,
  type StoredSample,
  type Template,
} from "./package.ts";
import { FORMAT } from "./plist.ts";
import { filesOfTar } from "./tar.ts";

const TIME_PROFILER = "com.apple.xray.instrument-type.coresampler2";
/** Lists of lists deeper than this are damage: a backtrace is one list, or a list of its parts. */
const DEEPEST = 16;
/** Instruments cuts its backtraces far below; lists within lists would make much of little. */
const LONGEST_STACK = 1 << 12;
const MOST_INFLATED = 1 << 28;
/** Addresses from here on are rounded to what is none. */
const NO_ADDRESS = 2 ** 64 - 4096;

/**
 * Instruments' package (`name.trace`, a folder on macOS) of its time profiler, zipped or as a tar archive; Instruments 8 to
 * 10 are known. Newer packages hold what `xctrace export` writes as XML, which has a reader of its own. Source of the format:
 * none is published; jlfwong/speedscope's importer found it out.
 */
export const instrumentsTraceReader: Reader = {
  id: FORMAT,
  title: "Instruments package (.trace, zip or tar)",
  priority: 949,
  extensions: [".trace.zip", ".trace.tar"],
  carries: {
    time: true,
    threads: true,
    labels: false,
    lines: false,
    inlined: false,
    severalValueTypes: true,
  },
  sniff: ({ text }: Head): Verdict => {
    const name = text.slice(0, 100).split("\0", 1)[0] ?? "";
    return /^[^\n]*\.trace(?:\/[\w./-]*)?$/.test(name) && text.slice(257, 262) === "ustar" ? "yes" : "no";
  },
  async read(source, into, notes) {
    into.meta.format = FORMAT;
    into.meta.producer = "Instruments";
    const { files: packed, cut } = filesOfTar(await readAll(source));
    const files = new Map([...packed].map(([name, bytes]) => [name, unpacked(bytes)]));
    if (cut) notes.add("truncated", "truncated", "the archive ends within a file: that one was not read");
    const heart = [...files.keys()].find((name) => name.endsWith(".trace/form.template"));
    if (heart === undefined) {
      throw new FlambeauError("malformed", "the archive has no file form.template", { format: FORMAT });
    }
    const template = readTemplate(files.get(heart)!);
    const folder = heart.slice(0, -"form.template".length);
    into.meta.title = folder.slice(0, -1);
    refuseOthers(template);
    for (const run of template.runs) addRun(run, files, folder, template, into, notes);
    if (into.sampleCount === 0) {
      throw new FlambeauError("nothing-left", "the package holds no samples", { format: FORMAT });
    }
  },
};

/** Since Instruments 9 files are compressed by themselves. */
function unpacked(bytes: Uint8Array): Uint8Array {
  const { bytes: inner, complete } = inflateZlib(bytes, 0, MOST_INFLATED);
  return complete ? inner : bytes;
}

/** What is no time profile, by its name; with what to do instead. */
function refuseOthers({ instrument, runs }: Template): void {
  if (instrument === TIME_PROFILER && runs.length > 0) return;
  const what =
    instrument === "" ? "an unknown instrument" : instrument.replace("com.apple.xray.instrument-type.", "");
  throw new FlambeauError(
    "unsupported",
    `the package was recorded with ${what}: only the time profiler's are read`,
    {
      format: FORMAT,
      hint: "In Instruments select all rows of the call tree and copy them (Edit, Deep Copy), or use: xctrace export.",
    },
  );
}

function addRun(
  run: number,
  files: ReadonlyMap<string, Uint8Array>,
  root: string,
  template: Template,
  into: ProfileBuilder,
  notes: Notes,
): void {
  const folder = `${root}corespace/run${run}/core/`;
  const samples = readSamples(files, folder);
  if (samples.length === 0) {
    notes.add("information", "empty-run", "a run of the package holds no samples of the time profiler");
    return;
  }
  const stacks = new Stacks(readLists(files, folder), template.symbols(run), into);
  const count = into.valueType("samples", "count");
  const time = into.valueType("time", "nanoseconds");
  into.meta.defaultValueType = time;
  const labels = template.runs.length > 1 ? into.labelSet([{ key: "run", value: run, unit: "" }]) : 0;
  const before = new Map<number, number>();
  for (const sample of [...samples].sort((a, b) => a.time - b.time)) {
    const weights = new Float64Array(into.valueTypes.length);
    weights[count] = 1;
    weights[time] = sample.time - (before.get(sample.thread) ?? sample.time);
    before.set(sample.thread, sample.time);
    into.sample(stacks.stack(sample.backtrace), weights, details(sample, labels, into));
  }
  const text =
    "the package does not say how long a sample stands for: it weighs the time since its thread's one before";
  notes.add("approximated", "time-between", text, undefined, samples.length);
}

function details({ time, thread }: StoredSample, labels: number, into: ProfileBuilder): object {
  return { time, labels, thread: into.thread({ name: `thread ${thread}`, tid: thread }) };
}

/** Backtraces by number: lists of addresses, innermost first, whose elements may be numbers of other lists. */
class Stacks {
  readonly #lists: readonly (readonly number[])[];
  readonly #symbols: ReadonlyMap<number, NamedFunction>;
  readonly #into: ProfileBuilder;
  readonly #known = new Map<number, number>();

  constructor(
    lists: readonly (readonly number[])[],
    symbols: ReadonlyMap<number, NamedFunction>,
    into: ProfileBuilder,
  ) {
    this.#lists = lists;
    this.#symbols = symbols;
    this.#into = into;
  }

  stack(backtrace: number): number {
    let stack = this.#known.get(backtrace);
    if (stack !== undefined) return stack;
    const addresses: number[] = [];
    this.#collect(backtrace, addresses);
    stack = -1;
    for (let i = addresses.length - 1; i >= 0; i--)
      stack = this.#into.stack(stack, this.#frame(addresses[i]!));
    this.#known.set(backtrace, stack);
    return stack;
  }

  #collect(backtrace: number, into: number[]): void {
    const open: { readonly list: readonly number[]; next: number }[] = [{ list: [backtrace], next: 0 }];
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const value = top.list[top.next++];
      if (value === undefined) open.pop();
      else if (into.length >= LONGEST_STACK) return;
      else if (!this.#symbols.has(value) && this.#lists[value] !== undefined && open.length < DEEPEST) {
        open.push({ list: this.#lists[value], next: 0 });
      } else into.push(value);
    }
  }

  #frame(address: number): number {
    const symbol = this.#symbols.get(address);
    const into = this.#into;
    if (symbol === undefined || symbol.name === "") {
      const isNone = address === 0 || address >= NO_ADDRESS;
      return into.frame(isNone ? { name: into.string("[unknown]") } : { name: 0, address: BigInt(address) });
    }
    return into.frame({ name: into.string(symbol.name), file: into.string(symbol.file) });
  }
}
