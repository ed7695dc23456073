import { parseLineNumber } from "../../codec/native-frames.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";

/** no., entries, own %time and %alloc, inherited %time and %alloc, and with -P ticks and bytes. */
const NUMBERS =
  /\s(\d+)\s+(\d{1,19})\s+(\d{1,9}\.\d+)\s+(\d{1,9}\.\d+)\s+(\d+\.\d+)\s+(\d+\.\d+)(?:\s+(\d{1,19})\s+(\d{1,19}))?\s*$/;
/** Deeper than any tree; a line that lies about it cannot take memory. */
const DEEPEST = 1 << 20;

export class GhcProfile {
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  readonly #types: readonly [time: number, alloc: number, entries: number];
  /** Stack of the last node of each depth. */
  readonly #path: number[] = [];
  #columns: { module: number; source: number } | undefined;
  #tick = 0;
  #totalTime = 0;
  #totalAlloc = 0;
  #exact = true;

  constructor(into: ProfileBuilder, notes: Notes) {
    this.#into = into;
    this.#notes = notes;
    this.#types = [
      into.valueType("time", "nanoseconds"),
      into.valueType("alloc", "bytes"),
      into.valueType("entries", "count"),
    ];
  }

  line(text: string, line: number): void {
    if (/^COST CENTRE\s+MODULE\b.*\bno\.\s+entries\b/.test(text)) {
      const source = text.indexOf("SRC");
      this.#columns = { module: text.indexOf("MODULE"), source: source < 0 ? -1 : source };
    } else if (this.#columns === undefined) this.#header(text);
    else if (text.trim() !== "") this.#node(text, line);
  }

  end(): void {
    if (!this.#exact) {
      this.#notes.add(
        "approximated",
        "percentages",
        "the report has percentages of one decimal only: times and bytes are their parts of the totals (+RTS -P is exact)",
      );
    }
  }

  #header(text: string): void {
    const time = /^\s*total time\s*=\s*([\d.]+) secs\s+\((\d{1,15}) ticks @ (\d{1,12}(?:\.\d+)?) us/.exec(
      text,
    );
    if (time !== null) {
      this.#tick = Number(time[3]) * 1000;
      this.#totalTime = Number(time[2]) * this.#tick;
    }
    const alloc = /^\s*total alloc\s*=\s*([\d,]{1,30}) bytes/.exec(text);
    if (alloc !== null) this.#totalAlloc = Number(alloc[1]!.replaceAll(",", ""));
    if (text.includes("+RTS")) this.#into.meta.title = text.trim();
  }

  #node(text: string, line: number): void {
    const numbers = NUMBERS.exec(text);
    const depth = text.length - text.trimStart().length;
    if (numbers === null || depth > this.#path.length || depth > DEEPEST) {
      this.#notes.add("skipped", "bad-line", "a line is no cost centre in its place: it was skipped", {
        line,
      });
      return;
    }
    this.#path.length = depth;
    const stack = this.#into.stack(
      depth === 0 ? -1 : this.#path[depth - 1]!,
      this.#frame(text.slice(0, numbers.index)),
    );
    this.#path.push(stack);
    const [time, alloc, entries] = this.#types;
    const weights = [0, 0, 0];
    if (numbers[7] === undefined) this.#exact = false;
    weights[time] =
      numbers[7] === undefined
        ? (Number(numbers[3]) / 100) * this.#totalTime
        : Number(numbers[7]) * this.#tick;
    weights[alloc] =
      numbers[8] === undefined ? (Number(numbers[4]) / 100) * this.#totalAlloc : Number(numbers[8]);
    weights[entries] = Number(numbers[2]);
    if (weights.some((weight) => weight !== 0)) this.#into.sample(stack, weights);
  }

  /** Columns begin where the header's words stand; a name too long for its column shifts the others. */
  #frame(text: string): number {
    const words = text.trim().split(/\s{2,}|\s(?=<|[\w./\\-]+:[\d(])/);
    const { module, source } = this.#columns!;
    const inColumns = text.length > module && text[module - 1] === " " && text[module] !== " ";
    const name = inColumns ? text.slice(0, module).trim() : (words[0] ?? "");
    const rest = (inColumns ? text.slice(module) : words.slice(1).join(" ")).trim();
    const space = rest.indexOf(" ");
    const owner = space < 0 || source < 0 ? rest : rest.slice(0, space);
    const place = source < 0 || space < 0 ? "" : rest.slice(space).trim();
    const at = /^(.+?):\(?(\d+)[,:]/.exec(place);
    const full = owner === "" ? name : `${owner}.${name}`;
    return this.#into.frame({
      name: this.#into.string(full === "" ? "[unknown]" : full),
      file: at === null ? 0 : this.#into.string(at[1]!),
      line: parseLineNumber(at?.[2]),
    });
  }
}
