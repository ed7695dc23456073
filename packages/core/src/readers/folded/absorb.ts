import { noteFaults } from "../../kernel/faults.ts";
import type { ScanTables, ScanTask } from "../../kernel/kernel.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FrameKind, type FrameKindCode } from "../../model/profile.ts";
import { FlambeauError } from "../../util/errors.ts";

/** Letter of an annotation `_[k]` → kind. `i` is no kind: it says that the frame was inlined. */
const ANNOTATIONS: ReadonlyMap<number, FrameKindCode> = new Map([
  [0x6b, FrameKind.kernel],
  [0x6a, FrameKind.jit],
  [0x77, FrameKind.waker],
  [0x30, FrameKind.interpreted],
  [0x31, FrameKind.c1],
]);
const INLINED = 0x69;

/** Adds what one or several scans of folded stacks found to the builder. */
export function absorb(
  parts: readonly ScanTables[],
  task: ScanTask,
  into: ProfileBuilder,
  notes: Notes,
): void {
  const observations = parts.reduce((sum, part) => sum + part.samples, 0);
  for (const part of parts) noteFaults(part.faults, notes);
  if (observations === 0) {
    throw new FlambeauError("malformed", "no line is a stack with a count", {
      format: "folded",
      line: 1,
      hint: "A folded line is frame;frame;frame COUNT.",
    });
  }
  const twoColumns = task.format === "folded" && task.columns === 2;
  into.meta.format = "folded";
  into.meta.samplesInOrder = true;
  if (twoColumns) {
    const base = into.valueType("samples (base)", "count");
    const head = into.valueType("samples (head)", "count");
    into.meta.differential = { base, head };
    into.meta.defaultValueType = head;
  } else into.valueType("samples", "count");
  for (const part of parts) addPart(part, twoColumns, into, notes);
}

/**
 * Stacks that end in a semicolon (`main;run; 4`, heaptrack writes them) end with the frame before it, as in Perl and
 * so in flamegraph.pl.
 */
function withoutEmptyEnds(part: ScanTables): ScanTables {
  const { nodeSymbol, nodeParent, symbols } = part;
  const count = nodeSymbol.length;
  const { offsets } = symbols;
  const isEmpty = (node: number): boolean =>
    offsets[nodeSymbol[node]!] === offsets[nodeSymbol[node]! + 1] && nodeParent[node] !== 0;
  const needed = new Uint8Array(count);
  let length = 1;
  for (let node = count - 1; node > 0; node--) {
    if (needed[node] === 0 && isEmpty(node)) continue;
    needed[node] = 1;
    needed[nodeParent[node]!] = 1;
    length++;
  }
  // Nothing to do, unless an empty name in the middle of one stack ends another.
  let anyEmpty = length < count;
  for (let node = 1; node < count && !anyEmpty; node++) anyEmpty = isEmpty(node);
  if (!anyEmpty) return part;
  const kept = new Uint32Array(count);
  const end = new Uint32Array(count);
  const symbol = new Uint32Array(length);
  const parent = new Uint32Array(length);
  for (let node = 1, row = 1; node < count; node++) {
    if (needed[node] === 1) {
      symbol[row] = nodeSymbol[node]!;
      parent[row] = kept[nodeParent[node]!]!;
      kept[node] = row++;
    }
    end[node] = isEmpty(node) ? end[nodeParent[node]!]! : kept[node]!;
  }
  const moved = (cells: ScanTables["cells"]): ScanTables["cells"] => ({
    ...cells,
    node: cells.node.map((node) => end[node]!),
  });
  const each = part.each === undefined ? undefined : moved(part.each);
  return { ...part, nodeSymbol: symbol, nodeParent: parent, cells: moved(part.cells), each };
}

function addPart(scanned: ScanTables, twoColumns: boolean, into: ProfileBuilder, notes: Notes): void {
  const part = withoutEmptyEnds(scanned);
  const { frames, distinct } = framesOfSymbols(part, into, notes);
  const length = part.nodeSymbol.length - 1;
  const parent = new Int32Array(length);
  const frame = new Int32Array(length);
  for (let i = 0; i < length; i++) {
    parent[i] = part.nodeParent[i + 1]! - 1;
    frame[i] = frames[part.nodeSymbol[i + 1]!]!;
  }
  const stacks = { length, parent, frame };
  const adopted = distinct && into.adoptStacks(stacks);
  const rows = adopted ? undefined : into.stackBatch(stacks, distinct);
  const { node, a, b } = part.each ?? part.cells;
  const stack = new Int32Array(node.length);
  for (let i = 0; i < node.length; i++) {
    const row = node[i]! - 1;
    stack[i] = row < 0 || rows === undefined ? row : rows[row]!;
  }
  const weights = twoColumns ? [a, b] : [a];
  into.sampleBatch({
    length: node.length,
    stack,
    weights,
    distinct: distinct && part === scanned && part.each === undefined,
  });
}

/** The frame of every symbol; `distinct` where no two symbols are the same frame. */
function framesOfSymbols(
  part: ScanTables,
  into: ProfileBuilder,
  notes: Notes,
): { frames: Int32Array; distinct: boolean } {
  const { bytes, offsets } = part.symbols;
  const count = offsets.length - 1;
  const frames = new Int32Array(count);
  const seen = new Set<number>();
  // Symbol 0 is the empty one; the kernel gives an empty name a number of its own, its plain twin does not.
  const emptyUsed = part.nodeSymbol.indexOf(0, 1) >= 0;
  let unused = emptyUsed ? 0 : 1;
  for (let symbol = unused; symbol < count; symbol++) {
    const start = offsets[symbol]!;
    let end = offsets[symbol + 1]!;
    if (start === end && part.nodeSymbol.indexOf(symbol, 1) < 0) {
      unused++;
      continue;
    }
    let kind: FrameKindCode = FrameKind.unknown;
    let inlined = false;
    // An annotation is the last four bytes: _ [ letter ]
    if (end - start > 4 && bytes[end - 1] === 0x5d && bytes[end - 3] === 0x5b && bytes[end - 4] === 0x5f) {
      const letter = bytes[end - 2]!;
      const annotated = ANNOTATIONS.get(letter);
      if (annotated !== undefined || letter === INLINED) {
        kind = annotated ?? FrameKind.unknown;
        inlined = letter === INLINED;
        end -= 4;
        into.meta.annotated = true;
      }
    }
    if (end === start) notes.add("approximated", "empty-name", "a frame has no name: it is called [empty]");
    const name = end === start ? into.string("[empty]") : into.stringBytes(bytes, start, end);
    frames[symbol] = into.frame({ name, kind, inlined });
    seen.add(frames[symbol]!);
  }
  return { frames, distinct: seen.size === count - unused };
}
