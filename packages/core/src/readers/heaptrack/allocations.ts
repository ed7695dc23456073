import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import { grown } from "../../util/growable.ts";
import { hex, Traces } from "./traces.ts";

/** Nothing was allocated since the last release. */
const NONE = -1;

/**
 * Replays allocations and releases.
 *
 * ```
 * a 18 a       a kind of allocation: bytes, trace; named by its place in the list, from 0
 * + 1          one of that kind is allocated
 * - 1          and released
 * c 1f         milliseconds since the start
 * ```
 *
 * The bytes of every trace at the peak are not known before the peak is over. So each trace keeps what it held at
 * the last peak from the moment it changes after it; those that did not change hold it still.
 */
export class Allocations {
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  readonly #traces: Traces;
  readonly #sizes: number[] = [];
  readonly #traceOf: number[] = [];
  /** By trace. */
  #count: Float64Array = new Float64Array(256);
  #temporary: Float64Array = new Float64Array(256);
  #held: Float64Array = new Float64Array(256);
  #atPeak: Float64Array = new Float64Array(256);
  /** The peak that `#atPeak` is of. */
  #keptFor: Int32Array = new Int32Array(256);
  #peak = 0;
  #peakNumber = 1;
  #total = 0;
  #last = NONE;
  #milliseconds = 0;
  #version: number | undefined;

  constructor(into: ProfileBuilder, notes: Notes) {
    this.#into = into;
    this.#notes = notes;
    this.#traces = new Traces(into);
  }

  line(text: string, line: number): void {
    if (this.#traces.unfinished) this.#traces.more(text);
    else if (text !== "" && !this.#entry(text, line)) {
      this.#notes.add("skipped", "unusable-line", "a line could not be used: it was skipped", { line });
    }
  }

  #entry(text: string, line: number): boolean {
    const rest = text.slice(2);
    switch (text[0]) {
      case "+":
        return this.#allocate(hex(rest));
      case "-":
        return this.#release(hex(rest));
      case "a":
        return this.#kind(rest.split(" "));
      case "t": {
        const [pointer, caller] = rest.split(" ").map(hex);
        return this.#traces.trace(pointer ?? Number.NaN, caller ?? Number.NaN);
      }
      case "i":
        return this.#traces.pointer(rest.split(" "));
      case "s":
        this.#traces.string(rest);
        return true;
      default:
        return this.#aside(text[0]!, rest, line);
    }
  }

  /** Lines that are not the replay's. */
  #aside(letter: string, rest: string, line: number): boolean {
    switch (letter) {
      case "c":
        this.#milliseconds = Math.max(this.#milliseconds, hex(rest) || 0);
        return true;
      case "v":
        this.#setVersion(rest, line);
        return true;
      case "X":
        this.#into.meta.comments = [`Command: ${rest}`];
        return true;
      case "x":
      case "m":
        throw new FlambeauError("unsupported", "the recording is raw: its addresses have no names yet", {
          format: "heaptrack",
          line,
          hint: "Make a full one of it: heaptrack --interpret FILE.",
        });
      // Page size, resident memory, suppressions, attached to a running program, comment.
      case "I":
      case "R":
      case "S":
      case "A":
      case "#":
        return true;
      default:
        return false;
    }
  }

  #setVersion(rest: string, line: number): void {
    const [program, file] = rest.split(" ").map(hex);
    this.#version = file ?? 0;
    if (this.#version < 1 || this.#version > 3) {
      throw new FlambeauError("unsupported", `version ${this.#version} of heaptrack's files is not known`, {
        format: "heaptrack",
        line,
        hint: "Versions 1 to 3 are read.",
      });
    }
    this.#traces.lengths = this.#version >= 3;
    const [major, minor, patch] = [program! >> 16, (program! >> 8) & 255, program! & 255];
    this.#into.meta.producer = `heaptrack ${major}.${minor}.${patch}`;
  }

  #kind([size, trace]: readonly string[]): boolean {
    const number = hex(trace);
    const known = this.#traces.stack(number) !== undefined;
    this.#sizes.push(hex(size));
    this.#traceOf.push(known ? number : 0);
    return known && !Number.isNaN(hex(size));
  }

  #allocate(kind: number): boolean {
    const trace = this.#traceOf[kind];
    const size = this.#sizes[kind];
    if (trace === undefined || size === undefined || Number.isNaN(size)) return false;
    this.#count = grown(this.#count, trace + 1);
    this.#temporary = grown(this.#temporary, trace + 1);
    this.#held = grown(this.#held, trace + 1);
    this.#atPeak = grown(this.#atPeak, trace + 1);
    this.#keptFor = grown(this.#keptFor, trace + 1);
    this.#change(trace, size);
    this.#count[trace]!++;
    this.#last = kind;
    if (this.#total > this.#peak) {
      this.#peak = this.#total;
      this.#peakNumber++;
    }
    return true;
  }

  #release(kind: number): boolean {
    const trace = this.#traceOf[kind];
    const size = this.#sizes[kind];
    if (trace === undefined || size === undefined || Number.isNaN(size)) return false;
    if (!(this.#count[trace]! > 0)) return false;
    this.#change(trace, -size);
    if (this.#last === kind) this.#temporary[trace]!++;
    this.#last = NONE;
    return true;
  }

  #change(trace: number, bytes: number): void {
    if (this.#keptFor[trace] !== this.#peakNumber) {
      this.#keptFor[trace] = this.#peakNumber;
      this.#atPeak[trace] = this.#held[trace]!;
    }
    this.#held[trace]! += bytes;
    this.#total += bytes;
  }

  /** Adds the samples; false where nothing was allocated. */
  finish(): boolean {
    const into = this.#into;
    into.valueType("peak", "bytes");
    into.valueType("leaked", "bytes");
    into.valueType("allocations", "count");
    into.valueType("temporary", "count");
    into.meta.defaultValueType = 0;
    if (this.#milliseconds > 0) into.meta.duration = this.#milliseconds * 1e6;
    let observations = 0;
    for (let trace = 0; trace < this.#count.length; trace++) {
      const count = this.#count[trace]!;
      if (count === 0) continue;
      observations += count;
      const held = this.#held[trace]!;
      const peak = this.#keptFor[trace] === this.#peakNumber ? this.#atPeak[trace]! : held;
      into.sample(this.#traces.stack(trace)!, [peak, held, count, this.#temporary[trace]!]);
    }
    into.meta.observations = observations;
    return observations > 0;
  }
}
