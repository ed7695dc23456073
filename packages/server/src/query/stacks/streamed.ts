import type { StackFrames } from "../../store/reads/frames.ts";
import type { StoreReads } from "../../store/reads/reads.ts";
import type { StackSums } from "../../store/reads/stacks.ts";
import type { TypedSelection } from "../../store/reads/where.ts";
import { DepthRounds } from "../trees/depth-rounds.ts";
import { ABSENT, IdTable } from "../trees/id-table.ts";
import { halvesOf, placesOf, StackSpace } from "../trees/stack-space.ts";
import { learnFrames } from "./learn.ts";

/** Stacks that are read together, about 500 bytes each; as many are read ahead. */
const STACKS_AT_ONCE = 50_000;

/** One side of a tree whose stacks do not fit into memory. */
export interface StreamedSide {
  readonly selection: TypedSelection;
  readonly sums: (selection: TypedSelection) => Promise<StackSums>;
  /** Only stacks whose outermost functions have these names. */
  readonly callSite: readonly string[];
}

/** What the rounds have found, and the space that knows its names. */
export interface Streamed {
  readonly rounds: DepthRounds;
  readonly space: StackSpace;
}

/**
 * Merges stacks that do not fit into memory: service by service, large services in slices, and again for each round of
 * {@link DepthRounds}. Exact, in bounded memory (but for the names of all functions), and slow.
 */
export async function streamed(
  reads: StoreReads,
  sides: readonly [StreamedSide] | readonly [StreamedSide, StreamedSide],
  nodes: number,
  bytes: number,
): Promise<Streamed> {
  const space = new StackSpace();
  const rounds = new DepthRounds(nodes, bytes, sides.length);
  do {
    for (const [i, side] of sides.entries()) {
      for await (const part of partsOf(reads, side)) {
        await addPart(reads, space, side.selection.tenant, part, (names, value) => {
          if (startsWith(space, names, side.callSite)) rounds.add(names, i === 0 ? 0 : 1, value);
        });
      }
    }
  } while (rounds.endRound());
  return { rounds, space };
}

/** Stacks with their weights, and frames of these and of others. */
interface Part {
  readonly sums: StackSums;
  readonly found: StackFrames;
}

/** A selection in parts of bounded size; the next one is read while a part is worked on. */
async function* partsOf(reads: StoreReads, side: StreamedSide): AsyncGenerator<Part> {
  let ahead: Promise<Part | undefined> | undefined;
  for (const selection of await selectionsOf(reads, side.selection)) {
    const next = read(reads, side, selection);
    // Whoever stops reading does not wait for it.
    next.catch(() => undefined);
    const part = await ahead;
    if (part !== undefined) yield part;
    ahead = next;
  }
  const last = await ahead;
  if (last !== undefined) yield last;
}

async function read(
  reads: StoreReads,
  side: StreamedSide,
  selection: TypedSelection,
): Promise<Part | undefined> {
  const sums = await side.sums(selection);
  return sums.stacks.length === 0 ? undefined : { sums, found: await reads.frames.ofPart(selection) };
}

/** A selection in parts of bounded size. */
async function selectionsOf(reads: StoreReads, selection: TypedSelection): Promise<TypedSelection[]> {
  const parts: TypedSelection[] = [];
  for (const { services, stacks } of await reads.frames.serviceGroups(selection, STACKS_AT_ONCE)) {
    const of = Math.max(1, Math.ceil(stacks / STACKS_AT_ONCE));
    for (let index = 0; index < of; index++) parts.push({ ...selection, services, slice: { index, of } });
  }
  return parts;
}

async function addPart(
  reads: StoreReads,
  space: StackSpace,
  tenant: string,
  { sums, found }: Part,
  add: (names: readonly number[], value: number) => void,
): Promise<void> {
  const weights = new IdTable();
  const values: number[] = [];
  const ids = halvesOf(sums.stacks);
  for (let i = 0; i < sums.stacks.length; i++) {
    const [low, high] = [ids[2 * i]!, ids[2 * i + 1]!];
    const at = weights.get(low, high);
    if (at >= 0) {
      values[at]! += sums.values[i]!;
      continue;
    }
    weights.set(low, high, values.push(sums.values[i]!) - 1);
  }
  const halves = halvesOf(found.stacks);
  const rows = placesOf(weights.valuesOf(halves, ABSENT), (place) => place >= 0);
  const numbers = await learnFrames(reads.frames, space, tenant, found, rows);
  for (const row of rows) {
    const at = weights.get(halves[2 * row]!, halves[2 * row + 1]!);
    if (at < 0) continue;
    // Whatever is added once is not added again.
    weights.set(halves[2 * row]!, halves[2 * row + 1]!, -1);
    const from = row === 0 ? 0 : found.ends[row - 1]!;
    add(space.labelsOf("names", numbers, from, found.ends[row]!), values[at]!);
    values[at] = 0;
  }
  const lost = values.reduce((sum, value) => sum + value, 0);
  if (lost > 0) add(space.lostLabels(), lost);
}

function startsWith(space: StackSpace, names: readonly number[], wanted: readonly string[]): boolean {
  return wanted.every((text, i) => i < names.length && space.names.text(names[i]!) === text);
}
