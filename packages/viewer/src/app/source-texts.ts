import { type Signal, signal } from "@preact/signals";

/** Source files that the user gave to the page, found again by the ends of their paths. */
export class SourceTexts {
  /** Counts up when files were added. */
  readonly version: Signal<number> = signal(0);
  readonly #files = new Map<string, { path: string; file: File }[]>();

  /** Adds files with their paths within the folder that they came in. */
  add(files: readonly { readonly path: string; readonly file: File }[]): void {
    for (const { path, file } of files) {
      const name = path.split("/").pop()!.toLowerCase();
      const list = this.#files.get(name) ?? [];
      this.#files.set(name, [...list.filter((known) => known.path !== path), { path, file }]);
    }
    this.version.value++;
  }

  /** The file whose path agrees with `path` in the most parts from its end on. */
  find(path: string): File | undefined {
    const wanted = path.split(/[/\\]/).reverse();
    let best: File | undefined;
    let agreed = 0;
    for (const known of this.#files.get((wanted[0] ?? "").toLowerCase()) ?? []) {
      const parts = known.path.split("/").reverse();
      let same = 0;
      while (same < parts.length && parts[same] === wanted[same]) same++;
      if (same > agreed) [best, agreed] = [known.file, same];
    }
    return best;
  }
}
