import type { ProfileBuilder } from "../../model/builder.ts";

const ROWS = 4096;

/**
 * Samples on their way to the builder, some thousands at a time: a call per sample of the builder's would make an object
 * and a boxed number for each.
 */
export class SampleBuffer {
  readonly #into: ProfileBuilder;
  readonly stack: Int32Array = new Int32Array(ROWS);
  readonly thread: Int32Array = new Int32Array(ROWS);
  readonly labels: Int32Array = new Int32Array(ROWS);
  readonly time: Float64Array = new Float64Array(ROWS);
  /** One column for each of the builder's value types; all zero but for what was set since the last flush. */
  weights: Float64Array[] = [];
  #length = 0;

  constructor(into: ProfileBuilder) {
    this.#into = into;
  }

  /** A row to be filled; its weights are zero. */
  next(): number {
    if (this.#length === ROWS || this.weights.length !== this.#into.valueTypes.length) this.flush();
    return this.#length++;
  }

  /** Hands over what there is, and makes columns for the value types of now. */
  flush(): void {
    const types = this.#into.valueTypes.length;
    const { stack, thread, labels, time } = this;
    if (this.#length > 0) {
      while (this.weights.length < types) this.weights.push(new Float64Array(ROWS));
      const { weights } = this;
      this.#into.sampleBatch({
        length: this.#length,
        stack,
        thread: thread.subarray(0, this.#length).some((row) => row >= 0) ? thread : undefined,
        labels,
        time,
        weights,
        borrowed: true,
      });
      for (const column of weights) column.fill(0, 0, this.#length);
      this.#length = 0;
    }
    while (this.weights.length < types) this.weights.push(new Float64Array(ROWS));
  }
}
