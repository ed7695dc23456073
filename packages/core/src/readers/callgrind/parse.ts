import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { type EventType, parseEvent } from "./events.ts";
import { CallGraph } from "./graph.ts";
import { Names } from "./names.ts";

/** A file never lists that many; each is a column of weights. */
const MOST_EVENTS = 64;
/** Costs beyond 64 bits are noise, and their sums would not be finite. */
const LARGEST = 2 ** 64;

/** Reads the lines of a callgrind file. What belongs to one thread or part is one call graph. */
export class CallgrindParser {
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  readonly #objects = new Names();
  readonly #files = new Names();
  readonly #functions = new Names();
  #events: readonly EventType[] = [];
  #columns: Int32Array = new Int32Array(0);
  /** Subpositions of a cost line; the last one that is a line number. */
  #positions = 1;
  #linePosition = 0;
  #previous: number[] = [0];
  #graph = new CallGraph(0);
  #pid: number | undefined;
  #thread = "";
  #object = "";
  #file = "";
  /** Where the current lines come from: `fi=` and `fe=` change it within a function. */
  #lineFile = "";
  /** A `fl=` was seen. */
  #namesFiles = false;
  #fn = -1;
  #calledObject: string | undefined;
  #calledFile: string | undefined;
  #calledFn: string | undefined;
  /** What the next cost line is: a function's own, a call's, or a jump's. */
  #next: { calls: number } | "self" | "jump" = "self";

  constructor(into: ProfileBuilder, notes: Notes) {
    this.#into = into;
    this.#notes = notes;
  }

  line(text: string, line: number): void {
    const first = text.charCodeAt(0);
    // Digits, `+`, `-` and `*` begin a cost line.
    if ((first >= 48 && first <= 57) || first === 42 || first === 43 || first === 45) this.#cost(text, line);
    else if (text !== "" && first !== 35) this.#spec(text, line);
  }

  end(): void {
    if (typeof this.#next === "object")
      this.#notes.add("truncated", "truncated", "the input ends within a call: it was left out");
    this.#flush();
  }

  #spec(text: string, line: number): void {
    const match = /^([a-z]+)=(.*)$/.exec(text);
    if (match !== null && this.#name(match[1]!, match[2]!)) return;
    const header = /^([a-zA-Z]+):\s*(.*?)\s*$/.exec(text);
    if (header !== null) this.#header(header[1]!, header[2]!);
    else if (text.trim() !== "") {
      this.#notes.add("skipped", "unknown-line", "a line is none that the format knows: it was skipped", {
        line,
      });
    }
  }

  #name(key: string, value: string): boolean {
    switch (key) {
      case "ob":
        this.#object = this.#objects.resolve(value);
        return true;
      case "fl":
        this.#file = this.#lineFile = this.#files.resolve(value);
        this.#namesFiles = true;
        return true;
      case "fi":
      case "fe":
        this.#lineFile = this.#files.resolve(value);
        return true;
      case "fn":
        // pyprof2calltree writes `fi=` where `fl=` belongs.
        if (!this.#namesFiles) this.#file = this.#lineFile;
        this.#lineFile = this.#file;
        this.#fn = this.#graph.fn(this.#object, this.#file, this.#functions.resolve(value));
        this.#calledFn = this.#calledFile = this.#calledObject = undefined;
        this.#next = "self";
        return true;
      case "cob":
        this.#calledObject = this.#objects.resolve(value);
        return true;
      case "cfi":
      case "cfl":
        this.#calledFile = this.#files.resolve(value);
        return true;
      case "cfn":
        this.#calledFn = this.#functions.resolve(value);
        return true;
      case "calls":
        this.#next = { calls: Number.parseInt(value, 10) || 0 };
        return true;
      case "jump":
      case "jcnd":
        this.#next = "jump";
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
      this.#previous = Array<number>(this.#positions).fill(0);
    } else if (key === "creator") this.#into.meta.producer = value;
    else if (key === "cmd" && value !== "") this.#into.meta.title = value;
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
      .map(parseEvent);
    this.#columns = Int32Array.from(this.#events, ({ name, unit }) => this.#into.valueType(name, unit));
    this.#graph = new CallGraph(this.#into.valueTypes.length);
    this.#fn = -1;
  }

  #cost(text: string, line: number): void {
    const next = this.#next;
    this.#next = "self";
    const words = text.trim().split(/\s+/);
    for (let i = 0; i < this.#positions; i++)
      this.#previous[i] = position(words[i] ?? "*", this.#previous[i]!);
    if (next === "jump") return;
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
    const costs = this.#costs(words, line);
    const at = this.#linePosition < 0 ? 0 : lineNumber(this.#previous[this.#linePosition]!);
    if (next === "self") {
      this.#graph.addSelf(this.#fn, this.#lineFile, at, costs);
      return;
    }
    if (this.#calledFn === undefined) {
      this.#notes.add("skipped", "call-without-function", "a call names no function: it was skipped", {
        line,
      });
      return;
    }
    const callee = this.#graph.fn(
      this.#calledObject ?? this.#object,
      this.#calledFile ?? this.#file,
      this.#calledFn,
    );
    this.#graph.addCall(this.#fn, callee, next.calls, at, costs);
    this.#calledFn = this.#calledFile = this.#calledObject = undefined;
  }

  /** Costs that a line leaves out at its end are zero. */
  #costs(words: readonly string[], line: number): Float64Array {
    const costs = new Float64Array(this.#into.valueTypes.length);
    for (let i = 0; i < this.#events.length; i++) {
      const word = words[this.#positions + i];
      if (word === undefined) break;
      const cost = Number(word);
      if (Math.abs(cost) < LARGEST) costs[this.#columns[i]!]! += cost * this.#events[i]!.scale;
      else this.#notes.add("skipped", "bad-cost", "a cost is no number: it was skipped", { line });
    }
    return costs;
  }

  #flush(): void {
    if (!this.#graph.empty) this.#graph.emit(this.#into, this.#notes, this.#threadRow());
    this.#graph = new CallGraph(this.#into.valueTypes.length);
    this.#fn = -1;
    this.#next = "self";
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
function position(text: string, previous: number): number {
  if (text === "*") return previous;
  const relative = text.startsWith("+") ? 1 : text.startsWith("-") ? -1 : 0;
  const value = Number(relative === 0 ? text : text.slice(1));
  if (!Number.isFinite(value)) return previous;
  return relative === 0 ? value : previous + relative * value;
}

function lineNumber(value: number): number {
  return value > 0 && value < 2 ** 31 ? Math.floor(value) : 0;
}
