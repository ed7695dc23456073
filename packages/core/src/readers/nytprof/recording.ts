import { CallGraph, unfoldCallGraph } from "../../codec/call-graph.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { grown } from "../../util/growable.ts";

interface Place {
  readonly file: number;
  readonly line: number;
}

interface Call {
  readonly caller: string;
  readonly callee: string;
  readonly count: number;
  readonly inclusive: number;
  readonly exclusive: number;
}

interface Statement extends Place {
  ticks: number;
  count: number;
}

/** In place of a caller: the program itself, and what perl calls before it runs. */
const ROOTS: ReadonlySet<string> = new Set(["main::RUNTIME", "main::NULL", ""]);

/** Recursion deeper than this is damage: Perl itself would have run out of memory. */
const DEEPEST = 1 << 20;

/** What a profile says, as it comes: files and places of subroutines are named at its end. */
export class Recording {
  /** The clock's ticks of a second. */
  ticksPerSecond = 1e6;
  readonly #files = new Map<number, string>();
  readonly #places = new Map<string, Place>();
  readonly #calls: Call[] = [];
  readonly #statements = new Map<string, Statement>();
  readonly #names: string[] = [];
  readonly #nameIds = new Map<string, number>();
  /** Returns, in the order in which they happened. */
  #returns = 0;
  #depth: Int32Array = new Int32Array(1024);
  #name: Int32Array = new Int32Array(1024);
  #exclusive: Float64Array = new Float64Array(1024);
  #discount = 0;

  get isEmpty(): boolean {
    return this.#returns === 0 && this.#calls.length === 0 && this.#statements.size === 0;
  }

  addFile(id: number, name: string): void {
    this.#files.set(id, name);
  }

  place(subroutine: string, file: number, line: number): void {
    this.#places.set(merged(subroutine), { file, line });
  }

  call(call: Call): void {
    this.#calls.push({ ...call, caller: merged(call.caller), callee: merged(call.callee) });
  }

  /** The next statement goes on with one that was counted. */
  discount(): void {
    this.#discount = 1;
  }

  statement(file: number, line: number, ticks: number): void {
    const key = `${file}/${line}`;
    let statement = this.#statements.get(key);
    if (statement === undefined) {
      statement = { file, line, ticks: 0, count: 0 };
      this.#statements.set(key, statement);
    }
    statement.ticks += ticks;
    statement.count += 1 - this.#discount;
    this.#discount = 0;
  }

  /** A subroutine returns from a depth (1: called by the program itself), which took so many ticks without its callees. */
  returned(depth: number, subroutine: string, exclusive: number): void {
    if (depth < 1 || depth > DEEPEST) return;
    const row = this.#returns++;
    if (row >= this.#depth.length) {
      this.#depth = grown(this.#depth, row + 1);
      this.#name = grown(this.#name, row + 1);
      this.#exclusive = grown(this.#exclusive, row + 1);
    }
    const name = merged(subroutine);
    let id = this.#nameIds.get(name);
    if (id === undefined) {
      id = this.#names.push(name) - 1;
      this.#nameIds.set(name, id);
    }
    this.#depth[row] = depth;
    this.#name[row] = id;
    this.#exclusive[row] = exclusive;
  }

