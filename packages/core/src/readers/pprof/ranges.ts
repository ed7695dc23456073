import { grown } from "../../util/growable.ts";

/** A growing list of byte ranges `[start, end)`: where the entries of a table lie in the input. */
export class Ranges {
  length = 0;
  start: Int32Array = new Int32Array(64);
  end: Int32Array = new Int32Array(64);

  add(start: number, end: number): void {
    const row = this.length++;
    if (row >= this.start.length) {
      this.start = grown(this.start, row + 1);
      this.end = grown(this.end, row + 1);
    }
    this.start[row] = start;
    this.end[row] = end;
  }
}
