import type { Stacks } from "./frames.ts";
import type { SampleKind, Samples } from "./samples.ts";

interface Open {
  readonly time: number;
  readonly name: string;
  readonly thread: number;
}

/** More than these are open at once only where their ends are not in the trace. */
const MOST_OPEN = 1 << 20;

/**
 * Things that go on beside the threads (asynchronous slices): they overlap freely, so that each is a stack of its own,
 * of one frame.
 */
export class Slices {
  readonly #samples: Samples;
  readonly #stacks: Stacks;
  readonly #kind: () => SampleKind;
  readonly #open = new Map<string, Open>();
  /** Ends of which no beginning was seen. */
  unopened = 0;

  constructor(samples: Samples, stacks: Stacks, kind: () => SampleKind) {
    this.#samples = samples;
    this.#stacks = stacks;
    this.#kind = kind;
  }

  /** Beginnings of which no end was seen: how long they take is not known. */
  get unclosed(): number {
    return this.#open.size;
  }

  begin(key: string, time: number, name: string, thread: number): void {
    if (this.#open.size < MOST_OPEN) this.#open.set(key, { time, name, thread });
  }

  end(key: string, time: number): void {
    const open = this.#open.get(key);
    if (open === undefined || time < open.time) {
      this.unopened++;
      return;
    }
    this.#open.delete(key);
    const frame = { name: open.name, module: undefined, address: 0, file: "", line: 0, kind: 0 } as const;
    this.#samples.add(this.#kind(), this.#stacks.add(-1, frame), open.thread, open.time, time - open.time);
  }
}
