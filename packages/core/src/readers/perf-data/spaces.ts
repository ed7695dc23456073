/** A range of addresses and what lies there. Ends are exclusive. */
export interface CodeMap {
  readonly start: number;
  readonly end: number;
  /** Offset in the module of what lies at `start`. */
  readonly offset: number;
  /** Row of the recording's modules. */
  readonly module: number;
}

/** Misses that are remembered one by one; beyond, any new map counts as a change. */
const MOST_MISSED = 1024;

/** Ranges that do not overlap, sorted. Never changed once made, so that processes share them. */
type Ranges = readonly CodeMap[];

/**
 * What a process has mapped at the moment: a new map takes the place of whatever it overlaps.
 *
 * New maps are only collected, and worked into the sorted ranges when there are more of them than the root of the
 * ranges' number: a map then costs no more than that, however many there are.
 */
export class AddressSpace {
  /** Unlike that of any space whose maps differ where somebody has looked. */
  id: number;
  #ranges: Ranges;
  #recent: CodeMap[];
  #asked = false;
  /** Addresses that were looked for where nothing was mapped: a map that covers one of them changes the answer. */
  #missed: number[] = [];

  constructor(id: number, parent?: AddressSpace) {
    this.id = id;
    this.#ranges = parent === undefined ? [] : parent.#ranges;
    this.#recent = parent === undefined ? [] : [...parent.#recent];
  }

  /** Adds a map; `newId` is asked for an id where look-ups made before may be wrong now. */
  add(map: CodeMap, newId: () => number): void {
    if (map.end <= map.start) return;
    if (this.#asked && this.#changes(map)) {
      this.id = newId();
      this.#asked = false;
      this.#missed = [];
    }
    this.#recent.push(map);
    if (this.#recent.length > 64 && this.#recent.length ** 2 > this.#ranges.length) this.#settle();
  }

  /** The map that an address is in. */
  find(address: number): CodeMap | undefined {
    this.#asked = true;
    const map = this.#find(address);
    if (map === undefined && this.#missed.length <= MOST_MISSED) this.#missed.push(address);
    return map;
  }

  /** True where a look-up made before may have another answer with this map. */
  #changes({ start, end }: CodeMap): boolean {
    if (this.#missed.length > MOST_MISSED || this.#missed.some((at) => at >= start && at < end)) return true;
    if (this.#recent.some((map) => map.start < end && start < map.end)) return true;
    const before = this.#ranges[this.#below(end - 1)];
    return before !== undefined && before.end > start;
  }

  /** Row of the last range that begins at an address or before it; -1 where there is none. */
  #below(address: number): number {
    let from = 0;
    let to = this.#ranges.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.#ranges[middle]!.start <= address) from = middle + 1;
      else to = middle;
    }
    return from - 1;
  }

  #find(address: number): CodeMap | undefined {
    for (let i = this.#recent.length - 1; i >= 0; i--) {
      const map = this.#recent[i]!;
      if (address >= map.start && address < map.end) return map;
    }
    const map = this.#ranges[this.#below(address)];
    return map !== undefined && address < map.end ? map : undefined;
  }

  #settle(): void {
    let fresh: CodeMap[] = [];
    for (let i = this.#recent.length - 1; i >= 0; i--) fresh = covered(fresh, [this.#recent[i]!]);
    this.#ranges = covered(fresh, this.#ranges);
    this.#recent = [];
  }
}

/** `top`, and of `bottom` what shows between it. Both sorted and without overlap, as is what comes out. */
function covered(top: Ranges, bottom: Ranges): CodeMap[] {
  const result: CodeMap[] = [];
  let next = 0;
  for (const range of bottom) {
    let start = range.start;
    while (next < top.length && top[next]!.end <= start) result.push(top[next++]!);
    while (next < top.length && top[next]!.start < range.end) {
      const cover = top[next]!;
      if (cover.start > start) result.push(part(range, start, cover.start));
      start = Math.max(start, cover.end);
      if (cover.end > range.end) break;
      result.push(cover);
      next++;
    }
    if (start < range.end) result.push(part(range, start, range.end));
  }
  while (next < top.length) result.push(top[next++]!);
  return result;
}

function part(map: CodeMap, start: number, end: number): CodeMap {
  return { start, end, offset: map.offset + (start - map.start), module: map.module };
}
