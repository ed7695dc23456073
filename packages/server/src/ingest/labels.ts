import { Refusal } from "../refusal.ts";
import { cleanName } from "../store/label-name.ts";
import type { Label } from "../store/store.ts";

/** Bounds on what a series may be called. */
export interface LabelLimits {
  readonly labelsPerSeries: number;
  /** Characters. */
  readonly labelName: number;
  /** Characters. */
  readonly labelValue: number;
}

/** Names that clients write, before dots and dashes are made underscores. */
export const NAME_TEXT: RegExp = /^[A-Za-z_.][A-Za-z0-9_.-]*$/;

/** Derived per value type, or of no meaning to who reads profiles; never part of a series. */
const INTERNAL = /^__/;

/**
 * The labels of a series from those that clients send, first writer wins: internal ones (`__session_id__` and the
 * like) are left out, empty values too, because a label without a value is no label.
 */
export class LabelSet {
  readonly #labels = new Map<string, string>();

  constructor(from?: LabelSet) {
    if (from !== undefined) for (const [name, value] of from.#labels) this.#labels.set(name, value);
  }

  /** Adds a label unless there is one of that name. */
  add(name: string, value: string): void {
    const clean = cleanName(name);
    if (value === "" || clean === "" || INTERNAL.test(clean) || this.#labels.has(clean)) return;
    this.#labels.set(clean, value);
  }

  get(name: string): string | undefined {
    return this.#labels.get(name);
  }

  /**
   * Sorted by name.
   * @throws Refusal 422 where a bound is exceeded
   */
  finish(limits: LabelLimits): Label[] {
    const { labelsPerSeries, labelName, labelValue } = limits;
    if (this.#labels.size > labelsPerSeries) {
      throw tooMuch(`a series has ${this.#labels.size} labels; at most ${labelsPerSeries} are allowed`);
    }
    const labels: Label[] = [];
    for (const [name, value] of this.#labels) {
      const shown = JSON.stringify(name.slice(0, 60));
      if (name.length > labelName) {
        throw tooMuch(
          `the label name ${shown}… has ${name.length} characters; at most ${labelName} are allowed`,
        );
      }
      if (value.length > labelValue) {
        throw tooMuch(
          `the value of label ${shown} has ${value.length} characters; at most ${labelValue} are allowed`,
        );
      }
      labels.push({ name, value });
    }
    return labels.sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}

/** One text for a label set, the same for equal sets only. */
export function labelsKey(labels: readonly Label[]): string {
  return JSON.stringify(labels.map(({ name, value }) => [name, value]));
}

function tooMuch(message: string): Refusal {
  return new Refusal(422, "label-limit", message);
}
