import type { Label } from "./profile.ts";

/** Interns label sets: the same labels in the same order get the same id. Id 0 is the empty set. */
export class LabelInterner {
  readonly #sets: (readonly Label[])[] = [[]];
  readonly #ids = new Map<string, number>([["[]", 0]]);

  add(labels: readonly Label[]): number {
    const key = JSON.stringify(
      labels.map((label) =>
        typeof label.value === "number"
          ? [label.key, String(label.value), label.unit ?? ""]
          : [label.key, label.value],
      ),
    );
    let id = this.#ids.get(key);
    if (id === undefined) {
      id = this.#sets.push([...labels]) - 1;
      this.#ids.set(key, id);
    }
    return id;
  }

  finish(): (readonly Label[])[] {
    return [...this.#sets];
  }
}
