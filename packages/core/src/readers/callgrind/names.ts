/**
 * Names of one kind (objects, files or functions) with the format's compression: `(7) main` names number 7, `(7)` alone
 * is that name again.
 */
export class Names {
  readonly #known = new Map<string, string>();

  resolve(text: string): string {
    const match = /^\((\d+)\)(?:\s+(.*))?$/.exec(text.trim());
    if (match === null) return text.trim();
    const [, id, name] = match;
    if (name === undefined || name === "") return this.#known.get(id!) ?? `(${id})`;
    this.#known.set(id!, name);
    return name;
  }
}
