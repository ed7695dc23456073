import { type StackColumns, StackInterner } from "../../model/stacks.ts";
import { grown } from "../../util/growable.ts";
import { IN_KERNEL, type Places, RETURNS, SPACE_SHIFT } from "./places.ts";
import type { LastStack, Task, Tasks } from "./tasks.ts";
import type { Words } from "./words.ts";

const WORD = 2 ** 32;
/** Entries of a call chain from here up are no addresses but say what follows (`PERF_CONTEXT_MAX`). */
const FIRST_MARKER = 0xfffff001;
/** Markers: kernel, hypervisor and the guest's kernel. Users' are the others. */
const KERNEL_MARKERS = new Set([-128, -32, -2176]);

/**
 * The tree of stacks over places. Stacks come leaf first; what a stack has in common with the thread's stack before
 * is not looked up again.
 */
export class Stacks {
  #tree = new StackInterner();
  readonly #places: Places;
  readonly #tasks: Tasks;
  /** The stack that is being read, from the leaf: both halves of each address and how it is to be looked up. */
  #low = new Int32Array(256);
  #high = new Int32Array(256);
  #mode = new Int32Array(256);
  #length = 0;
  /** Places of what this stack does not have in common with the one before. */
  #fresh = new Int32Array(256);
  #task!: Task;
  #time = 0;

  constructor(places: Places, tasks: Tasks) {
    this.#places = places;
    this.#tasks = tasks;
  }

  /** The tree of all stacks, which is the caller's now. */
  take(): StackColumns {
    const columns = this.#tree.columns();
    this.#tree = new StackInterner();
    return columns;
  }

  begin(task: Task, time: number): void {
    this.#task = task;
    this.#time = time;
    this.#length = 0;
  }

  get length(): number {
    return this.#length;
  }

  /** One address. `returns`: it is where a call returns to. */
  address(words: Words, at: number, inKernel: boolean, returns: boolean): void {
    this.#push(
      words.view.getInt32(at + words.low, words.little),
      words.view.getInt32(at + words.high, words.little),
      inKernel,
      returns,
    );
  }

  /** One address of the user's code, as a number. */
  code(address: number): void {
    this.#push((address % WORD) | 0, Math.floor(address / WORD) | 0, false, false);
  }

  /**
   * The `count` entries of a call chain at `at`: addresses from the leaf, and markers between them. The first address
   * behind a marker is where the thread was; those behind it are where calls return to. The kernel's are taken as
   * they are, because it also lists functions that an interrupt found at their first instruction.
   */
  chain(words: Words, at: number, count: number, kernelOnly = false): void {
    const { view, little, low, high } = words;
    let inKernel = false;
    let exact = true;
    for (let entry = at; entry < at + count * 8; entry += 8) {
      const lower = view.getInt32(entry + low, little);
      const upper = view.getInt32(entry + high, little);
      if (upper === -1 && lower >>> 0 >= FIRST_MARKER) {
        inKernel = KERNEL_MARKERS.has(lower);
        exact = true;
        continue;
      }
      if (inKernel || !kernelOnly) this.#push(lower, upper, inKernel, !exact && !inKernel);
      exact = false;
    }
  }

  /** The node of the stack; -1 where it is empty. */
  end(): number {
    const task = this.#task;
    const length = this.#length;
    const last = roomy(task.last, length);
    const common = this.#common(last, length);
    const places = this.#places;
    const { space } = task;
    const { kernel } = this.#tasks;
    const fresh = length - common;
    // An address is found quickest behind the one that it called the last time, so this goes from the leaf.
    for (let i = 0, entry = 0; i < fresh; i++) {
      const mode = this.#mode[i]!;
      const home = (mode & IN_KERNEL) !== 0 ? kernel : space;
      entry = places.enter(entry, this.#low[i]!, this.#high[i]!, mode, home, this.#time);
      this.#fresh[i] = places.place(entry);
    }
    let node = common > 0 ? last.node[common - 1]! : -1;
    for (let depth = common; depth < length; depth++) {
      const i = length - 1 - depth;
      node = this.#tree.add(node, this.#fresh[i]!);
      last.low[depth] = this.#low[i]!;
      last.high[depth] = this.#high[i]!;
      last.mode[depth] = this.#mode[i]!;
      last.node[depth] = node;
    }
    last.depth = length;
    return node;
  }

  /** How many frames from the root are those of the stack before. */
  #common(last: LastStack, length: number): number {
    const most = Math.min(length, last.depth);
    let depth = 0;
    for (let i = length - 1; depth < most; depth++, i--) {
      if (last.low[depth] !== this.#low[i] || last.high[depth] !== this.#high[i]) break;
      if (last.mode[depth] !== this.#mode[i]) break;
    }
    return depth;
  }

  #push(lower: number, upper: number, inKernel: boolean, returns: boolean): void {
    const i = this.#length++;
    if (i >= this.#low.length) {
      this.#low = grown(this.#low, i + 1);
      this.#high = grown(this.#high, i + 1);
      this.#mode = grown(this.#mode, i + 1);
      this.#fresh = grown(this.#fresh, i + 1);
    }
    const { id } = inKernel ? this.#tasks.kernel : this.#task.space;
    this.#low[i] = lower;
    this.#high[i] = upper;
    this.#mode[i] = (id << SPACE_SHIFT) | (inKernel ? IN_KERNEL : 0) | (returns ? RETURNS : 0);
  }
}

/** The same, with room for a stack of this length. */
function roomy(last: LastStack, length: number): LastStack {
  if (length > last.low.length) {
    last.low = grown(last.low, length);
    last.high = grown(last.high, length);
    last.mode = grown(last.mode, length);
    last.node = grown(last.node, length);
  }
  return last;
}
