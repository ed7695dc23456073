import type { ProfileBuilder } from "../../model/builder.ts";

/** One frame: ids of the trace's strings, and a line. */
export interface TraceFrame {
  readonly fn: number;
  readonly file: number;
  readonly line: number;
}

/** The stacks and strings of one generation. */
export class StackTable {
  readonly strings: Map<number, string> = new Map();
  /** By id, the leaf first. */
  readonly frames: Map<number, readonly TraceFrame[]> = new Map();
  readonly #rows = new Map<number, number>();
  readonly #into: ProfileBuilder;

  constructor(into: ProfileBuilder) {
    this.#into = into;
  }

  /** The builder's stack; -1 for a stack that is not there. */
  stack(id: number): number {
    let row = this.#rows.get(id);
    if (row === undefined) {
      row = -1;
      for (const frame of [...(this.frames.get(id) ?? [])].reverse())
        row = this.#into.stack(row, this.#frame(frame));
      this.#rows.set(id, row);
    }
    return row;
  }

  /** Name of a stack's outermost function: what a goroutine was started for. */
  rootName(id: number): string | undefined {
    const root = this.frames.get(id)?.at(-1);
    return root === undefined ? undefined : this.strings.get(root.fn);
  }

  #frame({ fn, file, line }: TraceFrame): number {
    const name = this.strings.get(fn) || "[unknown]";
    const into = this.#into;
    return into.frame({
      name: into.string(name),
      file: into.string(this.strings.get(file) ?? ""),
      line: line > 0 && line < 2 ** 31 ? line : 0,
    });
  }
}
