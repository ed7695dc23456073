import { Rectangles } from "../../codec/rectangles.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FrameKind } from "../../model/profile.ts";
import { grown } from "../../util/growable.ts";
import { FRAME_KINDS, INLINED } from "./frame-types.ts";

/** A call has at most seven numbers. */
const MOST_VALUES = 8;
const F = 0x66;
const N = 0x6e;
const U = 0x75;
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
  /** Per key of a call (a name and a type): row of the frame + 1. */
  #frames: Int32Array = new Int32Array(0);
  /** The numbers of the call being read. */
  readonly #values = new Float64Array(MOST_VALUES);
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
    else if (this.#shortCall(text)) return;
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
    this.#place(level, left, width);
    this.#add(level, this.#left, this.#width, key & 7, name);
  }

  #place(level: number, left: number, width: number | undefined): void {
    this.#level = level;
    this.#left += left;
    this.#width = width === undefined || width === 0 ? this.#width : width;
  }

  /** The same for nearly all calls: `f`, `u` or `n` and small numbers; false, with nothing done, for any other. */
  #shortCall(text: string): boolean {
    const kind = text.charCodeAt(0);
    if ((kind !== F && kind !== U && kind !== N) || text.charCodeAt(1) !== 40) return false;
    const count = this.#readValues(text);
    const values = this.#values;
    const key = values[0]!;
    const entry = this.#pool[key >>> 3];
    if (count === 0 || entry === undefined) return false;
    if (kind === F)
      this.#place(count > 1 ? values[1]! : 0, count > 2 ? values[2]! : 0, count > 3 ? values[3]! : undefined);
    else if (kind === U) this.#place(this.#level + 1, 0, count > 1 ? values[1]! : undefined);
    else this.#place(this.#level, this.#width, count > 1 ? values[1]! : undefined);
    if (this.#level === 0) this.#add(0, this.#left, this.#width, key & 7, entry);
    else {
      if (this.#frames.length < this.#pool.length * 8)
        this.#frames = grown(this.#frames, this.#pool.length * 8);
      if (this.#frames[key] === 0) this.#frames[key] = this.#frameOf(key & 7, entry) + 1;
      this.#rectangles.add(
        this.#frames[key]! - 1,
        this.#level,
        this.#left,
        this.#left + this.#width,
        this.#width,
      );
    }
    return true;
  }

  /** Reads `(1,2,3)` behind the call's letter; 0 where anything but short numbers stands there. */
  #readValues(text: string): number {
    let count = 0;
    let value = 0;
    let digits = 0;
    for (let i = 2; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code >= 48 && code <= 57) {
        value = value * 10 + code - 48;
        if (++digits > 15) return 0;
        continue;
      }
      if (digits === 0 || count === MOST_VALUES) return 0;
      this.#values[count++] = value;
      value = digits = 0;
      if (code !== 44) return code === 41 && i === text.length - 1 ? count : 0;
    }
    return 0;
  }

  #frameOf(type: number, name: string): number {
    return this.#into.frame({
      name: this.#into.string(name === "" ? "[unknown]" : name),
      kind: FRAME_KINDS[type] ?? FrameKind.unknown,
      inlined: type === INLINED,
    });
  }

  #add(level: number, left: number, width: number, type: number, name: string): void {
    const frame = level === 0 ? -1 : this.#frameOf(type, name);
    this.#rectangles.add(frame, level, left, left + width, width);
  }
}

function unescapeText(text: string): string {
  return text.replace(/\\(.)/g, "$1");
}
