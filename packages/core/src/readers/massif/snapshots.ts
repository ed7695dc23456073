import { InclusiveTree } from "../../codec/inclusive-tree.ts";
import { nativeFrame, parseHex, parseLineNumber } from "../../codec/native-frames.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";

/** Own weights of the tree's nodes, leaf first: kept until a better snapshot is found, or the end. */
interface Kept {
  readonly heap: number;
  readonly extra: number;
  readonly stacks: number;
  readonly peak: boolean;
  readonly samples: readonly { readonly path: readonly number[]; readonly bytes: number }[];
}

/** Gathers snapshots one by one and keeps the one at the peak: the marked one, else the largest. */
export class MassifSnapshots {
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  readonly #types: readonly [number, number, number];
  readonly #values = new Map<string, number>();
  #trees = 0;
  #kept: Kept | undefined;
  #samples: { path: readonly number[]; bytes: number }[] = [];
  #tree: InclusiveTree | undefined;
  #peak = false;
  #open = false;

  constructor(into: ProfileBuilder, notes: Notes) {
    this.#into = into;
    this.#notes = notes;
    this.#types = [
      into.valueType("heap", "bytes"),
      into.valueType("heap_extra", "bytes"),
      into.valueType("stacks", "bytes"),
    ];
  }

  /** A snapshot begins. */
  begin(): void {
    this.#close();
    this.#open = true;
  }

  /** What the snapshot measures: `mem_heap_B` and so on. */
  value(key: string, value: number): void {
    this.#values.set(key, value);
  }

  /** The snapshot has a tree, whose nodes come next; one is at the peak. */
  tree(peak: boolean): void {
    this.#peak = peak;
    this.#samples = [];
    this.#trees++;
    this.#tree = new InclusiveTree((path, [bytes]) => {
      this.#samples.push({ path: path.filter((frame) => frame >= 0), bytes: bytes! });
    });
  }

  /** False where there is no tree that the node could be in. */
  node(depth: number, text: string, bytes: number, line: number): boolean {
    if (this.#tree === undefined) return false;
    if (depth > this.#tree.depth) {
      this.#notes.add(
        "approximated",
        "bad-depth",
        "a line of a tree is indented too far: it was read as a child of the line before",
        { line },
      );
    }
    this.#tree.node(depth, depth === 0 ? -1 : this.#frame(text), [bytes]);
    return true;
  }

  badLine(line: number): void {
    this.#notes.add("skipped", "bad-line", "a line is none of massif's: it was skipped", { line });
  }

  #close(): void {
    if (!this.#open) return;
    this.#tree?.end();
    const next: Kept = {
      heap: this.#values.get("mem_heap_B") ?? 0,
      extra: this.#values.get("mem_heap_extra_B") ?? 0,
      stacks: this.#values.get("mem_stacks_B") ?? 0,
      peak: this.#peak,
      samples: this.#samples,
    };
    if (isBetter(next, this.#kept)) this.#kept = next;
    this.#tree = undefined;
    this.#samples = [];
    this.#peak = false;
    this.#values.clear();
    this.#open = false;
  }

  /** False where there was no snapshot at all. */
  end(): boolean {
    this.#close();
    const kept = this.#kept;
    if (kept === undefined) return false;
    const [heap, extra, stacks] = this.#types;
    let known = 0;
    for (const { path, bytes } of kept.samples) {
      let stack = -1;
      // The tree's root is the leaf: the path reads from leaf to root.
      for (let i = path.length - 1; i >= 0; i--) stack = this.#into.stack(stack, path[i]!);
      this.#into.sampleOf(stack, heap, bytes);
      known += bytes;
    }
    const rest = [0, 0, 0];
    rest[heap] = Math.max(0, kept.heap - known);
    rest[extra] = kept.extra;
    rest[stacks] = kept.stacks;
    this.#into.sample(-1, rest);
    if (kept.samples.length === 0) {
      this.#notes.add("information", "no-tree", "no snapshot says who allocated the memory");
    }
    const others = this.#trees - (kept.samples.length > 0 ? 1 : 0);
    if (others > 0) {
      this.#notes.add(
        "skipped",
        "other-snapshots",
        "only the snapshot at the peak was read, not another one with a tree",
        undefined,
        others,
      );
    }
    return true;
  }

  /** `0x4020CA3: mmap (mmap64.c:46)`, `in 12 places, all below massif's threshold (1.00%)`. */
  #frame(text: string): number {
    const match = /^(0x[0-9A-Fa-f]{1,16}): (.*?)(?: \((?:in (.*)|(.*):(\d+))\))?$/.exec(text);
    if (match === null)
      return this.#into.frameNamed(text.startsWith("in ") ? "[below threshold]" : text || "[unknown]");
    return nativeFrame(this.#into, {
      symbol: match[2] === "???" ? "" : match[2]!,
      address: parseHex(match[1]!),
      module: match[3] ?? "",
      ...(match[4] === undefined ? {} : { file: match[4], line: parseLineNumber(match[5]) }),
    });
  }
}

/** A snapshot with a tree beats one without; then the marked peak, then the larger one. */
function isBetter(next: Kept, kept: Kept | undefined): boolean {
  if (kept === undefined) return true;
  const tree = Number(next.samples.length > 0) - Number(kept.samples.length > 0);
  if (tree !== 0) return tree > 0;
  if (next.peak !== kept.peak) return next.peak;
  return next.heap > kept.heap;
}
