import { FrameRows } from "./frame-rows.ts";
import { KeyTable } from "./keys.ts";
import { SeenFrames } from "./seen-frames.ts";

/** What is known of a chunk's stacks of one type. */
export class StackTables {
  /** Per trace: twice its row + 1, and 1 where it was cut. */
  readonly rows: KeyTable = new KeyTable(1 << 16);
  /** Names of methods with their class: string ids. */
  readonly names: KeyTable = new KeyTable();
  readonly seen: SeenFrames = new SeenFrames();
  readonly frames: FrameRows = new FrameRows();

  clear(): void {
    this.rows.clear();
    this.names.clear();
    this.seen.clear();
    this.frames.clear();
  }
}

/** Tables that are filled anew for each chunk of a recording: emptying them is quicker than growing new ones. */
export class Tables {
  readonly #pools = new Map<number, KeyTable>();
  readonly #stacks = new Map<number, StackTables>();

  /** Empties all: what they held is of another chunk. */
  clear(): void {
    for (const pool of this.#pools.values()) pool.clear();
    for (const stacks of this.#stacks.values()) stacks.clear();
  }

  /** The constants of a type: key → position of the value; undefined where none were read yet. */
  pool(type: number): KeyTable | undefined {
    return this.#pools.get(type);
  }

  /** The same, made where it is missing. */
  openPool(type: number): KeyTable {
    let pool = this.#pools.get(type);
    if (pool === undefined) {
      pool = new KeyTable();
      this.#pools.set(type, pool);
    }
    return pool;
  }

  /** `type`: of stack traces. */
  stacks(type: number): StackTables {
    let stacks = this.#stacks.get(type);
    if (stacks === undefined) {
      stacks = new StackTables();
      this.#stacks.set(type, stacks);
    }
    return stacks;
  }
}
