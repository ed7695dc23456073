import { nativeFrame } from "../../codec/native-frames.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import { encodeUtf8 } from "../../util/platform.ts";

/** A number of at most 16 hexadecimal digits; NaN where there is none. */
export function hex(text: string | undefined): number {
  if (text === undefined || text.length === 0 || text.length > 16) return Number.NaN;
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const lower = code | 0x20;
    if (code >= 0x30 && code <= 0x39) value = value * 16 + code - 0x30;
    else if (lower >= 0x61 && lower <= 0x66) value = value * 16 + lower - 0x57;
    else return Number.NaN;
  }
  return value;
}

/**
 * Strings, instruction pointers and traces as the file lists them; each is named by its place in the list, from 1.
 *
 * ```
 * s 4 main                     a string, its length before it (from version 3 of the file on)
 * i 5d7e 1 a b d c b 11        address, module, then function, file, line of the innermost frame and of the
 *                              functions that it was inlined into, outwards
 * t 7 6                        trace: instruction pointer, trace of the caller (0: none)
 * ```
 */
export class Traces {
  readonly #into: ProfileBuilder;
  readonly #strings: string[] = [""];
  /** Frames of each instruction pointer, outermost first. */
  readonly #frames: (readonly number[])[] = [[]];
  /** Stack row of each trace. */
  readonly #stacks: number[] = [-1];
  /** A string with line ends, whose rest is to come. */
  #open: { text: string; length: number } | undefined;
  lengths = false;

  constructor(into: ProfileBuilder) {
    this.#into = into;
  }

  /** True while a string goes on in the next line. */
  get unfinished(): boolean {
    return this.#open !== undefined;
  }

  string(text: string): void {
    if (!this.lengths) {
      this.#strings.push(text);
      return;
    }
    const blank = text.indexOf(" ");
    this.#open = { text: text.slice(blank + 1), length: hex(text.slice(0, blank)) };
    this.#close();
  }

  /** The next line of a string. */
  more(text: string): void {
    const open = this.#open!;
    open.text += `\n${text}`;
    this.#close();
  }

  #close(): void {
    const { text, length } = this.#open!;
    // A line end stands for one byte at least; a length that lies does not swallow the file.
    if (text.length < length && length < 1 << 16 && encodeUtf8(text).length < length) return;
    this.#strings.push(text);
    this.#open = undefined;
  }

  /** False where the line is not usable. */
  pointer(fields: readonly string[]): boolean {
    const [address, ...numbers] = fields;
    const values = numbers.map(hex);
    const whole = /^[0-9a-f]{1,16}$/i.test(address ?? "") && values.every((value) => !Number.isNaN(value));
    const place = { address: whole ? BigInt(`0x${address}`) : 0n, module: this.#text(values[0]) };
    const frames: number[] = [];
    for (let at = 1; at < values.length; at += 3) {
      const file = this.#text(values[at + 1]);
      const frame = {
        ...place,
        symbol: this.#text(values[at]),
        file: file === "" ? undefined : file,
        line: lineOf(values[at + 2]),
        inlined: at + 3 < values.length,
      };
      // A line without a function says no more than the address.
      if (frame.symbol !== "" || values.length <= 4) frames.unshift(nativeFrame(this.#into, frame));
    }
    if (frames.length === 0) frames.push(nativeFrame(this.#into, { ...place, symbol: "" }));
    this.#frames.push(frames);
    return whole;
  }

  /** False where the pointer or the caller has not been listed. */
  trace(pointer: number, caller: number): boolean {
    const frames = this.#frames[pointer];
    const parent = this.#stacks[caller];
    let stack = parent ?? -1;
    for (const frame of frames ?? []) stack = this.#into.stack(stack, frame);
    this.#stacks.push(stack);
    return frames !== undefined && parent !== undefined;
  }

  /** Stack row of a trace; undefined where there is none of that number. */
  stack(trace: number): number | undefined {
    return this.#stacks[trace];
  }

  #text(index: number | undefined): string {
    return this.#strings[index ?? 0] ?? "";
  }
}

function lineOf(value: number | undefined): number {
  return value !== undefined && value < 2 ** 31 ? value : 0;
}
