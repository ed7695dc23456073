import { addCallLists, type FramedFunction, type GraphCall } from "../../codec/call-graph-samples.ts";
import { parseLineNumber } from "../../codec/native-frames.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { type GraphRow, graphRow } from "./rows.ts";

/** A row of the flat profile. */
interface FlatRow {
  readonly name: string;
  readonly self: number;
  readonly calls: number;
}

/** `100.16      0.15     0.15     2402    62.55    62.55  hot`; calls are blank where they were not counted. */
const FLAT =
  /^ *\d{1,3}\.\d\d +\d{1,12}\.\d\d +(\d{1,12}\.\d\d)(?: +(\d{1,15}) +\d{1,12}\.\d\d +\d{1,12}\.\d\d)? +(\S.*)$/;
const SECOND = 1e9;

/** Gathers the flat profile and the call graph; where both say something of a function, the call graph counts. */
export class GprofText {
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  readonly #functions: FramedFunction[] = [];
  /** Function by its number in the graph. */
  readonly #ids = new Map<string, number>();
  readonly #inGraph = new Set<string>();
  readonly #calls: GraphCall[] = [];
  readonly #flat: FlatRow[] = [];
  #place: "outside" | "flat" | "gprof" | "vtune" = "outside";
  #entry: GraphRow[] = [];
  #type = { name: "time", unit: "nanoseconds", scale: SECOND };

  constructor(into: ProfileBuilder, notes: Notes) {
    this.#into = into;
    this.#notes = notes;
  }

  line(text: string, line: number): void {
    if (/^ *time +seconds +seconds +(?:calls|name)/.test(text)) this.#place = "flat";
    else if (/^index +% ?time +self +/.test(text)) this.#place = "gprof";
    else if (/^Index +% [^:]*:Total +[^:]*:Self +/.test(text)) this.#beginVtune(text);
    else if (text.startsWith("Index by function name") || text.startsWith("\f")) this.#closeGraph();
    else if (this.#place === "flat") this.#flatLine(text);
    else if (this.#place !== "outside") this.#graphLine(text, line);
  }

  end(): void {
    if (this.#place === "gprof" || this.#place === "vtune") {
      this.#notes.add(
        "truncated",
        "truncated",
        "the call graph has no end: the index of functions is missing",
      );
    }
    this.#closeGraph();
    const type = this.#into.valueType(this.#type.name, this.#type.unit);
    if (this.#functions.length > 0) {
      addCallLists(this.#into, this.#notes, this.#functions, this.#calls, [type]);
    }
    const alone = this.#flat.filter(({ name }) => !this.#inGraph.has(name));
    if (this.#functions.length === 0 || this.#into.sampleCount === 0) this.#addFlat(this.#flat, type);
    else for (const { name, self } of alone) this.#into.sampleOf(this.#root(name), type, self);
  }

  /** Without a call graph, each function stands alone, and how often it was called is known. */
  #addFlat(rows: readonly FlatRow[], time: number): void {
    if (rows.length === 0) return;
    const calls = this.#into.valueType("calls", "count");
    // Calls are counted even in a run that is too short to be sampled.
    if (rows.every(({ self }) => self === 0)) this.#into.meta.defaultValueType = calls;
    for (const row of rows) {
      const weights = new Float64Array(calls + 1);
      weights[time] = row.self;
      weights[calls] = row.calls;
      this.#into.sample(this.#root(row.name), weights);
    }
    this.#notes.add("information", "no-stacks", "The text is a table of functions: it holds no stacks.");
  }

  #flatLine(text: string): void {
    const match = FLAT.exec(text);
    if (match === null) {
      this.#place = "outside";
      return;
    }
    const self = Math.round(Number(match[1]) * SECOND);
    this.#flat.push({ name: match[3]!, self, calls: Number(match[2] ?? "0") });
  }

  #beginVtune(text: string): void {
    this.#place = "vtune";
    const name = /:Total +([^:]*):Self/.exec(text)?.[1] ?? "";
    if (!/\btime\b/i.test(name) && name !== "") this.#type = { name, unit: "count", scale: 1 };
    else this.#type = { name: "cpu", unit: "nanoseconds", scale: SECOND };
  }

  #graphLine(text: string, line: number): void {
    const ends = this.#place === "gprof" ? /^-{5,}$/.test(text) : text.trim() === "";
    // Below the last entry stand a blank line and an explanation.
    if (this.#place === "gprof" && text.trim() === "" && this.#functions.length > 0) this.#closeGraph();
    else if (ends) this.#closeEntry();
    else if (text.trim() !== "" && !/^-{5}/.test(text) && !text.includes("<spontaneous>")) {
      const row = graphRow(text);
      if (row !== undefined) this.#entry.push(row);
      else
        this.#notes.add("skipped", "bad-line", "a line is no row of the call graph: it was skipped", {
          line,
        });
    }
  }

  #closeGraph(): void {
    this.#closeEntry();
    this.#place = "outside";
  }

  /** An entry is a function between its callers and its callees. Callees are said again among their callers. */
  #closeEntry(): void {
    const entry = this.#entry;
    this.#entry = [];
    const at = entry.findIndex(({ primary }) => primary);
    const row = entry[at];
    if (row === undefined || row.cycle) return;
    const callee = this.#id(row);
    this.#functions[callee]!.self[0] = row.self * this.#type.scale;
    for (const caller of entry.slice(0, at)) {
      if (caller.cycle) continue;
      const inclusive = Float64Array.of((caller.self + caller.children) * this.#type.scale);
      this.#calls.push({ caller: this.#id(caller), callee, calls: caller.calls, inclusive });
    }
  }

  #id({ index, name }: GraphRow): number {
    let id = this.#ids.get(index);
    if (id === undefined) {
      id = this.#functions.push({ frame: this.#frame(name), self: new Float64Array(1) }) - 1;
      this.#ids.set(index, id);
      this.#inGraph.add(name);
    }
    return id;
  }

  #root(name: string): number {
    return this.#into.stack(-1, this.#frame(name));
  }

  /** `hot`, and with `gprof -l` `hot (g.c:2 @ 11c9)`. */
  #frame(name: string): number {
    const place = /^(.*) \(([^()]*):(\d+) @ [0-9a-f]+\)$/.exec(name);
    if (place === null) return this.#into.frameNamed(name);
    return this.#into.frame({
      name: this.#into.string(place[1]!),
      file: this.#into.string(place[2]!),
      line: parseLineNumber(place[3]),
    });
  }
}
