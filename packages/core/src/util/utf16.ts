import type { ByteSource } from "./source.ts";

/** Byte order of UTF-16 text, and whether a byte order mark stands in front. */
export interface Utf16 {
  readonly littleEndian: boolean;
  readonly mark: boolean;
}

/** Characters looked at where no mark says it. */
const SAMPLE = 256;

/**
 * Whether bytes begin UTF-16 text: by the mark FF FE or FE FF, or, without one, where plain ASCII with a zero beside
 * every character begins the text. Windows tools that are redirected write it so.
 */
export function detectUtf16(bytes: Uint8Array): Utf16 | undefined {
  if (bytes.length < 2) return undefined;
  // FF FE 00 00 is UTF-32, or no text.
  if (bytes[0] === 0xff && bytes[1] === 0xfe && !(bytes[2] === 0 && bytes[3] === 0)) {
    return { littleEndian: true, mark: true };
  }
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return { littleEndian: false, mark: true };
  if (bytes.length < 8) return undefined;
  for (const littleEndian of [true, false]) {
    if (beginsAsAscii(bytes, littleEndian)) return { littleEndian, mark: false };
  }
  return undefined;
}

function beginsAsAscii(bytes: Uint8Array, littleEndian: boolean): boolean {
  const end = Math.min(bytes.length - 1, SAMPLE * 2);
  let plain = 0;
  let other = 0;
  for (let at = 0; at < end; at += 2) {
    const low = bytes[littleEndian ? at : at + 1]!;
    const high = bytes[littleEndian ? at + 1 : at]!;
    if (high === 0 && (low < 9 || (low > 13 && low < 0x20))) return false;
    if (high === 0 && low < 0x7f) plain++;
    else other++;
  }
  return plain > other * 9;
}

/** UTF-8 of UTF-16 text as it is read; what is no character becomes U+FFFD. */
export function utf8OfUtf16(source: ByteSource, { littleEndian, mark }: Utf16): ByteSource {
  const input = new Uint8Array(1 << 16);
  let have = 0;
  let out = new Uint8Array(0);
  let at = 0;
  let skip = mark ? 2 : 0;
  let ended = false;
  return {
    name: source.name,
    size: undefined,
    async read(target) {
      while (at === out.length && !ended) {
        const count = await source.read(input.subarray(have));
        ended = count === 0;
        have += count;
        if (have < skip && !ended) continue;
        const start = Math.min(skip, have);
        skip = 0;
        const piece = transcode(input.subarray(start, have), littleEndian, ended);
        out = piece.out;
        at = 0;
        input.copyWithin(0, start + piece.used, have);
        have -= start + piece.used;
      }
      const count = Math.min(target.length, out.length - at);
      target.set(out.subarray(at, at + count));
      at += count;
      return count;
    },
  };
}

/** Everything that is whole; at the end of the text what is not whole is U+FFFD. */
function transcode(
  bytes: Uint8Array,
  littleEndian: boolean,
  last: boolean,
): { out: Uint8Array<ArrayBuffer>; used: number } {
  const unit = (at: number): number =>
    littleEndian ? bytes[at]! | (bytes[at + 1]! << 8) : (bytes[at]! << 8) | bytes[at + 1]!;
  // Two bytes become three at most; three more for half a unit at the end.
  const out = new Uint8Array(Math.ceil(bytes.length / 2) * 3);
  let to = 0;
  let at = 0;
  while (at + 1 < bytes.length) {
    let point = unit(at);
    let length = 2;
    if (point >= 0xd800 && point < 0xe000) {
      const pair = at + 3 < bytes.length ? unit(at + 2) : -1;
      if (point < 0xdc00 && pair < 0 && !last) break;
      if (point < 0xdc00 && pair >= 0xdc00 && pair < 0xe000) {
        point = 0x10000 + ((point - 0xd800) << 10) + (pair - 0xdc00);
        length = 4;
      } else point = 0xfffd;
    }
    to = encode(point, out, to);
    at += length;
  }
  if (last && at < bytes.length) {
    to = encode(0xfffd, out, to);
    at = bytes.length;
  }
  return { out: out.slice(0, to), used: at };
}

function encode(point: number, out: Uint8Array, to: number): number {
  if (point < 0x80) out[to++] = point;
  else if (point < 0x800) {
    out[to++] = 0xc0 | (point >> 6);
    out[to++] = 0x80 | (point & 63);
  } else {
    if (point < 0x10000) out[to++] = 0xe0 | (point >> 12);
    else {
      out[to++] = 0xf0 | (point >> 18);
      out[to++] = 0x80 | ((point >> 12) & 63);
    }
    out[to++] = 0x80 | ((point >> 6) & 63);
    out[to++] = 0x80 | (point & 63);
  }
  return to;
}
