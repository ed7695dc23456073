import { grown } from "../util/growable.ts";
import type { ProfileBuilder } from "./builder.ts";

/**
 * Adds stacks to a builder frame by frame, root first. What a stack has in common with the one before is not looked up
 * again: neighbours in a file often begin alike.
 */
export class StackPath {
  readonly #into: ProfileBuilder;
  /** Frames and rows of the stack before, overwritten by those of this one. */
  #frames: Int32Array = new Int32Array(256);
  #rows: Int32Array = new Int32Array(256);
  #length = 0;
  #depth = 0;
  #row = -1;
  #isSame = true;

  constructor(into: ProfileBuilder) {
    this.#into = into;
  }

  /** Begins a stack. */
  begin(): void {
    this.#depth = 0;
    this.#row = -1;
    this.#isSame = true;
  }

  /** Goes on to a frame, a row of the builder. */
  add(frame: number): void {
    const depth = this.#depth++;
    if (this.#isSame && depth < this.#length && this.#frames[depth] === frame) {
      this.#row = this.#rows[depth]!;
      return;
    }
    this.#isSame = false;
    if (depth >= this.#frames.length) {
      this.#frames = grown(this.#frames, depth + 1);
      this.#rows = grown(this.#rows, depth + 1);
    }
    this.#row = this.#into.stack(this.#row, frame);
    this.#frames[depth] = frame;
    this.#rows[depth] = this.#row;
  }

  /** Row of the stack; -1 where no frame was added. */
  end(): number {
    this.#length = this.#depth;
    return this.#row;
  }
}
