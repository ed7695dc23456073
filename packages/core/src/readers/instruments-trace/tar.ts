import { decodeLatin1 } from "../../util/platform.ts";

const BLOCK = 512;

/** The files of a tar archive by name; what is cut off at the end is left out, and `cut` is true. */
export function filesOfTar(bytes: Uint8Array): {
  readonly files: Map<string, Uint8Array>;
  readonly cut: boolean;
} {
  const files = new Map<string, Uint8Array>();
  let at = 0;
  while (at + BLOCK <= bytes.length) {
    const header = bytes.subarray(at, at + BLOCK);
    const name = textAt(header, 0, 100);
    // An empty block ends the archive.
    if (name === "") return { files, cut: false };
    const prefix = textAt(header, 257, 5) === "ustar" ? textAt(header, 345, 155) : "";
    const size = Number.parseInt(textAt(header, 124, 12).trim() || "0", 8);
    const isFile = header[156] === 0x30 || header[156] === 0;
    at += BLOCK;
    if (!(size >= 0) || at + size > bytes.length) return { files, cut: true };
    if (isFile) files.set(prefix === "" ? name : `${prefix}/${name}`, bytes.subarray(at, at + size));
    at += Math.ceil(size / BLOCK) * BLOCK;
  }
  return { files, cut: at < bytes.length };
}

function textAt(bytes: Uint8Array, start: number, length: number): string {
  const text = decodeLatin1(bytes.subarray(start, start + length));
  const end = text.indexOf("\0");
  return end < 0 ? text : text.slice(0, end);
}
