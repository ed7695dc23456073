import type { FrameKindCode } from "@flambeau/core";
import { ABSENT, IdTable } from "./id-table.ts";
import { HIGH, type Names } from "./name-tree.ts";
import { type MergedPair, type MergedTree, PathSums, type WeightedStacks } from "./path-sums.ts";
import { PathTrie } from "./path-trie.ts";

/** A frame as the store keeps it. */
export interface StoredFrame {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly mapping: string;
  readonly buildId: string;
  readonly address: bigint;
  readonly kind: FrameKindCode;
  readonly inlined: boolean;
}

/** What stacks are paths of: function names for flame graphs; frames, with files and lines, for whole profiles. */
export type PathKind = "names" | "frames";

/** In place of a stack's node: its frames are still to be told. */
export const UNKNOWN_STACK = -1;

/** In place of the label of a frame: look at its parts. */
const SEVERAL = -1;

/** Bytes that a frame with its texts takes, roughly. */
const FRAME_BYTES = 400;

/** Ids of the store and the paths that they stand for. */
interface Paths {
  /** Id of a stack → node where its path ends. */
  readonly ends: IdTable;
  readonly trie: PathTrie;
}

/**
 * The stacks of one tenant that queries have met, kept between queries so that the next one need not ask the engine
 * for them again. A stack's id in the store is a hash of 64 bits; here it is the node where its path ends.
 */
