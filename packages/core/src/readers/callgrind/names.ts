import type { ProfileBuilder } from "../../model/builder.ts";
import { decodeUtf8 } from "../../util/platform.ts";
import { numberAt, numberEnd, passBlanks } from "./numbers.ts";

const OPEN = 0x28;
const CLOSE = 0x29;
/** Numbers of names count up from 1; one beyond this has more digits than anyone writes. */
const LARGEST = 1e15;

/**
 * Names of one kind (objects, files or functions) with the format's compression: `(7) main` names number 7, `(7)` alone
 * is that name again. A name is a string of the builder.
 */
export class Names {
  readonly #into: ProfileBuilder;
  readonly #known = new Map<number, number>();
  /** True where yappi wrote the names: `main /app/zoo.py:54`, with the place that stands in the file besides. */
  placed = false;

  constructor(into: ProfileBuilder) {
    this.#into = into;
  }

  resolve(bytes: Uint8Array, from: number, to: number): number {
    const start = passBlanks(bytes, from, to);
    let end = to;
    while (end > start && isBlank(bytes[end - 1]!)) end--;
    const close = bytes[start] === OPEN ? numberEnd(bytes, start + 1, end) : start;
    if (close < start + 2 || close === end || bytes[close] !== CLOSE) return this.#plain(bytes, start, end);
    const id = numberAt(bytes, start + 1, close);
    const name = passBlanks(bytes, close + 1, end);
    if (id > LARGEST || (name === close + 1 && name < end)) return this.#plain(bytes, start, end);
    if (name === end) return this.#known.get(id) ?? this.#plain(bytes, start, close + 1);
    const string = this.#plain(bytes, name, end);
    this.#known.set(id, string);
    return string;
  }

  #plain(bytes: Uint8Array, start: number, end: number): number {
    const placed = this.placed ? /^(\S+) .+:(\d+)$/.exec(textOf(bytes, start, end)) : null;
    if (placed === null) return this.#into.stringBytes(bytes, start, end);
    const [, name, line] = placed;
    // A file has many functions without a name.
    return this.#into.string(/^<(?!module>)/.test(name!) ? `${name}:${line}` : name!);
  }
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

/** The text of a value, for those that are no names. */
export function textOf(bytes: Uint8Array, start: number, end: number): string {
  return decodeUtf8(bytes.subarray(start, end));
}
