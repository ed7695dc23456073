import { Notes } from "../model/notes.ts";
import type { Profile, Thread, ValueType } from "../model/profile.ts";
import { SampleColumns } from "../model/samples.ts";
import { StackInterner } from "../model/stacks.ts";
import { FlambeauError } from "../util/errors.ts";
import { GroupedFrames } from "./grouped-frames.ts";
import type { GroupBy } from "./labels.ts";
import { finishStacks } from "./rebuild.ts";
import { type ThreadLabel, threadName } from "./thread-roots.ts";
import { findValueType } from "./value-types.ts";

/** How two recordings are compared. */
export interface DiffOptions {
  /** Scale base to head's total, so that recordings of different length compare (difffolded.pl -n, but exactly). */
  readonly normalize?: boolean | undefined;
  /** What makes two frames the same; default: the function. Addresses and lines differ between builds. */
  readonly groupBy?: GroupBy | undefined;
  /** Changes labels before they are compared, e.g. `stripHexLabel`. */
  readonly relabel?: ((label: string) => string) | undefined;
  /** Value type to compare, by name or `name/unit`; default: head's default one. */
  readonly valueType?: string | undefined;
  /** What makes two threads the same; default: the name where `meta.threadsAreRoots`, else threads are ignored. */
  readonly threads?: ThreadLabel | "none" | undefined;
}

const BASE = 0;
const HEAD = 1;

/**
 * Compares two recordings (several profiles a side add up): stacks are matched by the path of labels, and every
 * stack weighs its base and its head weight in the two value types `… (base)` and `… (head)`, which
 * `meta.differential` names.
 */
export function diffProfiles(
  base: Profile | readonly Profile[],
  head: Profile | readonly Profile[],
  options: DiffOptions = {},
): Profile {
  const bases = listOf(base);
  const heads = listOf(head);
  const notes = new Notes();
  for (const profile of [...bases, ...heads]) notes.addAll(profile.notes);
  const type = comparedType(heads, bases, options);
  const comparison = new Comparison([...bases, ...heads], options);
  for (const profile of bases) comparison.add(profile, BASE, columnOf(profile, type, options, notes));
  for (const profile of heads) comparison.add(profile, HEAD, columnOf(profile, type, options, notes));
  return comparison.finish(type, options.normalize === true, notes);
}

function listOf(side: Profile | readonly Profile[]): readonly Profile[] {
  return Array.isArray(side) ? side : [side as Profile];
}

/** The value type that is compared: head's, or base's where head counts nothing. */
function comparedType(
  heads: readonly Profile[],
  bases: readonly Profile[],
  { valueType }: DiffOptions,
): ValueType {
  const profile = [...heads, ...bases].find((one) => one.valueTypes.length > 0);
  if (profile === undefined) return { name: "samples", unit: "count" };
  const row = valueType === undefined ? profile.meta.defaultValueType : findValueType(profile, valueType);
  return profile.valueTypes[row]!;
}

/** A profile's weights of the compared value type; undefined where it counts nothing. */
function columnOf(
  profile: Profile,
  wanted: ValueType,
  options: DiffOptions,
  notes: Notes,
): Float64Array | undefined {
  const { valueTypes, samples, meta } = profile;
  if (valueTypes.length === 0) return undefined;
  const same = valueTypes.findIndex((type) => type.name === wanted.name && type.unit === wanted.unit);
  if (same >= 0) return samples.weights[same]!;
  const type = valueTypes[meta.defaultValueType]!;
  if (options.valueType !== undefined || (type.unit !== wanted.unit && options.normalize !== true)) {
    throw new FlambeauError(
      "usage",
      `One recording counts ${wanted.name}/${wanted.unit}, the other ${valueTypes.map((one) => `${one.name}/${one.unit}`).join(", ")}.`,
      { hint: "Choose a value type that both have, or normalise to compare shares of the total." },
    );
  }
  notes.add(
    "approximated",
    "diff-value-types",
    "the recordings count different things; their default value types are compared",
  );
  return samples.weights[meta.defaultValueType]!;
}

