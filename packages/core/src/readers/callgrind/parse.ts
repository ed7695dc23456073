import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { type EventType, parseEvent } from "./events.ts";
import { FileGraph } from "./graph.ts";
import { Names, textOf } from "./names.ts";
import { passBlanks, wordEnd, wordNumber } from "./numbers.ts";

/** A file never lists that many; each is a column of weights. */
const MOST_EVENTS = 64;
/** Costs beyond 64 bits are noise, and their sums would not be finite. */
const LARGEST = 2 ** 64;

const HASH = 0x23;
const STAR = 0x2a;
const PLUS = 0x2b;
const MINUS = 0x2d;
const EQUALS = 0x3d;

/** What the next cost line is: a function's own, a call's, or a jump's. */
const Next = { self: 0, call: 1, jump: 2 } as const;

/** The keys of lines `key=value`. */
const Key = keys(
  "ob",
  "fl",
  "fi",
  "fe",
  "fn",
  "cob",
  "cfi",
  "cfl",
  "cfn",
  "calls",
  "jump",
  "jcnd",
  "jfi",
  "jfn",
);

/** Reads the lines of a callgrind file. What belongs to one thread or part is one call graph. */
export class CallgrindParser {
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  readonly #objects: Names;
  readonly #files: Names;
  readonly #functions: Names;
  #events: readonly EventType[] = [];
  #columns: Int32Array = new Int32Array(0);
  /** Subpositions of a cost line; the last one that is a line number. */
  #positions = 1;
  #linePosition = 0;
  #previous: Float64Array = new Float64Array(1);
  /** The costs of a line, by value type. */
  #costs: Float64Array = new Float64Array(0);
  #graph = new FileGraph(0);
  #pid: number | undefined;
  #thread = "";
  #object = 0;
  #file = 0;
  /** Where the current lines come from: `fi=` and `fe=` change it within a function. */
  #lineFile = 0;
  /** A `fl=` was seen. */
  #namesFiles = false;
  #fn = -1;
  /** Strings; -1: not named. */
  #calledObject = -1;
  #calledFile = -1;
  #calledFn = -1;
  #next: number = Next.self;
  #calls = 0;

  constructor(into: ProfileBuilder, notes: Notes) {
    this.#into = into;
    this.#notes = notes;
    this.#objects = new Names(into);
    this.#files = new Names(into);
    this.#functions = new Names(into);
  }

  line(bytes: Uint8Array, start: number, end: number, line: number): void {
    const first = bytes[start]!;
    if (start === end || first === HASH) return;
    // Digits, `+`, `-` and `*` begin a cost line.
    if ((first >= 48 && first <= 57) || first === STAR || first === PLUS || first === MINUS)
      this.#cost(bytes, start, end, line);
    else this.#spec(bytes, start, end, line);
  }

