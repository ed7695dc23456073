import { writeSync } from "node:fs";
import { isatty } from "node:tty";
import { grouped, humanBytes } from "@flambeau/core";

/** Shown only when the work takes longer than this, in milliseconds. */
const PATIENCE = 500;
const INTERVAL = 100;
const BAR = 30;

/** How far a piece of work is. */
export interface Progress {
  /** `total` undefined: nobody knows how much there is. */
  update(done: number, total: number | undefined): void;
  /** Takes the bar off the terminal. */
  end(): void;
}

const silent: Progress = { update() {}, end() {} };

/** A bar on the terminal's stderr; nothing at all where stderr is no terminal. */
export function startProgress(what: string): Progress {
  return isatty(2) ? new Bar(what) : silent;
}

class Bar implements Progress {
  readonly #what: string;
  readonly #start = performance.now();
  #next = this.#start + PATIENCE;
  #shown = false;

  constructor(what: string) {
    this.#what = what;
  }

  update(done: number, total: number | undefined): void {
    const now = performance.now();
    if (now < this.#next) return;
    this.#next = now + INTERVAL;
    this.#shown = true;
    const rate = done / ((now - this.#start) / 1000);
    const speed = `${humanBytes(done)}  ${humanBytes(rate)}/s`;
    this.#draw(`${this.#what} ${total === undefined ? speed : `${this.#bar(done, total, rate)}  ${speed}`}`);
  }

  #bar(done: number, total: number, rate: number): string {
    const part = total > 0 ? Math.min(1, done / total) : 1;
    const full = Math.round(part * BAR);
    const left = rate > 0 ? `  ${grouped(Math.ceil((total - done) / rate))} s left` : "";
    const percent = `${Math.floor(part * 100)}%`.padStart(4);
    return `[${"#".repeat(full)}${"-".repeat(BAR - full)}]${percent}${left}`;
  }

  end(): void {
    if (this.#shown) this.#draw("");
    this.#shown = false;
  }

  /** Overwrites the line; the width is cut so that it never wraps. */
  #draw(text: string): void {
    const width = (process.stderr.columns || 80) - 1;
    try {
      writeSync(2, `\r\x1b[2K${text.slice(0, width)}`);
    } catch {
      // A terminal that has gone away is no reason to stop the work.
    }
  }
}
