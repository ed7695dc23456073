import { readLines } from "../../codec/lines.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Head, Reader, Verdict } from "../reader.ts";

const ID = "luajit";

/** `68%  w.lua:leaf`, or with `-jp=r` the number of samples, ` 68  w.lua:leaf`. */
const TOP = /^ *(\d{1,12})(%?) {2}(\S.*)$/;
/** `  -- 100%  w.lua:2`: a part of the line above; `<-` its callers, `->` its callees. */
const PART = /^ {2}(--|<-|->) *(\d{1,12})(%?) {2}(\S.*)$/;

/**
 * What LuaJIT's profiler prints (`-jp`): a list of functions, lines or states of the machine with their share, and
 * below each a list of its parts, its callers or its callees. `-jp=G` prints folded stacks instead.
 *
 * Source of the format: LuaJIT's `src/jit/p.lua`.
 */
export const luajitReader: Reader = {
  id: ID,
  title: "LuaJIT -jp",
  priority: 309,
  extensions: [".txt"],
  carries: {
    time: false,
    threads: false,
    labels: false,
    lines: true,
    inlined: false,
    severalValueTypes: false,
  },
  sniff,
  async read(source, into, notes, options) {
    into.meta.format = ID;
    const list = new ShareList(into, notes);
    await readLines(source, notes, (text, line) => list.line(text, line), options.onProgress);
    list.end();
    if (into.sampleCount === 0) {
      throw new FlambeauError("malformed", "the text has no share of any function", { format: ID });
    }
  },
};

function sniff(head: Head): Verdict {
  const lines = head.lines.map((line) => line.replace(/\r$/, "")).filter((line) => line !== "");
  const tops = lines.filter((line) => TOP.test(line) && line.includes("%  ")).length;
  const known = lines.every((line) => TOP.test(line) || PART.test(line) || line.startsWith("[No samples"));
  return known && tops > 0 && lines[0]!.includes("%  ") ? "yes" : "no";
}

/** Adds up shares: a line's own is what its parts leave. */
class ShareList {
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  #type = -1;
  #name = "";
  #share = 0;
  #parts: {
    readonly mark: string;
    readonly name: string;
    readonly weight: number;
    readonly percent: boolean;
  }[] = [];

  constructor(into: ProfileBuilder, notes: Notes) {
    this.#into = into;
    this.#notes = notes;
  }

  line(text: string, line: number): void {
    const part = PART.exec(text);
    const top = TOP.exec(text);
    if (part !== null && this.#name !== "") {
      this.#parts.push({ mark: part[1]!, weight: Number(part[2]), percent: part[3] === "%", name: part[4]! });
    } else if (top !== null) {
      this.#flush();
      this.#setType(top[2] === "%");
      this.#name = top[3]!;
      this.#share = Number(top[1]);
    } else if (text.trim() !== "") {
      this.#notes.add("skipped", "bad-line", "a line is no share: it was skipped", { line });
    }
  }

  end(): void {
    this.#flush();
  }

  #setType(percent: boolean): void {
    if (this.#type >= 0) return;
    this.#type = this.#into.valueType("samples", percent ? "percent" : "count");
    if (!percent) return;
    const sentence = "the list has whole percentages only: the weights are these, not samples";
    this.#notes.add("approximated", "percentages", sentence);
  }

  #flush(): void {
    if (this.#name === "") return;
    const into = this.#into;
    const own = this.#name;
    let left = this.#share;
    for (const { mark, name, weight, percent } of this.#parts) {
      const share = percent ? (this.#share * weight) / 100 : weight;
      // What is called stands above: `<-` names callers.
      const stack = mark === "<-" ? stackOf([name, own], into) : stackOf([own, name], into);
      into.sampleOf(stack, this.#type, share);
      left -= share;
    }
    // Rounded shares may exceed their sum; small ones are not listed.
    if (left > 0 && (this.#parts.length === 0 || left >= 1))
      into.sampleOf(stackOf([own], into), this.#type, left);
    this.#name = "";
    this.#parts = [];
  }
}

/** Row of the stack of texts, root first; each is a frame or, with `-jp=3`, a stack: `leaf < caller`, `-jp=-3`: `caller > leaf`. */
function stackOf(texts: readonly string[], into: ProfileBuilder): number {
  let stack = -1;
  for (const text of texts) {
    const names = text.includes(" < ") ? text.split(" < ").reverse() : text.split(" > ");
    for (const name of names) stack = into.stack(stack, frameOf(name, into));
  }
  return stack;
}

/** `w.lua:12` is a line, `w.lua:name` a function of a file, anything else a name. */
function frameOf(text: string, into: ProfileBuilder): number {
  const [, file, place] = /^(\S+\.\w+):([^:\s]+)$/.exec(text) ?? [];
  const line = place !== undefined && /^\d{1,9}$/.test(place) ? Number(place) : 0;
  return into.frame({ name: into.string(text), file: file === undefined ? 0 : into.string(file), line });
}
