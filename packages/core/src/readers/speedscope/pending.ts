import { NumberColumn } from "../../codec/json.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import { StackInterner } from "../../model/stacks.ts";
import { grown } from "../../util/growable.ts";

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

  get length(): number {
    return this.stack.length;
  }

  add(stack: number, at: number, weight: number): void {
    this.stack.push(stack);
    this.at.push(at);
    this.weight.push(weight);
  }

  /** Row of the stack's first `depth + 1` frames, of which `frame` is the last; called root first. */
  descend(depth: number, frame: number, offset: number): number {
    if (depth < this.#pathLength && this.#path[depth] === frame) return this.#rows[depth]!;
    if (frame > this.highestFrame) {
      this.highestFrame = frame;
      this.highestFrameOffset = offset;
    }
    const row = this.stacks.add(depth === 0 ? -1 : this.#rows[depth - 1]!, frame);
    this.#path = grown(this.#path, depth + 1);
    this.#rows = grown(this.#rows, depth + 1);
    this.#path[depth] = frame;
    this.#rows[depth] = row;
    this.#pathLength = depth + 1;
    return row;
  }

  /** Builder's stack row for each of ours; `frames` has the builder's frame row for each index. */
  handOver(builder: ProfileBuilder, frames: Int32Array, unknown: () => number): Int32Array {
    const { length, parent, frame } = this.stacks.columns();
    const renamed = new Int32Array(length);
    for (let row = 0; row < length; row++) {
      const index = frame[row]!;
      renamed[row] = index >= 0 && index < frames.length ? frames[index]! : unknown();
    }
    return builder.stackBatch({ length, parent, frame: renamed }, false);
  }
}
