import type { Label } from "./profile.ts";

/**
 * Small numbers for texts, so that keys made of several texts stay short however long the texts are (an input
 * may name one long text a million times).
 */
export class TextIds {
  readonly #ids = new Map<string, number>();

  id(text: string): number {
    let id = this.#ids.get(text);
    if (id === undefined) {
      id = this.#ids.size;
      this.#ids.set(text, id);
    }
    return id;
  }
}

/** Interns label sets: the same labels in the same order get the same id. Id 0 is the empty set. */
export class LabelInterner {
  readonly #sets: (readonly Label[])[] = [[]];
  readonly #ids = new Map<string, number>([["", 0]]);
  readonly #texts = new TextIds();

  add(labels: readonly Label[]): number {
    let key = "";
    for (const label of labels) key += this.#keyOf(label);
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

  /** `3=7;` for a text, `3#4096,8;` for a number with its unit. */
  #keyOf({ key, value, unit }: Label): string {
    const name = this.#texts.id(key);
    if (typeof value === "string") return `${name}=${this.#texts.id(value)};`;
    return `${name}#${value},${this.#texts.id(unit ?? "")};`;
  }
}