  /** Adds everything to the builder. */
  addTo(into: ProfileBuilder, notes: Notes): void {
    const scale = 1e9 / this.ticksPerSecond;
    if (this.#returns > 0 || this.#calls.length > 0) {
      const time = into.valueType("time", "nanoseconds");
      into.valueType("calls", "count");
      into.meta.defaultValueType = time;
    }
    if (this.#returns > 0) this.#addStacks(into, notes, scale);
    else if (this.#calls.length > 0) this.#addGraph(into, notes);
    this.#addStatements(into, scale);
  }

  /**
   * Backwards, a caller's return comes before those of what it called, so that each return finds its caller's stack:
   *
   * ```
   * returns   c 3, b 2, d 2, a 1      backwards   a, a;d, a;b, a;b;c
   * ```
   */
  #addStacks(into: ProfileBuilder, notes: Notes, scale: number): void {
    const frames = this.#names.map((name) => this.#frame(name, into));
    const path: number[] = [-1];
    const sums = new Map<number, [ticks: number, calls: number]>();
    let unfinished = 0;
    for (let row = this.#returns - 1; row >= 0; row--) {
      const depth = this.#depth[row]!;
      // Callers that did not return before the end are not named.
      if (depth > path.length) unfinished++;
      path.length = Math.min(path.length, depth);
      const stack = into.stack(path.at(-1)!, frames[this.#name[row]!]!);
      path.push(stack);
      const sum = sums.get(stack);
      if (sum === undefined) sums.set(stack, [this.#exclusive[row]!, 1]);
      else {
        sum[0] += this.#exclusive[row]!;
        sum[1]++;
      }
    }
    for (const [stack, [ticks, calls]] of sums) into.sample(stack, [ticks * scale, calls]);
    into.meta.observations = this.#returns;
    if (unfinished > 0) {
      const text =
        "a subroutine was called by one that never returned: that caller is not named, its own caller takes its place";
      notes.add("approximated", "caller-unfinished", text, undefined, unfinished);
    }
  }

  /** Without returns there is only who called whom; these times are in seconds. */
  #addGraph(into: ProfileBuilder, notes: Notes): void {
    const rows = new Map<string, number>();
    const names: string[] = [];
    const graph = new CallGraph(2);
    const row = (name: string): number => {
      let known = rows.get(name);
      if (known === undefined) {
        known = graph.addFunction();
        names.push(name);
        rows.set(name, known);
      }
      return known;
    };
    for (const { caller, callee, count, inclusive, exclusive } of this.#calls) {
      const fn = row(callee);
      graph.self[fn * 2]! += Math.max(0, exclusive) * 1e9;
      graph.self[fn * 2 + 1]! += count;
      if (ROOTS.has(caller)) continue;
      const call = graph.addCall(row(caller), fn);
      graph.times[call] = count;
      graph.inclusive[call * 2] = Math.max(0, inclusive) * 1e9;
      graph.inclusive[call * 2 + 1] = count;
    }
    const frames = names.map((name) => this.#frame(name, into));
    const add = (stack: number, time: number, count: number): void => into.sample(stack, [time, count]);
    const sink = {
      context: (parent: number, _call: number, fn: number): number => into.stack(parent, frames[fn]!),
      self: (stack: number, fn: number, share: Float64Array): void =>
        add(stack, graph.self[fn * 2]! * share[0]!, graph.self[fn * 2 + 1]! * share[1]!),
      cut: (stack: number, _fn: number, weights: Float64Array): void => add(stack, weights[0]!, weights[1]!),
    };
    unfoldCallGraph(graph, sink, notes);
  }

  /** Statements have no callers: each line is a frame of its own. */
  #addStatements(into: ProfileBuilder, scale: number): void {
    if (this.#statements.size === 0) return;
    const time = into.valueType("statement_time", "nanoseconds");
    const count = into.valueType("statements", "count");
    for (const { file, line, ticks, count: times } of this.#statements.values()) {
      const path = this.#files.get(file) ?? "[unknown file]";
      const name = `${path.slice(path.lastIndexOf("/") + 1)}:${line}`;
      const frame = into.frame({ name: into.string(name), file: into.string(path), line: lineNumber(line) });
      const weights = new Float64Array(into.valueTypes.length);
      weights[time] = ticks * scale;
      weights[count] = times;
      into.sample(into.stack(-1, frame), weights);
    }
  }

  #frame(name: string, into: ProfileBuilder): number {
    const place = this.#places.get(name);
    const file = place === undefined ? "" : (this.#files.get(place.file) ?? "");
    return into.frame({
      name: into.string(name === "" ? "[unknown]" : name),
      file: into.string(file),
      line: place === undefined ? 0 : lineNumber(place.line),
    });
  }
}

function lineNumber(line: number): number {
  return line > 0 && line < 2 ** 31 ? line : 0;
}

/** Each evaluation of a text has a number; what comes from the same place is the same, as nytprofcalls has it. */
function merged(subroutine: string): string {
  return subroutine.replace(/\((\w*eval) \d+\)(?=\[.+?:\d+\])/g, "($1 0)");
}
