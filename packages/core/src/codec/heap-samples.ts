import type { ProfileBuilder } from "../model/builder.ts";

/**
 * What is alive, by stack, as it was looked at again and again: sums over time mean nothing, so that two numbers of each
 * stack are kept: what it held when all together held the most (`peak`), and what it held on average.
 */
export class HeapSamples {
  #current = new Map<number, number>();
  #peak = new Map<number, number>();
  #peakTotal = -1;
  #peakTime = 0;
  readonly #sums = new Map<number, number>();
  #samples = 0;

  /** Samples that held something. */
  get length(): number {
    return this.#samples;
  }

  /** Bytes of one stack in the running sample. */
  add(stack: number, bytes: number): void {
    this.#current.set(stack, (this.#current.get(stack) ?? 0) + bytes);
  }

  /** Ends a sample; `time` is in nanoseconds. Empty ones (profilers write one at the start and at the end) do not count. */
  end(time: number): void {
    const sample = this.#current;
    if (sample.size === 0) return;
    this.#current = new Map();
    this.#samples++;
    let total = 0;
    for (const [stack, bytes] of sample) {
      total += bytes;
      this.#sums.set(stack, (this.#sums.get(stack) ?? 0) + bytes);
    }
    if (total <= this.#peakTotal) return;
    this.#peakTotal = total;
    this.#peakTime = time;
    this.#peak = sample;
  }

  /** Adds a row for each stack; `time` is that of the peak. */
  addTo(into: ProfileBuilder): void {
    if (this.#samples === 0) return;
    const peak = into.valueType("peak", "bytes");
    const average = into.valueType("average", "bytes");
    for (const [stack, sum] of this.#sums) {
      const weights = new Float64Array(into.valueTypes.length);
      weights[peak] = this.#peak.get(stack) ?? 0;
      weights[average] = sum / this.#samples;
      into.sample(stack, weights, { time: this.#peakTime });
    }
  }
}
