import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { syncFolder } from "../write/journal-file.ts";
import type { Deletion } from "./delete.ts";

/** Deletions under way, as files: one that a crash interrupts is repeated when the store opens again. */
export class Deletions {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Runs `work` for a deletion that is on disk until it is done. */
  async run<T>(deletion: Deletion, work: (deletion: Deletion) => Promise<T>): Promise<T> {
    await mkdir(this.#folder, { recursive: true });
    const path = join(this.#folder, `${randomUUID()}.json`);
    const file = await open(path, "wx");
    try {
      await file.writeFile(JSON.stringify(deletion));
      await file.sync();
    } finally {
      await file.close();
    }
    await syncFolder(this.#folder);
    const result = await work(deletion);
    await rm(path, { force: true });
    return result;
  }

  /** Repeats what was under way. */
  async repeat(work: (deletion: Deletion) => Promise<unknown>): Promise<number> {
    await mkdir(this.#folder, { recursive: true });
    const names = await readdir(this.#folder);
    for (const name of names) {
      const path = join(this.#folder, name);
      const deletion = parsed(await readFile(path, "utf8"));
      // A file that was cut short was never synced, so nothing had been deleted yet.
      if (deletion !== undefined) await work(deletion);
      await rm(path, { force: true });
    }
    return names.length;
  }
}

function parsed(text: string): Deletion | undefined {
  try {
    return JSON.parse(text) as Deletion;
  } catch {
    return undefined;
  }
}
