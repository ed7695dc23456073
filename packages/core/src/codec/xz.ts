import { FlambeauError } from "../util/errors.ts";
import { Lzma, LzmaDamage } from "./lzma.ts";

const MAGIC = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00];
const HEADER = 12;
const FOOTER = 12;
/** Bytes of the check behind a block, by its number in the header. */
const CHECK_SIZES = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64];
const LZMA2 = 0x21;

/** What came out of xz data. */
export interface Unxzed {
  readonly bytes: Uint8Array;
  /** Why it ends before its end; then `bytes` is what came before. */
  readonly fault: FlambeauError | undefined;
}

/**
 * Decompresses xz data, all streams of it.
 * @param limit bytes that the result may have
 * @throws FlambeauError malformed, too-large or unsupported
 */
export function unxz(bytes: Uint8Array, limit: number): Uint8Array {
  const { bytes: unpacked, fault } = unxzed(bytes, limit);
  if (fault !== undefined) throw fault;
  return unpacked;
}

/**
 * The same, with what came before damage (The .xz File Format, version 1.2: LZMA2 alone, without other filters).
 * Checksums are not looked at.
 */
export function unxzed(bytes: Uint8Array, limit: number): Unxzed {
  const lzma = new Lzma(bytes, limit);
  let at = 0;
  let fault: FlambeauError | undefined;
  try {
    do {
      if (!isXz(bytes.subarray(at))) fail("malformed", "it does not begin like an xz file", at);
      const check = CHECK_SIZES[bytes[at + 7]! & 15]!;
      at += HEADER;
      // A block begins with the length of its header; the list of blocks with 0.
      while (bytes[at] !== 0) {
        if (at >= bytes.length) fail("malformed", "it ends early", at);
        const end = lzma.block(blockStart(bytes, at));
        at = end + (-(end - at) & 3) + check;
      }
      at = streamEnd(bytes, at);
    } while (at < bytes.length);
  } catch (error) {
    if (error instanceof FlambeauError) fault = error;
    else if (!(error instanceof LzmaDamage)) throw error;
    else if (error.tooLarge) fault = problemOf("too-large", `it unpacks to more than ${limit} bytes`, at);
    else fault = problemOf("malformed", "its content is damaged", at);
  }
  return { bytes: lzma.output(), fault };
}

/** True where bytes begin like an xz file. */
export function isXz(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, i) => bytes[i] === byte);
}

/** Behind the list of blocks (`0 | count | sizes | padding | check 4`), the footer and what pads the stream. */
function streamEnd(bytes: Uint8Array, list: number): number {
  const numbers = new Numbers(bytes, list + 1);
  const count = numbers.next();
  if (count > bytes.length) fail("malformed", "its list of blocks is damaged", list);
  for (let i = 0; i < count * 2; i++) numbers.next();
  let at = numbers.at + (-(numbers.at - list) & 3) + 4 + FOOTER;
  while (at < bytes.length && bytes[at] === 0) at++;
  return at;
}

/** Numbers of seven bits a byte, the lowest first. */
class Numbers {
  readonly #bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  next(): number {
    let value = 0;
    for (let scale = 1; scale < 2 ** 56; scale *= 128) {
      const byte = this.#bytes[this.at++] ?? 0;
      value += (byte & 127) * scale;
      if (byte < 128) break;
    }
    return value;
  }
}

/** Where the compressed bytes of a block begin. */
function blockStart(bytes: Uint8Array, at: number): number {
  const size = (bytes[at]! + 1) * 4;
  const flags = bytes[at + 1] ?? 0;
  const numbers = new Numbers(bytes, at + 2);
  if ((flags & 0x40) !== 0) numbers.next();
  if ((flags & 0x80) !== 0) numbers.next();
  if ((flags & 3) !== 0 || numbers.next() !== LZMA2)
    fail("unsupported", "it uses other filters than LZMA2", at);
  return at + size;
}

type Code = "malformed" | "too-large" | "unsupported";

function fail(code: Code, problem: string, offset: number): never {
  throw problemOf(code, problem, offset);
}

function problemOf(code: Code, problem: string, offset: number): FlambeauError {
  return new FlambeauError(code, `xz data cannot be unpacked: ${problem}`, {
    format: "xz",
    offset,
    hint: "Unpack it first: xz -d.",
  });
}
