/** A line of a block, as it stands there. */
export interface BlockLine {
  readonly text: string;
  readonly line: number;
}

const COUNT = /^\s*(-?\d{1,19}(?:\.\d{1,19})?)\s*$/;

/**
 * Cuts a text into the blocks of tools that print a stack, one frame a line, and its count below:
 *
 * ```
 *     schedule
 *     do_syscall_64
 *         13
 * ```
 *
 * The count ends a block, not the blank line: some tools print blank lines between two parts of a stack.
 */
export class CountBlocks {
  readonly #onBlock: (lines: readonly BlockLine[], count: number) => void;
  #lines: BlockLine[] = [];

  constructor(onBlock: (lines: readonly BlockLine[], count: number) => void) {
    this.#onBlock = onBlock;
  }

  /** Lines of the block that has no count yet. */
  get pending(): readonly BlockLine[] {
    return this.#lines;
  }

  line(text: string, line: number): void {
    const count = COUNT.exec(text);
    if (count !== null) {
      this.#onBlock(this.#lines, Number(count[1]));
      this.#lines = [];
    } else if (text.trim() !== "") this.#lines.push({ text, line });
  }

  /** Forgets the block that is open, and returns its lines. */
  drop(): readonly BlockLine[] {
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }
}