/** The stacks of both sides, by label. */
class Comparison {
  readonly #frames: GroupedFrames;
  readonly #stacks = new StackInterner();
  readonly #samples = new SampleColumns("merged");
  readonly #threads: Thread[] = [];
  readonly #threadIds = new Map<string, number>();
  readonly #label: ThreadLabel | "none";
  readonly #annotated: boolean;

  constructor(profiles: readonly Profile[], options: DiffOptions) {
    this.#annotated = profiles.some((profile) => profile.meta.annotated === true);
    this.#frames = new GroupedFrames(options.groupBy ?? "function", {
      kinds: this.#annotated ? "split" : "merge",
      relabel: options.relabel,
    });
    const roots = profiles.some((profile) => profile.meta.threadsAreRoots === true);
    this.#label = options.threads ?? (roots ? threadName : "none");
    this.#samples.addColumn();
    this.#samples.addColumn();
  }

  add(profile: Profile, side: number, weights: Float64Array | undefined): void {
    if (weights === undefined) return;
    const { stacks, samples } = profile;
    const frameOf = this.#frames.add(profile);
    const rowOf = new Int32Array(stacks.length);
    for (let row = 0; row < stacks.length; row++) {
      const parent = stacks.parent[row]!;
      rowOf[row] = this.#stacks.add(parent < 0 ? -1 : rowOf[parent]!, frameOf[stacks.frame[row]!]!);
    }
    const threadOf = profile.threads.map((thread) => this.#thread(thread));
    const noThread = this.#thread(undefined);
    for (let i = 0; i < samples.length; i++) {
      const stack = samples.stack[i]!;
      const thread = threadOf[samples.thread?.[i] ?? -1] ?? noThread;
      const row = this.#samples.row(stack < 0 ? -1 : rowOf[stack]!, thread, 0, Number.NaN);
      this.#samples.addWeight(row, side, weights[i]!);
    }
  }

  finish(type: ValueType, normalize: boolean, notes: Notes): Profile {
    const samples = this.#samples.finish();
    const weights = normalize ? normalized(samples.weights, notes) : samples.weights;
    return {
      meta: {
        format: "diff",
        defaultValueType: HEAD,
        differential: { base: BASE, head: HEAD },
        ...(this.#threads.length > 0 ? { threadsAreRoots: true } : {}),
        ...(this.#annotated ? { annotated: true } : {}),
      },
      valueTypes: [
        { name: `${type.name} (base)`, unit: type.unit },
        { name: `${type.name} (head)`, unit: type.unit },
      ],
      ...this.#frames.finish(),
      stacks: finishStacks(this.#stacks),
      samples: { ...samples, weights },
      threads: this.#threads,
      labelSets: [[]],
      notes: notes.list(),
    };
  }

  #thread(thread: Thread | undefined): number {
    const name = this.#label === "none" ? undefined : this.#label(thread);
    if (name === undefined || name === "") return -1;
    let id = this.#threadIds.get(name);
    if (id === undefined) {
      id = this.#threads.push({ name }) - 1;
      this.#threadIds.set(name, id);
    }
    return id;
  }
}

/** Base scaled to head's total. */
function normalized(weights: readonly Float64Array[], notes: Notes): Float64Array[] {
  const base = sum(weights[BASE]!);
  const head = sum(weights[HEAD]!);
  const factor = head / base;
  if (!(factor > 0 && Number.isFinite(factor))) {
    notes.add("approximated", "not-normalized", "one side's total is zero, so base was not scaled to head's");
    return [...weights];
  }
  notes.add("information", "normalized", "base is scaled to head's total");
  // Multiplied first: whole weights that scale to whole ones come out whole.
  return [weights[BASE]!.map((weight) => (weight * head) / base), weights[HEAD]!];
}

function sum(column: Float64Array): number {
  return column.reduce((total, weight) => total + weight, 0);
}
