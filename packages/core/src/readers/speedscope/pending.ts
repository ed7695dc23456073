import { NumberColumn } from "../../codec/json.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import { StackInterner } from "../../model/stacks.ts";
import { grown } from "../../util/growable.ts";

/** Samples put into the columns at a time. */
const PIECE = 4096;

/** Answer of {@link PendingSamples.stackOf} to what cannot be a stack. */
export const NO_STACK = -2;

/** Any index is good until the number of frames is known; one beyond it is noted then. */
export function isIndex(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < 0x7fffffff;
}

/**
 * Stacks and samples before the frames are known: speedscope's own exporter writes `shared.frames` first, others
 * last. Stacks are a prefix tree over indices into that list; samples wait in columns.
 */
export class PendingSamples {
  readonly stacks: StackInterner = new StackInterner();
  /** Largest index into the frames that was asked for, and where. */
  highestFrame = -1;
  highestFrameOffset = 0;
  /** Stack row, -1 = no frames. */
  readonly stack: NumberColumn = new NumberColumn();
  /** In the profile's own unit. */
  readonly weight: NumberColumn = new NumberColumn();
  /** On the profile's own axis. */
  readonly at: NumberColumn = new NumberColumn();
  /** The stack read last, for its prefix: indices and rows from the root. */
  #path = new Int32Array(64);
  #rows = new Int32Array(64);
  #pathLength = 0;
  /** Samples on their way to the columns. */
  readonly #stackPiece = new Int32Array(PIECE);
  readonly #atPiece = new Float64Array(PIECE);
  readonly #weightPiece = new Float64Array(PIECE);
  #waits = 0;

  get length(): number {
    return this.stack.length + this.#waits;
  }

  add(stack: number, at: number, weight: number): void {
    const row = this.#waits++;
    this.#stackPiece[row] = stack;
    this.#atPiece[row] = at;
    this.#weightPiece[row] = weight;
    if (this.#waits === PIECE) this.complete();
  }

  /** Puts all samples into the columns. */
  complete(): void {
    const rows = this.#waits;
    this.stack.append(this.#stackPiece.subarray(0, rows));
    this.at.appendEvery(this.#atPiece, 0, 1, rows);
    this.weight.appendEvery(this.#weightPiece, 0, 1, rows);
    this.#waits = 0;
  }

  /** Row of the stack of these frames, root first. `offset` is where it stands. {@link NO_STACK} where a number is no index. */
  stackOf(frames: Int32Array | Float64Array, offset: number): number {
    if (!frames.every(isIndex)) return NO_STACK;
    const indices = frames instanceof Int32Array ? frames : Int32Array.from(frames);
    return this.stackBehind(0, indices, 0, indices.length, offset);
  }

  /**
   * The same for the first `shared` frames of the stack before and the frames `[start, start + length)`, all of which are
   * indices. What both have in common is not looked up again.
   */
  stackBehind(shared: number, frames: Int32Array, start: number, length: number, offset: number): number {
    if (shared > this.#pathLength) throw new RangeError(`${shared} frames of ${this.#pathLength}`);
    const whole = shared + length;
    if (whole > this.#path.length) {
      this.#path = grown(this.#path, whole);
      this.#rows = grown(this.#rows, whole);
    }
    const path = this.#path;
    const rows = this.#rows;
    const known = Math.min(whole, this.#pathLength);
    const first = start - shared;
    let depth = shared;
    while (depth < known && path[depth] === frames[first + depth]) depth++;
    let row = depth === 0 ? -1 : rows[depth - 1]!;
    for (; depth < whole; depth++) {
      const frame = frames[first + depth]!;
      if (frame > this.highestFrame) {
        this.highestFrame = frame;
        this.highestFrameOffset = offset;
      }
      row = this.stacks.add(row, frame);
      path[depth] = frame;
      rows[depth] = row;
    }
    this.#pathLength = whole;
    return row;
  }

  /**
   * Builder's stack row for each of ours, undefined where all are the same; `frames` has the builder's frame row for each
   * index. Our table of stacks must not be used afterwards.
   */
  handOver(builder: ProfileBuilder, frames: Int32Array, unknown: () => number): Int32Array | undefined {
    const { length, parent, frame } = this.stacks.columns();
    for (let row = 0; row < length; row++) {
      const index = frame[row]!;
      frame[row] = index >= 0 && index < frames.length ? frames[index]! : unknown();
    }
    const distinct = this.highestFrame < frames.length && areDistinct(frames);
    if (distinct && builder.adoptStacks({ length, parent, frame })) return undefined;
    return builder.stackBatch({ length, parent, frame }, false);
  }
}

function areDistinct(frames: Int32Array): boolean {
  return new Set(frames).size === frames.length;
}
