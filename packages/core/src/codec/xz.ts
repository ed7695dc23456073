import { FlambeauError } from "../util/errors.ts";
import { Lzma, LzmaDamage } from "./lzma.ts";

const MAGIC = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00];
const HEADER = 12;
/** Bytes of the check behind a block, by its number in the header. */
const CHECK_SIZES = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64];
const LZMA2 = 0x21;

/**
 * Decompresses the first stream of an xz file (The .xz File Format, version 1.2): LZMA2 alone, without other filters.
 * Checksums are not looked at.
 * @param limit bytes that the result may have
 * @throws FlambeauError malformed, too-large or unsupported
 */
export function unxz(bytes: Uint8Array, limit: number): Uint8Array {
  if (MAGIC.some((byte, i) => bytes[i] !== byte)) fail("malformed", "it does not begin like an xz file", 0);
  const check = CHECK_SIZES[bytes[7]! & 15]!;
  const lzma = new Lzma(bytes, limit);
  let at = HEADER;
  try {
    // A block begins with the length of its header; the list of blocks with 0.
    while (at < bytes.length && bytes[at] !== 0) {
      const start = blockStart(bytes, at);
      const end = lzma.block(start);
      at = end + (-(end - at) & 3) + check;
    }
  } catch (error) {
    if (!(error instanceof LzmaDamage)) throw error;
    if (error.tooLarge) fail("too-large", `it unpacks to more than ${limit} bytes`, at);
    fail("malformed", "its content is damaged", at);
  }
  return lzma.output();
}

/** Where the compressed bytes of a block begin. */
function blockStart(bytes: Uint8Array, at: number): number {
  const size = (bytes[at]! + 1) * 4;
  const flags = bytes[at + 1] ?? 0;
  let next = at + 2;
  const number = (): number => {
    let value = 0;
    for (let scale = 1; scale < 2 ** 56; scale *= 128) {
      const byte = bytes[next++] ?? 0;
      value += (byte & 127) * scale;
      if (byte < 128) break;
    }
    return value;
  };
  if ((flags & 0x40) !== 0) number();
  if ((flags & 0x80) !== 0) number();
  if ((flags & 3) !== 0 || number() !== LZMA2) fail("unsupported", "it uses other filters than LZMA2", at);
  return at + size;
}

function fail(code: "malformed" | "too-large" | "unsupported", problem: string, offset: number): never {
  throw new FlambeauError(code, `xz data cannot be unpacked: ${problem}`, { format: "xz", offset });
}