export class StackSpace {
  readonly #paths: Readonly<Record<PathKind, Paths>> = {
    names: { ends: new IdTable(), trie: new PathTrie() },
    frames: { ends: new IdTable(), trie: new PathTrie() },
  };
  /** Id of a frame → its number. */
  readonly #frameIds = new IdTable();
  /** Rows of `#frames` by frame number: more than one where late symbols told of inlined calls; none until it is told. */
  readonly #frameParts: (readonly number[] | undefined)[] = [];
  /** Label by frame number; {@link SEVERAL} where it stands for several nodes, or was not told yet. */
  readonly #frameLabels: Readonly<Record<PathKind, number[]>> = { names: [], frames: [] };
  readonly #frames: StoredFrame[] = [];
  readonly #frameName: number[] = [];
  readonly #nameRows = new Map<string, number>([["", 0]]);
  readonly #nameTexts: string[] = [""];
  readonly #sums: PathSums = new PathSums(this.#paths.names.trie);
  readonly #labels: number[] = [];
  #high = false;
  readonly names: Names = namesOf(
    (row) => this.#nameTexts[row] ?? "",
    () => this.#high,
  );

  /** Bytes that the space takes in memory, roughly. */
  get bytes(): number {
    let bytes = this.#frames.length * FRAME_BYTES;
    for (const { ends, trie } of Object.values(this.#paths)) bytes += ends.bytes + trie.bytes;
    return bytes;
  }

  /** The node of each stack id, {@link UNKNOWN_STACK} where {@link defineStack} was not told of it. */
  nodesOf(kind: PathKind, ids: BigUint64Array): Int32Array {
    return this.#paths[kind].ends.valuesOf(halvesOf(ids), UNKNOWN_STACK);
  }

  /**
   * Takes note of stacks without a node: somebody is about to ask the store for them. Their ids, as often as they occur.
   */
  claim(kind: PathKind, ids: BigUint64Array, nodes: Int32Array): BigUint64Array {
    const { ends } = this.#paths[kind];
    const places = placesOf(nodes, (node) => node === UNKNOWN_STACK);
    const claimed = new BigUint64Array(places.length);
    const [from, to] = [halvesOf(ids), halvesOf(claimed)];
    for (let i = 0; i < places.length; i++) {
      const low = from[2 * places[i]!]!;
      const high = from[2 * places[i]! + 1]!;
      to[2 * i] = low;
      to[2 * i + 1] = high;
      ends.set(low, high, UNKNOWN_STACK);
    }
    return claimed;
  }

  /** Places of the stacks that were claimed, and whose frames are still to be told. */
  wanted(kind: PathKind, ids: BigUint64Array): Int32Array {
    const nodes = this.#paths[kind].ends.valuesOf(halvesOf(ids), ABSENT);
    return placesOf(nodes, (node) => node === UNKNOWN_STACK);
  }

  /** The number of a frame; its first mention gives it one. */
  frameNumber(low: number, high: number): number {
    let number = this.#frameIds.get(low, high);
    if (number === ABSENT) {
      number = this.#frameParts.push(undefined) - 1;
      for (const labels of Object.values(this.#frameLabels)) labels.push(SEVERAL);
      this.#frameIds.set(low, high, number);
    }
    return number;
  }

  /** The same by a frame's whole id. */
  numberOfFrame(id: bigint): number {
    return this.frameNumber(...halves(id));
  }

  /** True where {@link defineFrame} has been told about a frame. */
  knowsFrame(number: number): boolean {
    return this.#frameParts[number] !== undefined;
  }

  /** Tells what a frame is: one frame, or the calls that were inlined at its address, outermost first. */
  defineFrame(number: number, parts: readonly StoredFrame[]): void {
    if (this.knowsFrame(number)) return;
    const rows = parts.map((frame) => {
      this.#frameName.push(this.#nameRow(displayName(frame)));
      return this.#frames.push(frame) - 1;
    });
    this.#frameParts[number] = rows;
    if (rows.length !== 1) return;
    this.#frameLabels.frames[number] = rows[0]!;
    this.#frameLabels.names[number] = this.#frameName[rows[0]!]!;
  }

  /** Tells the frames of a stack: those from `from` to `to` of a list of numbers, root first; all of them are defined. */
  defineStack(
    kind: PathKind,
    low: number,
    high: number,
    numbers: Int32Array,
    from: number,
    to: number,
  ): void {
    const { ends, trie } = this.#paths[kind];
    const labels = this.labelsOf(kind, numbers, from, to);
    ends.set(low, high, trie.add(labels, 0, labels.length));
  }

  /** Labels of the nodes that a stack's frames stand for, root first; the list is used again at the next call. */
  labelsOf(kind: PathKind, numbers: Int32Array, from: number, to: number): readonly number[] {
    const known = this.#frameLabels[kind];
    const labels = this.#labels;
    let count = 0;
    for (let i = from; i < to; i++) {
      const label = known[numbers[i]!]!;
      if (label !== SEVERAL) {
        labels[count++] = label;
        continue;
      }
      for (const row of this.#frameParts[numbers[i]!] ?? []) {
        labels[count++] = kind === "names" ? this.#frameName[row]! : row;
      }
    }
    labels.length = count;
    return labels;
  }

  /** Labels of a stack whose frames the store has lost: it still weighs, and is shown as what it is. */
  lostLabels(): readonly number[] {
    return [this.#nameRow(LOST_STACK)];
  }

  /**
   * Adds up the weights of stacks by function name. The tree holds the root, the `nodes` heaviest nodes that weigh
   * something, and all that weigh as much as the last of them.
   */
  mergeByName(parts: readonly WeightedStacks[], nodes: number = Number.POSITIVE_INFINITY): MergedTree {
    return this.#sums.merge(parts, this.names, nodes);
  }

  /** The same for two selections side by side. */
  mergePairByName(
    left: readonly WeightedStacks[],
    right: readonly WeightedStacks[],
    nodes: number = Number.POSITIVE_INFINITY,
  ): MergedPair {
    return this.#sums.mergePair(left, right, this.names, nodes);
  }

  /** Frames of a path of frames, root first: for answers that keep lines and files. */
  framesOf(end: number): StoredFrame[] {
    const { trie } = this.#paths.frames;
    const found: StoredFrame[] = [];
    for (let node = end; node > 0; node = trie.parent(node)) found.push(this.#frames[trie.labels[node]!]!);
    return found.reverse();
  }

  /** True for paths of one kind whose outermost functions have the given names, root first. */
  startsWith(kind: PathKind, names: readonly string[]): (end: number) => boolean {
    const wanted = names.map((text) => this.#nameRows.get(text) ?? -1);
    if (kind === "names") return this.#below(wanted);
    return (end) => {
      const frames = this.framesOf(end);
      return wanted.every(
        (name, i) => i < frames.length && this.#nameRows.get(displayName(frames[i]!)) === name,
      );
    };
  }

  /** True for nodes at or below the path of names. */
  #below(names: readonly number[]): (end: number) => boolean {
    const { trie } = this.#paths.names;
    let wanted = 0;
    for (const name of names) {
      wanted = trie.child(wanted, name);
      if (wanted < 0) return () => false;
    }
    return (end) => {
      let node = end;
      // A run's nodes lie side by side, and a parent is less than its node.
      for (let run = trie.runOf(node); trie.runStarts[run]! > wanted; run = trie.runOf(node)) {
        node = trie.runParents[run]!;
      }
      return node >= wanted;
    };
  }

  #nameRow(text: string): number {
    let row = this.#nameRows.get(text);
    if (row === undefined) {
      row = this.#nameTexts.length;
      this.#nameRows.set(text, row);
      this.#nameTexts.push(text);
      this.#high ||= HIGH.test(text);
    }
    return row;
  }
}

/** Places of the values that fulfil a condition. */
export function placesOf(values: Int32Array, condition: (value: number) => boolean): Int32Array {
  const places = new Int32Array(values.length);
  let count = 0;
  for (let i = 0; i < values.length; i++) if (condition(values[i]!)) places[count++] = i;
  return places.subarray(0, count);
}

function namesOf(text: (row: number) => string, high: () => boolean): Names {
  return {
    text,
    get high() {
      return high();
    },
  };
}

/** What a stack is called whose frames are gone. */
export const LOST_STACK = "[stack not in the store]";

/** What a frame is called; without a symbol, its module in brackets, as everywhere in Flambeau. */
function displayName({ name, mapping }: StoredFrame): string {
  if (name !== "") return name;
  return `[${mapping.slice(mapping.lastIndexOf("/") + 1) || "unknown"}]`;
}

/** Ids as pairs of 32 bits, low one first: the same memory. */
export function halvesOf(ids: BigUint64Array): Int32Array {
  return new Int32Array(ids.buffer, ids.byteOffset, ids.length * 2);
}

function halves(id: bigint): [low: number, high: number] {
  return [Number(id & 0xffffffffn) | 0, Number(id >> 32n) | 0];
}
