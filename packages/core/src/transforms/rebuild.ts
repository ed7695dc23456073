import { Notes } from "../model/notes.ts";
import type { Profile, SampleTable, StackTable } from "../model/profile.ts";
import { SampleColumns } from "../model/samples.ts";
import { StackInterner } from "../model/stacks.ts";

/** A new stack table, and the new row (-1: no frames left) of each old row. */
export interface RebuiltStacks {
  readonly stacks: StackTable;
  readonly rowOf: Int32Array;
}

/**
 * Where an old stack goes: `parent` is the new row of its parent (-1: none), `frame` its frame, `old` its old row.
 * Answers a row of `into`, made with `into.add` or known, or -1.
 */
export type StackStep = (parent: number, frame: number, old: number, into: StackInterner) => number;

/** Rebuilds a prefix tree in one forward loop: a parent is mapped before its children. */
export function rebuildStacks(stacks: StackTable, step: StackStep): RebuiltStacks {
  const into = new StackInterner();
  const rowOf = new Int32Array(stacks.length);
  for (let old = 0; old < stacks.length; old++) {
    const parent = stacks.parent[old]!;
    rowOf[old] = step(parent < 0 ? -1 : rowOf[parent]!, stacks.frame[old]!, old, into);
  }
  return { stacks: finishStacks(into), rowOf };
}

/** The rows of an interner as a table. */
export function finishStacks(from: StackInterner): StackTable {
  const { length, parent, frame } = from.columns();
  return { length, parent: parent.slice(0, length), frame: frame.slice(0, length) };
}

/** The profile with its samples moved to rebuilt stacks. */
export function withStacks(profile: Profile, { stacks, rowOf }: RebuiltStacks): Profile {
  const stack = profile.samples.stack.map((old) => (old < 0 ? -1 : rowOf[old]!));
  return { ...profile, stacks, samples: { ...profile.samples, stack } };
}

/** The profile without stacks that no sample has; itself where there are none. Frames and strings stay. */
export function compactStacks(profile: Profile): Profile {
  const { stacks, samples } = profile;
  const used = new Uint8Array(stacks.length);
  for (const stack of samples.stack) if (stack >= 0) used[stack] = 1;
  let length = 0;
  for (let row = stacks.length - 1; row >= 0; row--) {
    if (used[row] === 0) continue;
    length++;
    if (stacks.parent[row]! >= 0) used[stacks.parent[row]!] = 1;
  }
  if (length === stacks.length) return profile;
  const parent = new Int32Array(length);
  const frame = new Int32Array(length);
  const rowOf = new Int32Array(stacks.length).fill(-1);
  let next = 0;
  for (let row = 0; row < stacks.length; row++) {
    if (used[row] === 0) continue;
    const up = stacks.parent[row]!;
    parent[next] = up < 0 ? -1 : rowOf[up]!;
    frame[next] = stacks.frame[row]!;
    rowOf[row] = next++;
  }
  return withStacks(profile, { stacks: { length, parent, frame }, rowOf });
}

/** Elements of a column where `keep` is not 0. */
function picked<T extends Int32Array | Float64Array>(column: T, keep: Uint8Array): T {
  return column.filter((_, row) => keep[row] !== 0) as T;
}

/**
 * The profile with the samples for which `keep` is not 0, without the stacks that then nobody has. What was left
 * out becomes a note.
 */
export function keepSamples(profile: Profile, keep: Uint8Array, code: string, message: string): Profile {
  const { samples } = profile;
  let length = 0;
  for (let row = 0; row < samples.length; row++) if (keep[row] !== 0) length++;
  if (length === samples.length) return profile;
  const rest: SampleTable = {
    length,
    stack: picked(samples.stack, keep),
    weights: samples.weights.map((column) => picked(column, keep)),
    time: samples.time === undefined ? undefined : picked(samples.time, keep),
    thread: samples.thread === undefined ? undefined : picked(samples.thread, keep),
    labels: samples.labels === undefined ? undefined : picked(samples.labels, keep),
  };
  const noted = withNote(profile, code, message, samples.length - length);
  // How many observations are behind the samples that stay is not known.
  const { observations: _, ...meta } = noted.meta;
  return compactStacks({ ...noted, meta, samples: rest });
}

/** The profile with one more note on what a transform did. */
export function withNote(profile: Profile, code: string, message: string, count: number = 1): Profile {
  const notes = new Notes();
  notes.addAll(profile.notes);
  notes.add("information", code, message, undefined, count);
  return { ...profile, notes: notes.list() };
}

/**
 * Adds up samples with the same stack, thread and labels; their times go. For after a transform that made stacks
 * equal, where single observations are not needed.
 */
export function mergeSamples(profile: Profile): Profile {
  const { samples } = profile;
  const merged = new SampleColumns("merged");
  for (let type = 0; type < samples.weights.length; type++) merged.addColumn();
  for (let row = 0; row < samples.length; row++) {
    const into = merged.row(
      samples.stack[row]!,
      samples.thread?.[row] ?? -1,
      samples.labels?.[row] ?? 0,
      Number.NaN,
    );
    samples.weights.forEach((column, type) => {
      merged.addWeight(into, type, column[row]!);
    });
  }
  const { samplesInOrder: _, ...meta } = profile.meta;
  const observations = meta.observations ?? samples.length;
  return { ...profile, meta: { ...meta, observations }, samples: merged.finish() };
}
