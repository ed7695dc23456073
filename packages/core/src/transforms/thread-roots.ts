import type { Profile, Thread } from "../model/profile.ts";
import { encodeUtf8 } from "../util/platform.ts";
import type { NameTable } from "./flame-tree.ts";

/** The root frame that a thread's stacks stand on; undefined or empty: none. Samples without a thread ask too. */
export type ThreadLabel = (thread: Thread | undefined) => string | undefined;

/** Thread's name, or its process's: the root frame that users of `perf script` expect. */
export function threadName(thread: Thread | undefined): string | undefined {
  return thread === undefined ? undefined : thread.name !== "" ? thread.name : thread.process;
}

/** Which samples stand on which root frame. Threads with equal labels are one group. */
export interface ThreadRoots {
  /** The frames' names followed by the labels. */
  readonly names: NameTable;
  /** Name row of each group's root frame; 0 for the group that has none. */
  readonly rootName: Int32Array;
  /** Sample rows, group by group in order of their label's first thread, each group in file order. */
  readonly samples: Int32Array;
  /** Group `g` is `samples[start[g] .. start[g + 1])`. */
  readonly start: Int32Array;
}

/** Undefined where no thread gets a root frame, so that all samples stand on node 0. */
export function threadRoots(
  profile: Profile,
  names: NameTable,
  label: ThreadLabel | "none" | undefined,
): ThreadRoots | undefined {
  const ask = label ?? (profile.meta.threadsAreRoots === true ? threadName : "none");
  if (ask === "none") return undefined;
  const { groupOfThread, labels } = groupThreads(profile.threads, ask);
  if (labels.length === 1 && labels[0] === "") return undefined;
  const { extended, rows } = withLabels(names, labels);
  return { names: extended, rootName: rows, ...samplesByGroup(profile, groupOfThread, labels.length) };
}

/** Group of each thread, shifted by one: `[0]` is the group of samples without a thread. */
function groupThreads(
  threads: readonly Thread[],
  label: ThreadLabel,
): { groupOfThread: Int32Array; labels: string[] } {
  const groups = new Map<string, number>();
  const labels: string[] = [];
  const groupOfThread = new Int32Array(threads.length + 1);
  for (let i = 0; i <= threads.length; i++) {
    // Samples without a thread are asked for last, so that the threads' labels come first.
    const thread = threads[i];
    const text = label(thread) ?? "";
    let group = groups.get(text);
    if (group === undefined) {
      group = labels.push(text) - 1;
      groups.set(text, group);
    }
    groupOfThread[thread === undefined ? 0 : i + 1] = group;
  }
  return { groupOfThread, labels };
}

function samplesByGroup(
  { samples }: Profile,
  groupOfThread: Int32Array,
  groups: number,
): { samples: Int32Array; start: Int32Array } {
  const start = new Int32Array(groups + 1);
  const { thread, length } = samples;
  const groupOf = (row: number): number => groupOfThread[thread === undefined ? 0 : thread[row]! + 1]!;
  for (let row = 0; row < length; row++) {
    const group = groupOf(row) + 1;
    start[group] = start[group]! + 1;
  }
  for (let group = 0; group < groups; group++) start[group + 1] = start[group + 1]! + start[group]!;
  const next = start.slice(0, groups);
  const rows = new Int32Array(length);
  for (let row = 0; row < length; row++) {
    const group = groupOf(row);
    rows[next[group]!] = row;
    next[group] = next[group]! + 1;
  }
  return { samples: rows, start };
}

/** The names with the labels added; a label that is already a name keeps that name's row. */
function withLabels(names: NameTable, labels: readonly string[]): { extended: NameTable; rows: Int32Array } {
  const rows = new Int32Array(labels.length);
  const wanted = new Map<number, number[]>();
  labels.forEach((text, index) => {
    const length = encodeUtf8(text).length;
    if (length > 0) wanted.set(length, [...(wanted.get(length) ?? []), index]);
  });
  for (let row = 1; row < names.length; row++) {
    const candidates = wanted.get(names.bytes(row).length);
    if (candidates === undefined) continue;
    const text = names.text(row);
    for (const index of candidates) if (labels[index] === text && rows[index] === 0) rows[index] = row;
  }
  const added: string[] = [];
  labels.forEach((text, index) => {
    if (text !== "" && rows[index] === 0) rows[index] = names.length + added.push(text) - 1;
  });
  return { extended: added.length === 0 ? names : new ExtendedNames(names, added), rows };
}

/** A name table with further names behind it. */
class ExtendedNames implements NameTable {
  readonly length: number;
  readonly #names: NameTable;
  readonly #added: readonly string[];

  constructor(names: NameTable, added: readonly string[]) {
    this.#names = names;
    this.#added = added;
    this.length = names.length + added.length;
  }

  text(row: number): string {
    return this.#added[row - this.#names.length] ?? this.#names.text(row);
  }

  kind(row: number): number {
    return row < this.#names.length ? this.#names.kind(row) : 0;
  }

  inlined(row: number): boolean {
    return row < this.#names.length && this.#names.inlined(row);
  }

  bytes(row: number): Uint8Array {
    const added = this.#added[row - this.#names.length];
    return added === undefined ? this.#names.bytes(row) : encodeUtf8(added);
  }
}
