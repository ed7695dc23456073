import { setTimeout as sleep } from "node:timers/promises";
import type { Engine } from "../engine/engine.ts";
import type { Log } from "../log.ts";
import { type JournalFile, setAside } from "./journal-file.ts";
import { firstGroup, fixGroup, type LoadGroup, leftGroups, removeGroup } from "./load-group.ts";
import { loadsOf, STRUCTURE } from "./sections.ts";

const FIRST_WAIT = 250;
const LONGEST_WAIT = 10_000;

/** Rows of samples that make a good load by themselves. */
const ENOUGH = 400_000;

/** When the next load begins, while nobody waits for it. */
export interface Pace {
  /**
   * Milliseconds from the start of one load to that of the next: a load costs the engine some hundred small files (nine
   * tables and views), and merging them, however few rows it brings.
   */
  readonly interval: number;
  /** Bytes of the journal that make a good load by themselves: it must not come near its bound for waiting. */
  readonly bytes: number;
}

/** Engine errors that the same rows would raise for ever: they could not be parsed. */
const UNREADABLE =
  /\b(?:CANNOT_READ_ALL_DATA|CANNOT_PARSE_\w+|INCORRECT_DATA|TOO_LARGE_STRING_SIZE|TOO_LARGE_ARRAY_SIZE)\b/;

/**
 * Takes journal files into the engine, as many at a time as wait, and removes them. A file whose load failed or was cut
 * short is loaded again under the same tokens until it succeeds: what went in before is not counted twice.
 */
export class Loader {
  readonly #engine: Engine;
  readonly #log: Log;
  readonly #onLoaded: (file: JournalFile) => void;
  readonly #onLost: () => void;
  readonly #folder: string;
  readonly #pace: Pace;
  readonly #queue: JournalFile[] = [];
  /** Groups that are to be loaded as they are. */
  #fixed: LoadGroup[] = [];
  readonly #stop = new AbortController();
  #idle: Promise<void> = Promise.resolve();
  #running = false;
  #paused = 0;
  #failure: string | undefined;
  /** When the next load may begin, by `performance.now()`. */
  #due = 0;
  /** How many wait for everything to be loaded. */
  #hurried = 0;
  #hurry: (() => void) | undefined;

  /**
   * @param folder where the journal files are
   * @param onLoaded called for each file that is done with
   * @param onLost called when a file had to be set aside
   */
  constructor(
    engine: Engine,
    folder: string,
    pace: Pace,
    log: Log,
    onLoaded: (file: JournalFile) => void,
    onLost: () => void,
  ) {
    this.#onLost = onLost;
    this.#engine = engine;
    this.#folder = folder;
    this.#pace = pace;
    this.#log = log;
    this.#onLoaded = onLoaded;
  }

  /** Why the last attempt failed; undefined where it did not. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Takes over what an earlier process left. */
  async replay(files: readonly JournalFile[]): Promise<void> {
    const left = await leftGroups(files, this.#folder);
    for (const name of left.broken) {
      this.#log("error", "journal files of a group are missing; the others may count twice", { file: name });
    }
    for (const file of files) if (!left.files.includes(file)) this.#onLoaded(file);
    this.#queue.push(...left.files);
    this.#fixed = left.groups;
    // The first one may have been loaded in part, alone, under its own token: it must not become part of a group.
    const [first] = left.files;
    if (first !== undefined && left.groups.length === 0)
      this.#fixed.push(await fixGroup([first], this.#folder));
    this.#start();
  }

  add(file: JournalFile): void {
    this.#queue.push(file);
    if (this.#enough) this.#hurry?.();
    this.#start();
  }

  /** Resolves when nothing is left to load, or nothing more will be because of `stop`. */
  async drained(): Promise<void> {
    await this.#hurrying(async () => {
      while (this.#running) await this.#idle;
    });
  }

  /** Resolves when nothing is left to load, or when loading has failed once. */
  async settled(): Promise<void> {
    await this.#hurrying(async () => {
      while (this.#running && this.#failure === undefined) await Promise.race([this.#idle, sleep(20)]);
    });
  }

  /** Runs `work` while nothing is being loaded; what comes in meanwhile waits in the journal. */
  async paused<T>(work: () => Promise<T>): Promise<T> {
    this.#paused++;
    this.#hurry?.();
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
    this.#hurry?.();
    await this.#idle;
  }

  async #hurrying(wait: () => Promise<void>): Promise<void> {
    this.#hurried++;
    this.#hurry?.();
    try {
      await wait();
    } finally {
      this.#hurried--;
    }
  }

  get #enough(): boolean {
    let samples = 0;
    let bytes = 0;
    for (const file of this.#queue) {
      samples += file.samples;
      bytes += file.bytes;
    }
    return samples >= ENOUGH || bytes >= this.#pace.bytes;
  }

  /** Resolves when the next load is due, or wanted. */
  async #untilDue(): Promise<void> {
    const wait = this.#due - performance.now();
    if (wait > 0 && this.#hurried === 0 && !this.#enough) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, wait);
        this.#hurry = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#hurry = undefined;
    }
    this.#due = performance.now() + this.#pace.interval;
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
      await this.#untilDue();
      if (this.#paused > 0 || this.#stop.signal.aborted) break;
      try {
        const group = this.#fixed[0] ?? (await fixGroup(firstGroup(this.#queue), this.#folder));
        // From here on these files go together, however often it takes.
        if (this.#fixed.length === 0) this.#fixed.push(group);
        await this.#load(group);
        await this.#done(group);
        wait = FIRST_WAIT;
      } catch (error) {
        this.#failure = String(error);
        if (await this.#setAsideUnreadable()) continue;
        this.#log("warn", "the journal cannot be loaded; trying again", { reason: this.#failure });
        await sleep(wait, undefined, { signal: this.#stop.signal }).catch(() => undefined);
        wait = Math.min(wait * 2, LONGEST_WAIT);
      }
    }
  }

  async #done(group: LoadGroup): Promise<void> {
    await removeGroup(group);
    this.#fixed.shift();
    this.#failure = undefined;
    for (const file of group.files) {
      this.#queue.splice(this.#queue.indexOf(file), 1);
      this.#onLoaded(file);
    }
  }

  /** Takes the first group out of the way where the engine cannot parse it: it would block everything behind it. */
  async #setAsideUnreadable(): Promise<boolean> {
    const group = this.#fixed[0];
    if (group === undefined || !UNREADABLE.test(this.#failure ?? "")) return false;
    for (const { path } of group.files) {
      const file = await setAside(path);
      this.#log("error", "set a journal file aside that the engine cannot read", {
        file,
        reason: this.#failure,
      });
    }
    this.#onLost();
    await this.#done(group);
    return true;
  }

  async #load({ token, sections }: LoadGroup): Promise<void> {
    for (const [i, section] of sections.entries()) {
      const rows = { stretches: section.stretches, structure: STRUCTURE[section.kind] };
      await this.#engine.load(rows, loadsOf(section, `${token}-${i}`));
    }
  }
}
