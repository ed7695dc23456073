import type { Notes } from "../../model/notes.ts";
import type { KeyPart, MapEntries } from "./entries.ts";

/** Reads maps as bpftrace prints them as text, line by line. */
export class TextMaps {
  readonly #entries: MapEntries;
  readonly #notes: Notes;
  #map: string | undefined;
  #key: KeyPart[] = [];
  #frames: string[] | undefined;
  #start = 0;

  constructor(entries: MapEntries, notes: Notes) {
    this.#entries = entries;
    this.#notes = notes;
  }

  /** True between `@[` and `]: N`. */
  get inside(): boolean {
    return this.#map !== undefined;
  }

  line(text: string, line: number): void {
    if (this.#map === undefined) this.#outside(text, line);
    else this.#within(text, line);
  }

  end(): void {
    if (this.#map === undefined) return;
    this.#notes.add("truncated", "truncated", "the input ends within a map's entry: it was left out", {
      line: this.#start,
    });
  }

  #outside(text: string, line: number): void {
    const open = /^@(\w*)\[(.*)$/.exec(text);
    if (open === null) {
      if (text.trim() === "" || /^(?:Attach(?:ing|ed) \d+ probe|\^C)/.test(text)) return;
      this.#notes.add("skipped", "no-entry", "a line belongs to no map's entry: it was skipped", { line });
      return;
    }
    const whole = /^(.*)\]: (.*)$/.exec(open[2]!);
    if (whole !== null) {
      this.#entries.add(open[1]!, keyValues(whole[1]!), whole[2]!.trim(), { line });
      return;
    }
    this.#start = line;
    this.#map = open[1]!;
    // What stands before the first stack ends with a comma: the rest of the line is empty, or `bash, `.
    this.#key = keyValues(open[2]!.replace(/, ?$/, ""));
    // `@[, ` is an empty stack with another one behind it.
    if (/^, ?$/.test(open[2]!)) this.#key = [{ frames: [] }];
    this.#frames = undefined;
  }

  #within(text: string, line: number): void {
    const close = /^(?:, ?(.*))?\]: (.*)$/.exec(text);
    if (close !== null) {
      this.#closeStack();
      if (close[1] !== undefined) this.#key.push(...keyValues(close[1]));
      this.#entries.add(this.#map!, this.#key, close[2]!.trim(), { line: this.#start });
      this.#map = undefined;
      return;
    }
    if (text.startsWith(",")) {
      this.#closeStack();
      this.#key.push(...keyValues(text.slice(1).replace(/, ?$/, "")));
      this.#frames = [];
      return;
    }
    if (/^@\w*\[/.test(text)) {
      this.#notes.add("truncated", "entry-cut", "a map's entry has no end: it was left out", {
        line: this.#start,
      });
      this.#map = undefined;
      this.#outside(text, line);
      return;
    }
    const frame = text.trim();
    this.#frames ??= [];
    if (frame !== "") this.#frames.push(frame);
  }

  #closeStack(): void {
    if (this.#frames !== undefined) this.#key.push({ frames: this.#frames });
    this.#frames = undefined;
  }
}

/** The values of a key without stacks: `bash, 12`. */
export function keyValues(text: string): KeyPart[] {
  return text
    .split(/, ?/)
    .map((value) => value.trim())
    .filter((value) => value !== "")
    .map((value) => ({ value }));
}