  end(): void {
    if (this.#next === Next.call)
      this.#notes.add("truncated", "truncated", "the input ends within a call: it was left out");
    this.#flush();
  }

  #spec(bytes: Uint8Array, start: number, end: number, line: number): void {
    // A key has up to five small letters, which make a number.
    let key = 0;
    let at = start;
    while (at < end && at < start + 6 && bytes[at]! >= 0x61 && bytes[at]! <= 0x7a)
      key = key * 32 + (bytes[at++]! - 0x60);
    if (bytes[at] === EQUALS && at > start && at < end && this.#name(key, bytes, at + 1, end)) return;
    const text = textOf(bytes, start, end);
    const header = /^([a-zA-Z]+):\s*(.*?)\s*$/.exec(text);
    if (header !== null) this.#header(header[1]!, header[2]!);
    else if (text.trim() !== "") {
      this.#notes.add("skipped", "unknown-line", "a line is none that the format knows: it was skipped", {
        line,
      });
    }
  }

  #name(key: number, bytes: Uint8Array, start: number, end: number): boolean {
    switch (key) {
      case Key.ob:
        this.#object = this.#objects.resolve(bytes, start, end);
        return true;
      case Key.fl:
        this.#file = this.#lineFile = this.#files.resolve(bytes, start, end);
        this.#namesFiles = true;
        return true;
      case Key.fi:
      case Key.fe:
        this.#lineFile = this.#files.resolve(bytes, start, end);
        return true;
      case Key.fn:
        // pyprof2calltree writes `fi=` where `fl=` belongs.
        if (!this.#namesFiles) this.#file = this.#lineFile;
        this.#lineFile = this.#file;
        this.#fn = this.#graph.fn(this.#object, this.#file, this.#functions.resolve(bytes, start, end));
        this.#calledFn = this.#calledFile = this.#calledObject = -1;
        this.#next = Next.self;
        return true;
      case Key.cob:
        this.#calledObject = this.#objects.resolve(bytes, start, end);
        return true;
      case Key.cfi:
      case Key.cfl:
        this.#calledFile = this.#files.resolve(bytes, start, end);
        return true;
      case Key.cfn:
        this.#calledFn = this.#functions.resolve(bytes, start, end);
        return true;
      case Key.calls:
        this.#next = Next.call;
        this.#calls = callsOf(bytes, start, end);
        return true;
      // Where a jump goes is not kept, but what its target is called may be called by its number from now on.
      case Key.jfi:
        this.#files.resolve(bytes, start, end);
        return true;
      case Key.jfn:
        this.#functions.resolve(bytes, start, end);
        return true;
      case Key.jump:
      case Key.jcnd:
        this.#next = Next.jump;
        return true;
      default:
        return false;
    }
  }

  #header(key: string, value: string): void {
    if (key === "events") this.#setEvents(value);
    else if (key === "positions") {
      const names = value.split(/\s+/);
      this.#positions = Math.min(names.length, 8);
      this.#linePosition = names.indexOf("line");
      this.#previous = new Float64Array(this.#positions);
    } else if (key === "creator") {
      this.#into.meta.producer = value;
      this.#functions.placed = value === "yappi";
    } else if (key === "cmd" && value !== "") this.#into.meta.title = value;
    else if (key === "pid" && /^\d{1,9}$/.test(value)) this.#pid = Number(value);
    else if (key === "part") this.#flush();
    else if (key === "thread") {
      this.#flush();
      this.#thread = value;
    }
  }

  #setEvents(value: string): void {
    this.#flush();
    this.#events = value
      .split(/\s+/)
      .filter((name) => name !== "")
      .slice(0, MOST_EVENTS)
      .map((name) => parseEvent(name, this.#into.meta.producer));
    this.#columns = Int32Array.from(this.#events, ({ name, unit }) => this.#into.valueType(name, unit));
    this.#graph = new FileGraph(this.#into.valueTypes.length);
    this.#costs = new Float64Array(this.#into.valueTypes.length);
    this.#fn = -1;
  }

  #cost(bytes: Uint8Array, start: number, end: number, line: number): void {
    const next = this.#next;
    this.#next = Next.self;
    let at = start;
    for (let i = 0; i < this.#positions; i++) {
      const from = passBlanks(bytes, at, end);
      at = wordEnd(bytes, from, end);
      this.#previous[i] = position(bytes, from, at, this.#previous[i]!);
    }
    if (next === Next.jump) return;
    if (this.#fn < 0 || this.#events.length === 0) {
      this.#notes.add(
        "skipped",
        "cost-without-function",
        "a cost belongs to no function or event: it was skipped",
        {
          line,
        },
      );
      return;
    }
    this.#readCosts(bytes, at, end, line);
    const place = this.#linePosition < 0 ? 0 : lineNumber(this.#previous[this.#linePosition]!);
    if (next === Next.self) {
      this.#graph.addSelf(this.#fn, this.#lineFile, place, this.#costs);
      return;
    }
    if (this.#calledFn < 0) {
      this.#notes.add("skipped", "call-without-function", "a call names no function: it was skipped", {
        line,
      });
      return;
    }
    const callee = this.#graph.fn(
      this.#calledObject < 0 ? this.#object : this.#calledObject,
      this.#calledFile < 0 ? this.#file : this.#calledFile,
      this.#calledFn,
    );
    this.#graph.addCall(this.#fn, callee, this.#calls, place, this.#costs);
    this.#calledFn = this.#calledFile = this.#calledObject = -1;
  }

  /** Costs that a line leaves out at its end are zero. */
  #readCosts(bytes: Uint8Array, start: number, end: number, line: number): void {
    const costs = this.#costs.fill(0);
    let at = start;
    for (let i = 0; i < this.#events.length; i++) {
      const from = passBlanks(bytes, at, end);
      if (from === end) break;
      at = wordEnd(bytes, from, end);
      const cost = wordNumber(bytes, from, at);
      if (Math.abs(cost) < LARGEST) costs[this.#columns[i]!]! += cost * this.#events[i]!.scale;
      else this.#notes.add("skipped", "bad-cost", "a cost is no number: it was skipped", { line });
    }
  }

  #flush(): void {
    if (!this.#graph.empty) this.#graph.emit(this.#into, this.#notes, this.#threadRow());
    this.#graph = new FileGraph(this.#into.valueTypes.length);
    this.#fn = -1;
    this.#next = Next.self;
  }

  #threadRow(): number {
    if (this.#thread === "" && this.#pid === undefined) return -1;
    return this.#into.thread({
      name: this.#thread === "" ? "" : `thread ${this.#thread}`,
      ...(this.#pid === undefined ? {} : { pid: this.#pid }),
    });
  }
}

/** A subposition: absolute (decimal or 0x…), `+n` and `-n` against the line before, `*` for the same. */
function position(bytes: Uint8Array, start: number, end: number, previous: number): number {
  const first = start < end ? bytes[start]! : STAR;
  if (first === STAR && end <= start + 1) return previous;
  const isRelative = first === PLUS || first === MINUS;
  const value = wordNumber(bytes, isRelative ? start + 1 : start, end);
  if (!Number.isFinite(value)) return previous;
  if (!isRelative) return value;
  return first === PLUS ? previous + value : previous - value;
}

/** `calls=23 0x10`: the first number. */
function callsOf(bytes: Uint8Array, start: number, end: number): number {
  const from = passBlanks(bytes, start, end);
  const value = wordNumber(bytes, from, wordEnd(bytes, from, end));
  return value >= 0 && value < LARGEST ? Math.floor(value) : 0;
}

function lineNumber(value: number): number {
  return value > 0 && value < 2 ** 31 ? Math.floor(value) : 0;
}

/** Each name with the number that its letters make. */
function keys<Name extends string>(...names: readonly Name[]): Readonly<Record<Name, number>> {
  const numbers = names.map((name) => [
    name,
    [...name].reduce((number, letter) => number * 32 + (letter.charCodeAt(0) - 0x60), 0),
  ]);
  return Object.fromEntries(numbers) as Record<Name, number>;
}
