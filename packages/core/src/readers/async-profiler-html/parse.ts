import { Rectangles } from "../../codec/rectangles.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FrameKind } from "../../model/profile.ts";
import { FRAME_KINDS, INLINED } from "./frame-types.ts";

const TEXT = String.raw`'((?:[^'\\]|\\.)*)'`;
const CALL = /^([fun])\((-?\d[\d,]*)\)$/;
/** async-profiler 2: `f(level,left,width,type,'title')`. */
const OLD_CALL = new RegExp(String.raw`^f\((\d+),(\d+),(\d+),(\d+),${TEXT}`);
const POOL_ENTRY = new RegExp(`^${TEXT},?$`);

/** Runs the calls of the page's script without running the script. */
export class HtmlFlameGraph {
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  readonly #rectangles = new Rectangles();
  #inPool = false;
  #pool: string[] = [];
  #units = "samples";
  #level = 0;
  #left = 0;
  #width = 0;

  constructor(into: ProfileBuilder, notes: Notes) {
    this.#into = into;
    this.#notes = notes;
  }

  line(text: string, line: number): void {
    if (this.#inPool) this.#poolLine(text);
    else if (/^(?:const|let|var) cpool = \[/.test(text)) this.#inPool = !text.includes("]");
    else if (/^[fun]\(/.test(text)) this.#call(text, line);
    else if (/^\s*(?:const|let|var) units = '(\w+)'/.test(text)) this.#units = /'(\w+)'/.exec(text)![1]!;
    else if (/^d=-?\d+/.test(text)) {
      this.#notes.add(
        "skipped",
        "differential",
        "the page compares two profiles: only the newer one was read",
      );
    }
  }

  end(): void {
    if (this.#rectangles.length === 0) return;
    const unit = this.#units === "bytes" ? "bytes" : this.#units === "ns" ? "nanoseconds" : "count";
    const name = unit === "bytes" ? "memory" : unit === "nanoseconds" ? "time" : this.#units;
    const { orphans } = this.#rectangles.addSamples(this.#into, this.#into.valueType(name, unit));
    if (orphans > 0) {
      this.#notes.add(
        "approximated",
        "no-parent",
        "a frame stands on nothing: it was read as a root",
        undefined,
        orphans,
      );
    }
  }

  /** Names share their beginning with the one before: the first character says how many characters, plus 32. */
  #poolLine(text: string): void {
    const match = POOL_ENTRY.exec(text.trim());
    if (match === null) {
      if (text.includes("]")) this.#inPool = false;
      return;
    }
    const entry = unescapeText(match[1]!);
    const before = this.#pool.at(-1);
    if (before === undefined) this.#pool.push(entry);
    else this.#pool.push(before.slice(0, Math.max(0, entry.charCodeAt(0) - 32)) + entry.slice(1));
  }

  /** `f(key,level,left,width)`, `u(key,width)` one level up, `n(key,width)` beside; what is left out stays as it was. */
  #call(text: string, line: number): void {
    const old = OLD_CALL.exec(text);
    if (old !== null) {
      const [level, left, width, type] = old.slice(1, 5).map(Number) as [number, number, number, number];
      this.#add(level, left, width, type, unescapeText(old[5]!));
      return;
    }
    const call = CALL.exec(text.trim());
    const values = call === null ? [] : call[2]!.split(",").map(Number);
    const key = values[0] ?? Number.NaN;
    const name = this.#pool[key >>> 3];
    if (call === null || name === undefined || !values.every(Number.isSafeInteger)) {
      this.#notes.add("skipped", "bad-call", "a frame of the page cannot be read: it was skipped", { line });
      return;
    }
    const [level, left, width] =
      call[1] === "f"
        ? [values[1] ?? 0, values[2] ?? 0, values[3]]
        : call[1] === "u"
          ? [this.#level + 1, 0, values[1]]
          : [this.#level, this.#width, values[1]];
    this.#level = level;
    this.#left += left;
    this.#width = width === undefined || width === 0 ? this.#width : width;
    this.#add(level, this.#left, this.#width, key & 7, name);
  }

  #add(level: number, left: number, width: number, type: number, name: string): void {
    const root = level === 0;
    const frame = root
      ? -1
      : this.#into.frame({
          name: this.#into.string(name === "" ? "[unknown]" : name),
          kind: FRAME_KINDS[type] ?? FrameKind.unknown,
          inlined: type === INLINED,
        });
    this.#rectangles.add(frame, level, left, left + width, width);
  }
}

function unescapeText(text: string): string {
  return text.replace(/\\(.)/g, "$1");
}
