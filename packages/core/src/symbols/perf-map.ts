import type { CodeNames } from "../codec/code-names.ts";
import { grown } from "../util/growable.ts";
import { decodeUtf8 } from "../util/platform.ts";
import { hexDigits, signedHex } from "./kallsyms.ts";
import { paint } from "./painted.ts";

const NEWLINE = 10;
const SPACE = 32;

/**
 * Reads `/tmp/perf-PID.map`, where a JIT tells perf of its functions: ```3ef414c0 398 RegExp:[{(]``` start and size in
 * hexadecimal (Java writes 0x in front), then a name that may contain spaces. Code that was thrown away stays in the
 * list: a later line takes the place of whatever it overlaps.
 */
export function readPerfMap(bytes: Uint8Array): CodeNames & { readonly length: number } {
  let count = 0;
  let start = new Float64Array(256);
  let end = new Float64Array(256);
  let from = new Uint32Array(256);
  let to = new Uint32Array(256);
  for (let at = 0; at < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, at);
    const stop = newline < 0 ? bytes.length : newline;
    const address = hexAt(bytes, at, stop);
    const size = address === undefined ? undefined : hexAt(bytes, address.end + 1, stop);
    if (address !== undefined && size !== undefined && size.value > 0 && size.end + 1 < stop) {
      const row = count++;
      start = grown(start, count);
      end = grown(end, count);
      from = grown(from, count);
      to = grown(to, count);
      start[row] = address.value;
      end[row] = address.value + size.value;
      from[row] = size.end + 1;
      to[row] = bytes[stop - 1] === 13 ? stop - 1 : stop;
    }
    at = stop + 1;
  }
  const painted = paint(start.subarray(0, count), end.subarray(0, count));
  const names: (string | undefined)[] = [];
  return {
    length: count,
    at(address) {
      const row = painted.find(address);
      if (row < 0) return undefined;
      names[row] ??= decodeUtf8(bytes.subarray(from[row]!, to[row]!));
      return names[row];
    },
  };
}

/** A hexadecimal number that a space follows. */
function hexAt(bytes: Uint8Array, at: number, stop: number): { value: number; end: number } | undefined {
  const from = bytes[at] === 0x30 && (bytes[at + 1]! | 0x20) === 0x78 ? at + 2 : at;
  const digits = hexDigits(bytes, from, stop);
  if (digits === 0 || digits > 16 || bytes[from + digits] !== SPACE) return undefined;
  return { value: signedHex(bytes, from, digits), end: from + digits };
}
