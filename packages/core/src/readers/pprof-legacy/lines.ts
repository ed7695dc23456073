import { FlambeauError } from "../../util/errors.ts";
import { decodeUtf8 } from "../../util/platform.ts";
import { FORMAT } from "./collected.ts";

/** Lines of a file, one at a time and without surrounding blanks. */
export class Lines {
  readonly #bytes: Uint8Array;
  #at: number;
  /** Number of the line that `next` returned last, from 1. */
  number = 0;

  constructor(bytes: Uint8Array, start: number = 0) {
    this.#bytes = bytes;
    this.#at = start;
  }

  /** The next line; undefined at the end. */
  next(): string | undefined {
    if (this.#at >= this.#bytes.length) return undefined;
    const end = this.#bytes.indexOf(10, this.#at);
    const stop = end < 0 ? this.#bytes.length : end;
    const line = decodeUtf8(this.#bytes.subarray(this.#at, stop));
    this.#at = stop + 1;
    this.number++;
    return line.trim();
  }

  /** The lines that are left. */
  *rest(): Iterable<string> {
    for (let line = this.next(); line !== undefined; line = this.next()) yield line;
  }

  malformed(what: string): FlambeauError {
    return new FlambeauError("malformed", what, { format: FORMAT, line: this.number });
  }
}

/** Hexadecimal addresses in a line, less `adjust`: a return address stands behind its call. */
export function addressesOf(text: string, adjust: bigint): bigint[] {
  const addresses: bigint[] = [];
  for (const [hex] of text.matchAll(/0x[0-9a-f]+/g)) {
    if (hex.length > 18) continue;
    addresses.push(BigInt.asUintN(64, BigInt(hex) - adjust));
  }
  return addresses;
}

/**
 * A sample of allocations of one size is in the profile with probability 1 - exp(-size / rate): undoes that.
 * Source: google/pprof, scaleHeapSample.
 */
export function unsampled(count: number, size: number, rate: number): [count: number, size: number] {
  if (count === 0 || size === 0) return [0, 0];
  if (rate <= 1) return [count, size];
  const scale = 1 / (1 - Math.exp(-(size / count) / rate));
  return [Math.trunc(count * scale), Math.trunc(size * scale)];
}
