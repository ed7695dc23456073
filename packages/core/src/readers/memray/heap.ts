import { grown } from "../../util/growable.ts";

/** A mapped range and where it was mapped. */
interface Range {
  readonly start: number;
  readonly end: number;
  readonly place: number;
}

/**
 * Replays allocations: what each place (a thread's stack) has allocated, holds now, and held when all of them together
 * held the most. A place's share of the last peak is taken down when the place changes for the first time after it.
 */
export class Heap {
  /** By place: count and bytes, in turn. */
  allocated: Float64Array = new Float64Array(512);
  held: Float64Array = new Float64Array(512);
  atPeak: Float64Array = new Float64Array(512);
  places = 0;
  /** Frees of what was never seen allocated: most of it from before the recording. */
  unknownFrees = 0;
  #peakOf: Uint32Array = new Uint32Array(256);
  #peak = 0;
  #total = 0;
  #greatest = 0;
  readonly #live = new Map<number, { readonly size: number; readonly place: number }>();
  /** Sorted by start, without overlaps. */
  readonly #ranges: Range[] = [];

  place(): number {
    const place = this.places++;
    if (place >= this.#peakOf.length) {
      this.#peakOf = grown(this.#peakOf, place + 1);
      this.allocated = grown(this.allocated, (place + 1) * 2);
      this.held = grown(this.held, (place + 1) * 2);
      this.atPeak = grown(this.atPeak, (place + 1) * 2);
    }
    return place;
  }

  allocate(address: number, size: number, place: number): void {
    this.allocated[place * 2]!++;
    this.allocated[place * 2 + 1]! += size;
    const known = this.#live.get(address);
    if (known !== undefined) this.#change(known.place, -1, -known.size);
    this.#live.set(address, { size, place });
    this.#change(place, 1, size);
  }

  free(address: number): void {
    const known = this.#live.get(address);
    if (known === undefined) {
      this.unknownFrees++;
      return;
    }
    this.#live.delete(address);
    this.#change(known.place, -1, -known.size);
  }

  map(start: number, size: number, place: number): void {
    this.allocated[place * 2]!++;
    this.allocated[place * 2 + 1]! += size;
    if (size <= 0) return;
    this.#cut(start, start + size);
    this.#ranges.splice(this.#firstEndingAfter(start), 0, { start, end: start + size, place });
    this.#change(place, 1, size);
  }

  unmap(start: number, size: number): void {
    this.#cut(start, start + size);
  }

  /** Sums told by the file itself. */
  add(place: number, peakCount: number, peakSize: number, heldCount: number, heldSize: number): void {
    this.atPeak[place * 2]! += peakCount;
    this.atPeak[place * 2 + 1]! += peakSize;
    this.held[place * 2]! += heldCount;
    this.held[place * 2 + 1]! += heldSize;
  }

  /** The places that did not change since the last peak hold what they held then. */
  finish(): void {
    for (let place = 0; place < this.places; place++) this.#takeDown(place);
  }

  /** Takes the mapped ranges off `[start, end)`; what sticks out stays. */
  #cut(start: number, end: number): void {
    const first = this.#firstEndingAfter(start);
    let last = first;
    const rest: Range[] = [];
    while (last < this.#ranges.length && this.#ranges[last]!.start < end) {
      const range = this.#ranges[last++]!;
      if (range.start < start) rest.push({ ...range, end: start });
      if (range.end > end) rest.push({ ...range, start: end });
      const gone = Math.min(range.end, end) - Math.max(range.start, start);
      const whole = range.start >= start && range.end <= end;
      this.#change(range.place, whole ? -1 : 0, -gone);
    }
    if (last > first) this.#ranges.splice(first, last - first, ...rest);
  }

  #firstEndingAfter(address: number): number {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ranges[middle]!.end <= address) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #change(place: number, count: number, size: number): void {
    this.#takeDown(place);
    this.held[place * 2]! += count;
    this.held[place * 2 + 1]! += size;
    this.#total += size;
    if (this.#total > this.#greatest) {
      this.#greatest = this.#total;
      this.#peak++;
    }
  }

  #takeDown(place: number): void {
    if (this.#peakOf[place] === this.#peak) return;
    this.#peakOf[place] = this.#peak;
    this.atPeak[place * 2] = this.held[place * 2]!;
    this.atPeak[place * 2 + 1] = this.held[place * 2 + 1]!;
  }
}
