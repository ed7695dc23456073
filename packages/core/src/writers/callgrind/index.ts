import type { Profile, ValueType } from "../../model/profile.ts";
import { type ByteSink, TextSink } from "../../util/sink.ts";
import type { WriteOptions, Writer } from "../writer.ts";
import { callGraphOf, type GraphFunction } from "./graph.ts";

/**
 * callgrind's format, for KCachegrind, QCachegrind and callgrind_annotate. It holds a call graph: which callers
 * go with which callees further away is lost. Source: https://valgrind.org/docs/manual/cl-format.html.
 */
export const callgrindWriter: Writer = {
  id: "callgrind",
  title: "callgrind",
  extensions: [".callgrind", ".callgrind.out"],
  write: writeCallgrind,
};

async function writeCallgrind(profile: Profile, sink: ByteSink, options: WriteOptions): Promise<string[]> {
  const { valueTypes, meta, samples } = profile;
  const chosen = options.valueType ?? meta.defaultValueType;
  // The first event is the one that is shown.
  const types = [...valueTypes.keys()].sort((a, b) => Number(b === chosen) - Number(a === chosen) || a - b);
  const functions = callGraphOf(profile, types);
  const numbers = new Numbers();
  const out = new TextSink(sink);
  await out.write(header(profile, types, functions, numbers));
  const names = new Names();
  for (const one of functions) {
    const wait = out.write(functionText(one, functions, names, numbers));
    if (wait !== undefined) await wait;
  }
  await out.flush();
  return losses(profile, numbers, samples.stack);
}

/** Whole numbers, as callgrind wants them. */
class Numbers {
  rounded = 0;
  negative = 0;

  text(value: number): string {
    if (value < 0) {
      this.negative++;
      return "0";
    }
    const whole = Math.round(value);
    if (whole !== value) this.rounded++;
    return whole.toFixed(0);
  }

  list(values: Float64Array): string {
    return Array.from(values, (value) => this.text(value)).join(" ");
  }
}

/** Names are written once with a number, then by the number alone: `(1) main`, `(1)`. */
class Names {
  readonly #ids: Record<"ob" | "fl" | "fn", Map<string, number>> = {
    ob: new Map(),
    fl: new Map(),
    fn: new Map(),
  };

  /** `unique` tells functions of one name apart. */
  text(kind: "ob" | "fl" | "fn", name: string, unique: string = name): string {
    const ids = this.#ids[kind];
    const known = ids.get(unique);
    if (known !== undefined) return `(${known})`;
    ids.set(unique, ids.size + 1);
    return `(${ids.size}) ${oneLine(name) || "???"}`;
  }
}

/** Without the line ends that a name may hold. */
function oneLine(text: string): string {
  return text.replace(/[\r\n]+/g, " ").trim();
}

function header(
  { valueTypes, meta }: Profile,
  types: readonly number[],
  functions: readonly GraphFunction[],
  numbers: Numbers,
): string {
  const totals = new Float64Array(types.length);
  for (const { self } of functions) {
    for (const costs of self.values()) {
      for (let type = 0; type < types.length; type++) totals[type]! += costs[type]!;
    }
  }
  const events = eventNames(types.map((type) => valueTypes[type]!));
  const lines = ["# callgrind format", "version: 1", "creator: flambeau"];
  if (meta.title !== undefined) lines.push(`cmd: ${oneLine(meta.title)}`);
  if (meta.producer !== undefined) lines.push(`desc: Producer: ${oneLine(meta.producer)}`);
  lines.push("positions: line", `events: ${events.join(" ")}`, `summary: ${numbers.list(totals)}`);
  return `${lines.join("\n")}\n`;
}

/** Names of one word, all different: `cpu_nanoseconds`. */
function eventNames(types: readonly ValueType[]): string[] {
  const names: string[] = [];
  for (const { name, unit } of types) {
    const plain = `${name}_${unit}`.replace(/[^A-Za-z0-9_]+/g, "_").replace(/^(?=[^A-Za-z])/, "E");
    let unique = plain;
    for (let i = 2; names.includes(unique); i++) unique = `${plain}_${i}`;
    names.push(unique);
  }
  return names.length > 0 ? names : ["samples_count"];
}

function functionText(
  one: GraphFunction,
  functions: readonly GraphFunction[],
  names: Names,
  numbers: Numbers,
): string {
  let text = `\n${place("", one, names)}`;
  for (const [line, costs] of one.self) {
    if (costs.some((cost) => cost !== 0)) text += `${line} ${numbers.list(costs)}\n`;
  }
  for (const { callee, line, inclusive } of one.calls.values()) {
    if (inclusive.every((cost) => cost === 0)) continue;
    text += `${place("c", functions[callee]!, names)}calls=1 0\n${line} ${numbers.list(inclusive)}\n`;
  }
  return text;
}

/** The lines that say which function is meant; `c` in front of the callee's. */
function place(prefix: "" | "c", { name, file, object }: GraphFunction, names: Names): string {
  const function_ = names.text("fn", name, `${name}\0${file}\0${object}`);
  return `${prefix}ob=${names.text("ob", object)}\n${prefix}fl=${names.text("fl", file)}\n${prefix}fn=${function_}\n`;
}

function losses(profile: Profile, numbers: Numbers, stacks: Int32Array): string[] {
  const { samples, labelSets, threads } = profile;
  const lost = ["callgrind holds a call graph: stacks are merged into calls, each counted once."];
  if (numbers.rounded > 0) lost.push(`callgrind holds whole numbers: ${numbers.rounded} costs were rounded.`);
  if (numbers.negative > 0) lost.push(`callgrind has no negative costs: ${numbers.negative} became 0.`);
  const bare = stacks.reduce((count, stack) => count + (stack < 0 ? 1 : 0), 0);
  if (bare > 0) lost.push(`callgrind has no samples without a stack: ${bare} are left out.`);
  if (samples.time !== undefined) lost.push("callgrind has no times of samples.");
  if (samples.thread !== undefined && threads.length > 1)
    lost.push("callgrind has no threads: they are merged.");
  if (labelSets.length > 1) lost.push("callgrind has no labels.");
  return lost;
}
