import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import { readAll } from "../../util/source.ts";
import type { Head, Reader, Verdict } from "../reader.ts";
import { type Pickled, PickledObject, Unpickler } from "./pickle.ts";

const FORMAT = "py-tracemalloc";
const CLASSES = /^tracemalloc\.(?:Snapshot|_Traces|Trace|Traceback|Frame)$/;

/**
 * A snapshot of Python's tracemalloc (`Snapshot.dump`): the blocks of memory that are in use, each with the lines that
 * allocated it. It is a pickle; its values are read, nothing of it is executed. Source of the format: Lib/tracemalloc.py in
 * CPython.
 */
export const pyTracemallocReader: Reader = {
  id: FORMAT,
  title: "Python tracemalloc snapshot",
  priority: 946,
  extensions: [".pickle", ".tracemalloc", ".dump"],
  carries: {
    time: false,
    threads: false,
    labels: true,
    lines: true,
    inlined: false,
    severalValueTypes: true,
  },
  sniff: ({ text }: Head): Verdict => {
    const start = text.slice(0, 120);
    const isPickle = /^(?:\x80[\x02-\x05]|c(?:copy_?reg|tracemalloc)\n)/.test(start);
    return isPickle && /tracemalloc[^a-z]{1,6}Snapshot/.test(start) ? "yes" : "no";
  },
  async read(source, into, notes) {
    into.meta.format = FORMAT;
    into.meta.producer = "tracemalloc";
    const bytes = await readAll(source);
    const snapshot = new Unpickler(bytes, FORMAT, (name) => CLASSES.test(name)).read();
    const state = stateOf(snapshot, "tracemalloc.Snapshot");
    const traces = stateOf(state.get("traces") ?? null, "tracemalloc._Traces").get("_traces");
    if (!Array.isArray(traces)) throw malformed("the snapshot has no list of traces");
    addTraces(traces, into, notes);
    into.meta.observations = traces.length;
  },
};

function stateOf(value: Pickled, type: string): Map<Pickled, Pickled> {
  if (value instanceof PickledObject && value.type === type && value.state instanceof Map) return value.state;
  throw malformed(`the pickle holds no ${type}`);
}

function malformed(what: string): FlambeauError {
  return new FlambeauError("malformed", what, { format: FORMAT });
}

interface Sum {
  readonly stack: number;
  readonly domain: number;
  size: number;
  count: number;
}

/** Adds up the blocks of the same lines: each is (domain, size, frames) or, since Python 3.9, also the stack's depth. */
function addTraces(traces: readonly Pickled[], into: ProfileBuilder, notes: Notes): void {
  const stacks = new Stacks(into);
  const sums = new Map<string, Sum>();
  let cut = 0;
  let strange = 0;
  for (const trace of traces) {
    const [domain, size, frames, depth] = Array.isArray(trace) ? trace : [];
    if (typeof domain !== "number" || typeof size !== "number" || !Array.isArray(frames)) {
      strange++;
      continue;
    }
    if (typeof depth === "number" && depth > frames.length) cut++;
    const stack = stacks.stack(frames);
    const key = `${stack}/${domain}`;
    const sum = sums.get(key);
    if (sum === undefined) sums.set(key, { stack, domain, size, count: 1 });
    else {
      sum.size += size;
      sum.count++;
    }
  }
  const space = into.valueType("space", "bytes");
  into.valueType("blocks", "count");
  into.meta.defaultValueType = space;
  for (const { stack, domain, size, count } of sums.values()) {
    const labels = domain === 0 ? 0 : into.labelSet([{ key: "domain", value: domain, unit: "" }]);
    into.sample(stack, [size, count], { labels });
  }
  if (cut > 0) {
    const text =
      "a stack is deeper than the recording kept: its outermost frames are missing (tracemalloc.start(DEPTH))";
    notes.add("approximated", "stack-cut", text, undefined, cut);
  }
  if (strange > 0) {
    notes.add(
      "skipped",
      "bad-trace",
      "a trace is not of the form that is known: it was skipped",
      undefined,
      strange,
    );
  }
}

/** Stacks of lines: a pickle writes each list of frames once and then refers to it. */
class Stacks {
  readonly #into: ProfileBuilder;
  readonly #known = new Map<readonly Pickled[], number>();

  constructor(into: ProfileBuilder) {
    this.#into = into;
  }

  stack(frames: readonly Pickled[]): number {
    let stack = this.#known.get(frames);
    if (stack !== undefined) return stack;
    stack = -1;
    // The newest frame comes first.
    for (let i = frames.length - 1; i >= 0; i--) stack = this.#into.stack(stack, this.#frame(frames[i]!));
    this.#known.set(frames, stack);
    return stack;
  }

  /** A line of a file: tracemalloc knows no functions. */
  #frame(frame: Pickled): number {
    const [file, line] = Array.isArray(frame) ? frame : [];
    if (typeof file !== "string" || typeof line !== "number") return this.#into.frameNamed("[unknown]");
    const isLine = Number.isInteger(line) && line > 0 && line < 2 ** 31;
    const name = file.slice(Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\")) + 1);
    return this.#into.frame({
      name: this.#into.string(isLine ? `${name}:${line}` : name || "[unknown]"),
      file: this.#into.string(file),
      line: isLine ? line : 0,
    });
  }
}
