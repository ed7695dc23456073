import { StackInterner } from "../../model/stacks.ts";
import { grown } from "../../util/growable.ts";
import { IN_KERNEL, type Places, RETURNS, SPACE_SHIFT } from "./places.ts";
import type { Task, Tasks } from "./tasks.ts";
import type { Words } from "./words.ts";

/** Entries of a call chain from here up are no addresses but say what follows (`PERF_CONTEXT_MAX`). */
const FIRST_MARKER = 0xfffff001;
/** Markers: kernel, hypervisor and the guest's kernel. Users' are the others. */
const KERNEL_MARKERS = new Set([-128, -32, -2176]);

/**
 * The tree of stacks over places. Stacks come leaf first; what a stack has in common with the thread's stack before
 * is not looked up again.
 */
export class Stacks {
  readonly tree: StackInterner = new StackInterner();
  readonly #places: Places;
  readonly #tasks: Tasks;
  /** Places of the stack that is being read, from the leaf. */
  #chain = new Int32Array(256);
  #length = 0;
  #entry = 0;
  #task!: Task;
  #time = 0;

  constructor(places: Places, tasks: Tasks) {
    this.#places = places;
    this.#tasks = tasks;
  }

  begin(task: Task, time: number): void {
    this.#task = task;
    this.#time = time;
    this.#length = 0;
    this.#entry = 0;
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

  /**
   * The `count` entries of a call chain at `at`: addresses from the leaf, and markers between them. The first address
   * behind a marker is where the thread was; those behind it are where calls return to. The kernel's are taken as
   * they are, because it also lists functions that an interrupt found at their first instruction.
   */
  chain(words: Words, at: number, count: number): void {
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
      this.#push(lower, upper, inKernel, !exact && !inKernel);
      exact = false;
    }
  }

  /** The node of the stack; -1 where it is empty. */
  end(): number {
    const task = this.#task;
    const chain = this.#chain;
    const length = this.#length;
    if (length > task.places.length) {
      task.places = grown(task.places, length);
      task.nodes = grown(task.nodes, length);
    }
    const { places, nodes } = task;
    const most = Math.min(length, task.depth);
    let depth = 0;
    while (depth < most && places[depth] === chain[length - 1 - depth]) depth++;
    let node = depth > 0 ? nodes[depth - 1]! : -1;
    for (; depth < length; depth++) {
      const place = chain[length - 1 - depth]!;
      node = this.tree.add(node, place);
      places[depth] = place;
      nodes[depth] = node;
    }
    task.depth = length;
    return node;
  }

  #push(lower: number, upper: number, inKernel: boolean, returns: boolean): void {
    const space = inKernel ? this.#tasks.kernel : this.#task.space;
    const mode = (space.id << SPACE_SHIFT) | (inKernel ? IN_KERNEL : 0) | (returns ? RETURNS : 0);
    const entry = this.#places.enter(this.#entry, lower, upper, mode, space, this.#time);
    this.#entry = entry;
    if (this.#length >= this.#chain.length) this.#chain = grown(this.#chain, this.#length + 1);
    this.#chain[this.#length++] = this.#places.place(entry);
  }
}
