import type { ProfileBuilder } from "../../model/builder.ts";
import type { Frames } from "./frames.ts";
import type { Header } from "./header.ts";
import { Heap } from "./heap.ts";

/** Kinds of allocating functions: with their names as the file's numbers have them. */
export const Allocator = { allocate: 0, free: 1, map: 2, unmap: 3 } as const;
export type AllocatorKind = (typeof Allocator)[keyof typeof Allocator];

/** By the numbers of version 12 and later (FREE 5, PYMALLOC_FREE 1, MMAP 14, MUNMAP 15). */
export function allocatorKind(number: number): AllocatorKind | undefined {
  if (number < 1 || number > 15) return undefined;
  if (number === 14) return Allocator.map;
  if (number === 15) return Allocator.unmap;
  return number === 1 || number === 5 ? Allocator.free : Allocator.allocate;
}

/** By the numbers before (FREE 2, PYMALLOC_FREE 15, MMAP 10, MUNMAP 11). */
export function oldAllocatorKind(number: number): AllocatorKind | undefined {
  if (number < 1 || number > 15) return undefined;
  if (number === 10) return Allocator.map;
  if (number === 11) return Allocator.unmap;
  return number === 2 || number === 15 ? Allocator.free : Allocator.allocate;
}

interface ThreadStack {
  readonly rows: number[];
  /** Frames pushed, those of memray itself among them. */
  depth: number;
}

/** The threads' stacks as they grow and shrink, and the heap as it is used. */
export class Recording {
  readonly heap: Heap = new Heap();
  readonly frames: Frames;
  readonly #into: ProfileBuilder;
  readonly #header: Header;
  readonly #threads = new Map<number, ThreadStack>();
  readonly #names = new Map<number, string>();
  readonly #places = new Map<string, number>();
  readonly #placeList: { readonly stack: number; readonly thread: number }[] = [];
  #thread = 0;
  #current: ThreadStack | undefined;

  constructor(into: ProfileBuilder, header: Header, frames: Frames) {
    this.#into = into;
    this.#header = header;
    this.frames = frames;
  }

  switchTo(thread: number): void {
    this.#thread = thread;
    let stack = this.#threads.get(thread);
    if (stack === undefined) {
      stack = { rows: [], depth: 0 };
      this.#threads.set(thread, stack);
    }
    this.#current = stack;
  }

  nameThread(name: string): void {
    this.#names.set(this.#thread, name);
  }

  push(frame: number): void {
    const stack = this.#stack();
    stack.depth++;
    const { mainThread, skipped } = this.#header;
    const isOwn = this.#thread === mainThread && stack.depth <= skipped;
    stack.rows.push(isOwn ? -1 : this.#into.stack(stack.rows.at(-1) ?? -1, frame));
  }

  pop(count: number): void {
    const stack = this.#stack();
    for (let i = 0; i < count && stack.rows.length > 0; i++) {
      stack.rows.pop();
      stack.depth--;
    }
  }

  allocation(kind: AllocatorKind, address: number, size: number): void {
    if (kind === Allocator.free) this.heap.free(address);
    else if (kind === Allocator.unmap) this.heap.unmap(address, size);
    else {
      const place = this.place(this.#stack().rows.at(-1) ?? -1, this.#thread);
      if (kind === Allocator.map) this.heap.map(address, size, place);
      else this.heap.allocate(address, size, place);
    }
  }

  /** Where a thread allocates: its stack. */
  place(stack: number, thread: number): number {
    const key = `${stack}/${thread}`;
    let place = this.#places.get(key);
    if (place === undefined) {
      place = this.heap.place();
      this.#places.set(key, place);
      this.#placeList.push({ stack, thread });
    }
    return place;
  }

  #stack(): ThreadStack {
    if (this.#current === undefined) this.switchTo(this.#thread);
    return this.#current!;
  }

  /** Adds what was found; false where nothing was allocated. */
  finish(): boolean {
    const into = this.#into;
    const { heap } = this;
    heap.finish();
    const all = this.#header.isAggregated ? [] : ["alloc"];
    const columns = ["peak", "leaked", ...all].map((name) => [
      into.valueType(`${name}_objects`, "count"),
      into.valueType(`${name}_space`, "bytes"),
    ]);
    const sources = [heap.atPeak, heap.held, heap.allocated];
    into.meta.defaultValueType = columns[0]![1]!;
    const weights = new Float64Array(into.valueTypes.length);
    let found = false;
    this.#placeList.forEach(({ stack, thread }, place) => {
      columns.forEach(([count, size], i) => {
        weights[count!] = sources[i]![place * 2]!;
        weights[size!] = sources[i]![place * 2 + 1]!;
      });
      if (weights.every((weight) => weight === 0)) return;
      found = true;
      into.sample(stack, weights, { thread: this.#row(thread) });
    });
    return found;
  }

  #row(thread: number): number {
    const { mainThread, pid } = this.#header;
    const name = this.#names.get(thread) ?? (thread === mainThread ? "MainThread" : "");
    const tid = Number.isSafeInteger(thread) ? { tid: thread } : {};
    return this.#into.thread({ name, pid, ...tid });
  }
}
