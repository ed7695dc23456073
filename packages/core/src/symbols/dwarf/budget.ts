/** Work beyond which hostile debug information is not followed: entries that point to the same long lists, say. */
export class Budget {
  #left: number;
  /** True where something was left out. */
  spent = false;

  constructor(steps: number) {
    this.#left = steps;
  }

  /** False when the work is to end. */
  take(steps = 1): boolean {
    this.#left -= steps;
    if (this.#left >= 0) return true;
    this.spent = true;
    return false;
  }
}
