import type { FrameReads, FrameRow, StackFrames, SymbolLine } from "../../store/reads/frames.ts";
import { symbolKey } from "../../store/reads/frames.ts";
import type { TypedSelection } from "../../store/reads/where.ts";
import { ABSENT, IdTable } from "../trees/id-table.ts";
import {
  halvesOf,
  LOST_STACK,
  type PathKind,
  type StackSpace,
  type StoredFrame,
  UNKNOWN_STACK,
} from "../trees/stack-space.ts";

/** Of long lists, one id in so many is looked at: ids are hashes. */
const SAMPLED = 16;
const LONG = 100_000;

/** How many ids have no node, each counted once; of long lists within some hundredths. */
export function countUnknown(ids: BigUint64Array, nodes: Int32Array): number {
  const halves = halvesOf(ids);
  const every = ids.length > LONG ? SAMPLED : 1;
  const seen = new IdTable();
  for (let i = 0; i < ids.length; i++) {
    const high = halves[2 * i + 1]!;
    if (nodes[i] === UNKNOWN_STACK && (high & (every - 1)) === 0) seen.set(halves[2 * i]!, high, 0);
  }
  return seen.length * every;
}

/** Asks the store for the frames of stacks that a space does not know, and tells the space; their nodes afterwards. */
export async function learn(
  reads: FrameReads,
  space: StackSpace,
  kind: PathKind,
  selection: TypedSelection,
  ids: BigUint64Array,
  nodes: Int32Array,
): Promise<Int32Array> {
  const claimed = space.claim(kind, ids, nodes);
  let before: Chunk | undefined;
  for await (const found of reads.ofStacks(selection, claimed)) {
    const rows = space.wanted(kind, found.stacks);
    const learnt = learnFrames(reads, space, selection.tenant, found, rows);
    // The engine looks frames up while the stacks before are laid down.
    if (before !== undefined) defineStacks(space, kind, before);
    before = { found, rows, numbers: await learnt };
  }
  if (before !== undefined) defineStacks(space, kind, before);
  const halves = halvesOf(claimed);
  for (const i of space.wanted(kind, claimed)) {
    // A stack whose frames are gone from the store still weighs: it is shown as what it is.
    space.defineStack(kind, halves[2 * i]!, halves[2 * i + 1]!, lostStack(space), 0, 1);
  }
  return space.nodesOf(kind, ids);
}

/** Stacks whose frames a space knows. */
interface Chunk {
  readonly found: StackFrames;
  readonly rows: Int32Array;
  readonly numbers: Int32Array;
}

function defineStacks(space: StackSpace, kind: PathKind, { found, rows, numbers }: Chunk): void {
  const halves = halvesOf(found.stacks);
  for (const row of rows) {
    const from = row === 0 ? 0 : found.ends[row - 1]!;
    space.defineStack(kind, halves[2 * row]!, halves[2 * row + 1]!, numbers, from, found.ends[row]!);
  }
}

/**
 * Tells a space what the frames of stacks are. Their numbers, at the places where their ids stand; stacks in other rows
 * than the given ones are left out.
 */
export async function learnFrames(
  reads: FrameReads,
  space: StackSpace,
  tenant: string,
  { frames, ends }: StackFrames,
  rows: Int32Array,
): Promise<Int32Array> {
  const halves = halvesOf(frames);
  const numbers = new Int32Array(frames.length);
  /** Numbers of the frames that were met: few beside all that the space knows, so that they stay close by. */
  const local = new IdTable();
  /** Number and place of each frame that is not known. */
  const unknown = new Map<number, number>();
  for (const row of rows) {
    for (let at = row === 0 ? 0 : ends[row - 1]!; at < ends[row]!; at++) {
      const [low, high] = [halves[2 * at]!, halves[2 * at + 1]!];
      const seen = local.get(low, high);
      if (seen !== ABSENT) {
        numbers[at] = seen;
        continue;
      }
      const number = space.frameNumber(low, high);
      local.set(low, high, number);
      numbers[at] = number;
      if (!space.knowsFrame(number)) unknown.set(number, at);
    }
  }
  if (unknown.size === 0) return numbers;
  const found = await reads.frames(
    tenant,
    BigUint64Array.from(unknown.values(), (at) => frames[at]!),
  );
  const symbols = await reads.symbols(tenant, found);
  for (const row of found) space.defineFrame(space.numberOfFrame(row.id), partsOf(row, symbols));
  for (const number of unknown.keys()) space.defineFrame(number, [lost("[frame not in the store]")]);
  return numbers;
}

/** Id of the frame that stands for a stack which the store has lost. */
const LOST_STACK_ID = 0xffff_ffff_ffff_ffffn;

function lostStack(space: StackSpace): Int32Array {
  const number = space.numberOfFrame(LOST_STACK_ID);
  space.defineFrame(number, [lost(LOST_STACK)]);
  return Int32Array.of(number);
}

function lost(name: string): StoredFrame {
  return {
    name,
    file: "",
    line: 0,
    column: 0,
    mapping: "",
    buildId: "",
    address: 0n,
    kind: 0,
    inlined: false,
  };
}

/** A stored frame, or the functions that late symbols tell of at its address, outermost first. */
function partsOf(row: FrameRow, symbols: ReadonlyMap<string, readonly SymbolLine[]>): StoredFrame[] {
  const base: StoredFrame = { ...row, kind: row.kind as StoredFrame["kind"] };
  const lines = row.name === "" ? symbols.get(symbolKey(row.buildId, row.address)) : undefined;
  if (lines === undefined || lines.length === 0) return [base];
  return lines.map((line, i) => ({ ...base, ...line, inlined: i < lines.length - 1 })).reverse();
}
