import type { FrameReads, FrameRow, SymbolLine } from "../../store/reads/frames.ts";
import { symbolKey } from "../../store/reads/frames.ts";
import type { TypedSelection } from "../../store/reads/where.ts";
import { IdTable } from "../trees/id-table.ts";
import {
  halvesOf,
  LOST_STACK,
  type PathKind,
  type StackSpace,
  type StoredFrame,
  UNKNOWN_STACK,
} from "../trees/stack-space.ts";

const WANTED = 0;
const DEFINED = 1;

/** Ids without a node, each once. */
export function unknownIds(ids: BigUint64Array, nodes: Int32Array): BigUint64Array {
  const halves = halvesOf(ids);
  const seen = new IdTable();
  const found: number[] = [];
  for (let i = 0; i < ids.length; i++) {
    if (nodes[i] !== UNKNOWN_STACK) continue;
    const known = seen.length;
    seen.set(halves[2 * i]!, halves[2 * i + 1]!, 0);
    if (seen.length > known) found.push(i);
  }
  return BigUint64Array.from(found, (i) => ids[i]!);
}

/** Asks the store for the frames of stacks that a space does not know, and tells the space; their nodes afterwards. */
export async function learn(
  reads: FrameReads,
  space: StackSpace,
  kind: PathKind,
  selection: TypedSelection,
  ids: BigUint64Array,
  unknown: BigUint64Array,
): Promise<Int32Array> {
  const wanted = new IdTable();
  const halves = halvesOf(unknown);
  for (let i = 0; i < halves.length; i += 2) wanted.set(halves[i]!, halves[i + 1]!, WANTED);
  for await (const { stacks, frames } of reads.ofStacks(selection, unknown)) {
    const found = halvesOf(stacks);
    const define = (i: number): boolean => {
      const [low, high] = [found[2 * i]!, found[2 * i + 1]!];
      if (wanted.get(low, high) !== WANTED) return true;
      if (!space.defineStack(kind, low, high, halvesOf(frames[i]!))) return false;
      wanted.set(low, high, DEFINED);
      return true;
    };
    const waiting: number[] = [];
    for (let i = 0; i < frames.length; i++) if (!define(i)) waiting.push(i);
    if (waiting.length === 0) continue;
    await learnFrames(
      reads,
      space,
      selection.tenant,
      waiting.map((i) => frames[i]!),
    );
    for (const i of waiting) define(i);
  }
  for (let i = 0; i < halves.length; i += 2) {
    if (wanted.get(halves[i]!, halves[i + 1]!) !== WANTED) continue;
    // A stack whose frames are gone from the store still weighs: it is shown as what it is.
    space.defineStack(kind, halves[i]!, halves[i + 1]!, lostStack(space));
  }
  return space.nodesOf(kind, ids);
}

/** Tells a space what the frames of stacks are. */
export async function learnFrames(
  reads: FrameReads,
  space: StackSpace,
  tenant: string,
  stacks: readonly BigUint64Array[],
): Promise<void> {
  const asked = new IdTable();
  const wanted: bigint[] = [];
  for (const frames of stacks) {
    const halves = halvesOf(frames);
    for (let i = 0; i < frames.length; i++) {
      const [low, high] = [halves[2 * i]!, halves[2 * i + 1]!];
      if (space.knowsFrame(low, high) || asked.get(low, high) === 0) continue;
      asked.set(low, high, 0);
      wanted.push(frames[i]!);
    }
  }
  if (wanted.length === 0) return;
  const ids = BigUint64Array.from(wanted);
  const found = await reads.frames(tenant, ids);
  const symbols = await reads.symbols(tenant, found);
  for (const row of found) space.defineFrame(row.id, partsOf(row, symbols));
  const halves = halvesOf(ids);
  for (let i = 0; i < ids.length; i++) {
    if (!space.knowsFrame(halves[2 * i]!, halves[2 * i + 1]!))
      space.defineFrame(ids[i]!, [lost("[frame not in the store]")]);
  }
}

/** Id of the frame that stands for a stack which the store has lost. */
const LOST_STACK_ID = 0xffff_ffff_ffff_ffffn;

function lostStack(space: StackSpace): Int32Array {
  const frames = halvesOf(BigUint64Array.of(LOST_STACK_ID));
  if (!space.knowsFrame(frames[0]!, frames[1]!)) space.defineFrame(LOST_STACK_ID, [lost(LOST_STACK)]);
  return frames;
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
