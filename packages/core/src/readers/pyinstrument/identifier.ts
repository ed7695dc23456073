import { parseLineNumber } from "../../codec/native-frames.ts";
import type { ProfileBuilder } from "../../model/builder.ts";

/** What an identifier stands for: a frame, a thread (which is the root of a stack), or nothing. */
export interface Identified {
  readonly frame: number;
  readonly thread: number;
}

/**
 * `function NUL file NUL line`, and in records behind each a control-A and a fact: `l12` is the line being run, `cName`
 * the class of `self`. A thread is written like a frame of the file `<thread>`.
 */
export class Identifiers {
  readonly #into: ProfileBuilder;
  readonly #known = new Map<string, Identified>();

  constructor(into: ProfileBuilder) {
    this.#into = into;
  }

  of(identifier: string): Identified {
    let known = this.#known.get(identifier);
    if (known === undefined) {
      known = this.#parse(identifier);
      this.#known.set(identifier, known);
    }
    return known;
  }

  frame(name: string, file: string, line: number, className: string): number {
    const into = this.#into;
    const full = className === "" ? name : `${className}.${name}`;
    return into.frame({ name: into.string(full || "(unnamed)"), file: into.string(file), line });
  }

  #parse(identifier: string): Identified {
    const [place = "", ...facts] = identifier.split("\u0001");
    const [name = "", file = "", line = ""] = place.split("\0");
    if (file === "<thread>") {
      const tid = /^\d{1,20}$/.test(line) ? Number(line) : Number.NaN;
      const thread = Number.isSafeInteger(tid) ? { name, tid } : { name };
      return { frame: -1, thread: this.#into.thread(thread) };
    }
    const fact = (letter: string): string => facts.find((one) => one.startsWith(letter))?.slice(1) ?? "";
    const running = parseLineNumber(fact("l"));
    return { frame: this.frame(name, file, running || parseLineNumber(line), fact("c")), thread: -1 };
  }
}
