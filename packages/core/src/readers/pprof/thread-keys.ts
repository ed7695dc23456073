import { THREADS_COMMENT } from "../../codec/pprof-schema.ts";
import type { Label, Thread } from "../../model/profile.ts";

/** The keys that the comment names. */
export class ThreadKeys {
  readonly #name: string;
  readonly #tid: string;
  readonly #pid: string;
  readonly #process: string;

  private constructor(keys: readonly string[]) {
    this.#name = keys[0]!;
    this.#tid = keys[1]!;
    this.#pid = keys[2]!;
    this.#process = keys[3]!;
  }

  /** The keys that a comment names, or undefined where it is a comment of another kind. */
  static of(comment: string): ThreadKeys | undefined {
    if (!comment.startsWith(THREADS_COMMENT)) return undefined;
    const keys = comment.slice(THREADS_COMMENT.length).split(",");
    return keys.length === 4 && new Set(keys).size === 4 ? new ThreadKeys(keys) : undefined;
  }

  /** Takes the thread out of a sample's labels. A set without the thread's name belongs to no thread. */
  split(labels: readonly Label[]): { thread: Thread | undefined; labels: readonly Label[] } {
    const thread: { name?: string; tid?: number; pid?: number; process?: string } = {};
    const others: Label[] = [];
    for (const label of labels) {
      const { key, value } = label;
      if (key === this.#name && typeof value === "string" && thread.name === undefined) thread.name = value;
      else if (key === this.#tid && typeof value === "number" && thread.tid === undefined) thread.tid = value;
      else if (key === this.#pid && typeof value === "number" && thread.pid === undefined) thread.pid = value;
      else if (key === this.#process && typeof value === "string" && thread.process === undefined) {
        thread.process = value;
      } else others.push(label);
    }
    const { name } = thread;
    return name === undefined
      ? { thread: undefined, labels }
      : { thread: { ...thread, name }, labels: others };
  }
}
