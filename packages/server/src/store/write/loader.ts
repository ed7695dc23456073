import { setTimeout as sleep } from "node:timers/promises";
import type { Engine } from "../engine/engine.ts";
import type { Log } from "../log.ts";
import { type JournalFile, removeJournal, setAside } from "./journal-file.ts";
import { loadsOf, STRUCTURE } from "./sections.ts";

const FIRST_WAIT = 250;
const LONGEST_WAIT = 10_000;

/** Engine errors that the same rows would raise for ever: they could not be parsed. */
const UNREADABLE =
  /\b(?:CANNOT_READ_ALL_DATA|CANNOT_PARSE_\w+|INCORRECT_DATA|TOO_LARGE_STRING_SIZE|TOO_LARGE_ARRAY_SIZE)\b/;

/**
 * Takes journal files into the engine, one after the other, and removes them. A file whose load failed or was cut
 * short is loaded again under the same tokens until it succeeds: what went in before is not counted twice.
 */
export class Loader {
  readonly #engine: Engine;
  readonly #log: Log;
  readonly #onLoaded: (file: JournalFile) => void;
  readonly #queue: JournalFile[] = [];
  readonly #stop = new AbortController();
  #idle: Promise<void> = Promise.resolve();
  #running = false;
  #paused = 0;
  #failure: string | undefined;

  constructor(engine: Engine, log: Log, onLoaded: (file: JournalFile) => void) {
    this.#engine = engine;
    this.#log = log;
    this.#onLoaded = onLoaded;
  }

  /** Why the last attempt failed; undefined where it did not. */
  get failure(): string | undefined {
    return this.#failure;
  }

  add(file: JournalFile): void {
    this.#queue.push(file);
    this.#start();
  }

  /** Resolves when nothing is left to load, or nothing more will be because of `stop`. */
  async drained(): Promise<void> {
    while (this.#running) await this.#idle;
  }

  /** Runs `work` while nothing is being loaded; what comes in meanwhile waits in the journal. */
  async paused<T>(work: () => Promise<T>): Promise<T> {
    this.#paused++;
    try {
      await this.#idle;
      return await work();
    } finally {
      this.#paused--;
      this.#start();
    }
  }

  /** Ends after the file being loaded; a file whose load fails stays in the journal. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#idle;
  }

  #start(): void {
    if (this.#running || this.#paused > 0 || this.#queue.length === 0 || this.#stop.signal.aborted) return;
    this.#running = true;
    this.#idle = this.#run().finally(() => {
      this.#running = false;
      this.#start();
    });
  }

  async #run(): Promise<void> {
    for (
      let wait = FIRST_WAIT;
      this.#queue.length > 0 && this.#paused === 0 && !this.#stop.signal.aborted;
    ) {
      const file = this.#queue[0]!;
      try {
        await this.#load(file);
        await removeJournal(file);
        this.#done(file);
        wait = FIRST_WAIT;
      } catch (error) {
        this.#failure = String(error);
        if (UNREADABLE.test(this.#failure)) {
          const path = await setAside(file.path);
          this.#log("error", "set a journal file aside that the engine cannot read", {
            file: path,
            reason: this.#failure,
          });
          this.#done(file);
          continue;
        }
        this.#log("warn", "a journal file could not be loaded; trying again", {
          file: file.path,
          reason: this.#failure,
        });
        await sleep(wait, undefined, { signal: this.#stop.signal }).catch(() => undefined);
        wait = Math.min(wait * 2, LONGEST_WAIT);
      }
    }
  }

  #done(file: JournalFile): void {
    this.#queue.shift();
    this.#failure = undefined;
    this.#onLoaded(file);
  }

  async #load({ path, token, sections }: JournalFile): Promise<void> {
    for (const [i, section] of sections.entries()) {
      const { offset, length, kind } = section;
      await this.#engine.load(
        { path, offset, length, structure: STRUCTURE[kind] },
        loadsOf(section, `${token}-${i}`),
      );
    }
  }
}
