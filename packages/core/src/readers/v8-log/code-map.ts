import type { V8Code } from "../../codec/v8-code.ts";

/** Code is looked up by pages of this many bytes. */
const PAGE = 1 << 16;
/** No function is longer; a file that says so lies. */
const LARGEST = 1 << 24;

interface Entry {
  readonly start: number;
  readonly end: number;
  readonly code: V8Code;
}

/**
 * Which code lies where, as it changes while the log is replayed: what is created takes the place of what lay there.
 * Modules that are mapped as a whole lie below and never change.
 */
export class CodeMap {
  /** Code of each page by address: none overlaps another. */
  readonly #pages = new Map<number, Entry[]>();
  readonly #modules: Entry[] = [];

  /** False where the size cannot be right: then nothing is added. */
  add(start: number, size: number, code: V8Code): boolean {
    if (!(size > 0 && size <= LARGEST) || !Number.isSafeInteger(start)) return false;
    const entry = { start, end: start + size, code };
    for (let page = Math.floor(start / PAGE); page * PAGE < entry.end; page++) {
      const list = this.#pages.get(page);
      if (list === undefined) this.#pages.set(page, [entry]);
      else {
        // What is created takes the place of what it overlaps.
        const from = firstWhere(list, (other) => other.end > entry.start);
        const to = firstWhere(list, (other) => other.start >= entry.end);
        list.splice(from, to - from, entry);
      }
    }
    return true;
  }

  /** Code moves; false where none begins there. */
  move(from: number, to: number): boolean {
    const entry = this.remove(from);
    return entry !== undefined && this.add(to, entry.end - entry.start, entry.code);
  }

  remove(start: number): Entry | undefined {
    const entry = this.#pages.get(Math.floor(start / PAGE))?.find((one) => one.start === start);
    if (entry === undefined) return undefined;
    for (let page = Math.floor(start / PAGE); page * PAGE < entry.end; page++) {
      const list = this.#pages.get(page)?.filter((one) => one !== entry);
      if (list !== undefined) this.#pages.set(page, list);
    }
    return entry;
  }

  addModule(start: number, end: number, code: V8Code): void {
    if (end > start) this.#modules.push({ start, end, code });
  }

  find(address: number): V8Code | undefined {
    const list = this.#pages.get(Math.floor(address / PAGE));
    if (list !== undefined) {
      const entry = list[firstWhere(list, (one) => one.end > address)];
      if (entry !== undefined && address >= entry.start) return entry.code;
    }
    // Of modules on top of each other the one mapped last counts.
    return this.#modules.findLast((one) => address >= one.start && address < one.end)?.code;
  }
}

/** Place of the first entry of which the test is true, as it is of all behind it; the length where there is none. */
function firstWhere(list: readonly Entry[], test: (entry: Entry) => boolean): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (test(list[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}
