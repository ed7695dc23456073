import { readLines } from "../../codec/lines.ts";
import { nativeFrame, parseLineNumber, stackOfLeafFirst } from "../../codec/native-frames.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Head, Reader, Verdict } from "../reader.ts";

const FORMAT = "sleepy";
/** `sym152 "GDI32" "D3DKMTRender" "c:\gdi.cpp" 12`; newer versions have an address for `sym152`, and no quotes around the function. */
const SYMBOL = /^(\S+) +"([^"]*)" +(?:"([^"]*)"|(\S*)) +"([^"]*)" +(\d+)$/;

/**
 * Very Sleepy: a zip archive with a list of symbols and a list of stacks, which the zip wrapper hands over one behind the
 * other. A stack's number is how many seconds it ran. Source: https://github.com/VerySleepy/verysleepy,
 * src/wxProfilerGUI/database.cpp
 */
export const sleepyReader: Reader = {
  id: FORMAT,
  title: "Very Sleepy",
  priority: 368,
  extensions: [".sleepy"],
  carries: {
    time: false,
    threads: false,
    labels: false,
    lines: true,
    inlined: false,
    severalValueTypes: false,
  },
  sniff: (head: Head): Verdict =>
    /^==> Stats\.txt <==\r?\n/.test(head.text) || /^==> (?:Callstacks|Symbols)\.txt <==\r?$/m.test(head.text)
      ? "yes"
      : "no",
  async read(source, into, notes, options) {
    into.meta.format = FORMAT;
    const files = new SleepyFiles(into, notes);
    await readLines(source, notes, (text, line) => files.line(text, line), options.onProgress);
    files.end();
    if (into.sampleCount === 0) {
      throw new FlambeauError("malformed", "the archive holds no stack", { format: FORMAT });
    }
  },
};

/** Reads the archive's files; stacks wait until the symbols are known, whichever comes first. */
class SleepyFiles {
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  readonly #time: number;
  readonly #frames = new Map<string, number>();
  readonly #pending: (readonly [text: string, line: number])[] = [];
  #file = "";

  constructor(into: ProfileBuilder, notes: Notes) {
    this.#into = into;
    this.#notes = notes;
    this.#time = into.valueType("time", "nanoseconds");
  }

  line(text: string, line: number): void {
    const file = /^==> (.*) <==$/.exec(text);
    if (file !== null) this.#file = file[1]!;
    else if (text === "") return;
    else if (this.#file === "Symbols.txt") this.#symbol(text, line);
    else if (this.#file === "Stats.txt") this.#stat(text);
    else if (this.#file === "Callstacks.txt") {
      if (this.#frames.size > 0) this.#stack(text, line);
      else this.#pending.push([text, line]);
    }
  }

  end(): void {
    for (const [text, line] of this.#pending) this.#stack(text, line);
  }

  #stat(text: string): void {
    const program = /^Filename: (.*)$/.exec(text);
    const seconds = /^Duration: (\d{1,12}(?:\.\d{1,9})?)$/.exec(text);
    if (program !== null) this.#into.meta.title = program[1]!;
    if (seconds !== null) this.#into.meta.duration = Math.round(Number(seconds[1]) * 1e9);
  }

  #symbol(text: string, line: number): void {
    const match = SYMBOL.exec(text);
    if (match === null) {
      this.#bad(line);
      return;
    }
    const [, id, module, quoted, plain, file, place] = match;
    const frame = nativeFrame(this.#into, {
      symbol: quoted ?? plain ?? "",
      module: module!,
      file: file === "" || file === "[unknown]" ? undefined : file,
      line: parseLineNumber(place),
    });
    this.#frames.set(id!, frame);
  }

  /** Seconds, then symbols from the leaf. */
  #stack(text: string, line: number): void {
    const [seconds, ...symbols] = text.trim().split(/ +/);
    if (!/^\d{1,12}(?:\.\d{1,12})?$/.test(seconds!) || symbols.length === 0) {
      this.#bad(line);
      return;
    }
    const stack = symbols.map((symbol) => {
      const frame = this.#frames.get(symbol);
      if (frame === undefined) {
        this.#notes.add("approximated", "unknown-symbol", "a stack names a symbol that is not listed");
      }
      return frame ?? this.#into.frameNamed("[unknown]");
    });
    const weight = Math.round(Number(seconds) * 1e9);
    this.#into.sampleOf(stackOfLeafFirst(this.#into, stack), this.#time, weight);
  }

  #bad(line: number): void {
    this.#notes.add("skipped", "bad-line", "a line is no symbol or stack: it was skipped", { line });
  }
}
