import type { Head } from "./reader.ts";

const JITDUMP =
  "a jitdump: names of functions that a JIT made, without samples (keep it beside the perf.data that goes with it, and read that)";
const PERF_MAP =
  "a perf-PID.map: names of functions that a JIT made, without samples (keep it beside the perf.data that goes with it, and read that)";
/** `7f9ea0003400 378 JS:~ node:internal/main`: address, size and name. */
const PERF_MAP_LINE = /^(?:0x)?[0-9a-f]{5,16} (?:0x)?[0-9a-f]{1,16} \S/i;

/** Beginnings of files that people hand over by mistake, or that hold a profile inside a wrapper. */
const signatures: readonly (readonly [bytes: readonly number[], what: string])[] = [
  [[0x02, 0x21, 0x4c, 0x18], "LZ4 data of the old form (decompress it first: lz4 -d)"],
  [[0x5d, 0, 0, 0x80, 0], "LZMA data (decompress it first: xz -d --format=lzma)"],
  [[0x1f, 0x9d], "data of Unix compress (decompress it first: gzip -d)"],
  [[0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], "a 7z archive (unpack it first: 7z x FILE)"],
  [[0x52, 0x61, 0x72, 0x21, 0x1a, 0x07], "a RAR archive (unpack it first)"],
  [[0xff, 0x06, 0, 0, 0x73, 0x4e, 0x61, 0x50, 0x70, 0x59], "Snappy data (decompress it first)"],
  [[0x78, 0x01], "zlib data without a file around it (decompress it first: zlib-flate -uncompress)"],
  [[0x78, 0x9c], "zlib data without a file around it (decompress it first: zlib-flate -uncompress)"],
  [[0x78, 0xda], "zlib data without a file around it (decompress it first: zlib-flate -uncompress)"],
  [[0xff, 0xfe, 0, 0], "UTF-32 text (convert it first: iconv -f UTF-32 -t UTF-8)"],
  [[0, 0, 0xfe, 0xff], "UTF-32 text (convert it first: iconv -f UTF-32 -t UTF-8)"],
  [[0x53, 0x51, 0x4c, 0x69, 0x74, 0x65, 0x20, 0x66], "an SQLite database"],
  [[0x47, 0x49, 0x46, 0x38], "a GIF picture"],
  [[0xca, 0xfe, 0xba, 0xbe], "a Java class or a Mach-O program, not a profile of one"],
  [[0x7f, 0x45, 0x4c, 0x46], "an ELF program or library, not a profile of one"],
  [[0xcf, 0xfa, 0xed, 0xfe], "a Mach-O program or library, not a profile of one"],
  [[0x4d, 0x5a], "a Windows program or library, not a profile of one"],
  [[0x50, 0x41, 0x52, 0x31], "a Parquet table"],
  [[0x89, 0x50, 0x4e, 0x47], "a PNG picture"],
  [[0xff, 0xd8, 0xff], "a JPEG picture"],
  [[0x25, 0x50, 0x44, 0x46], "a PDF document"],
  [[0x44, 0x54, 0x69, 0x4a], JITDUMP],
  [[0x4a, 0x69, 0x54, 0x44], JITDUMP],
];

/** What the beginning of an unknown input looks like, in words for an error message. */
export function describeHead(head: Head): string {
  const { bytes } = head;
  for (const [signature, what] of signatures) {
    if (bytes.length >= signature.length && signature.every((byte, i) => bytes[i] === byte)) return what;
  }
  if (isTar(bytes)) return "a tar archive (unpack it first: tar -xf FILE)";
  const start = bytes.subarray(0, 4096);
  let control = 0;
  for (const byte of start) if (byte < 9 || (byte > 13 && byte < 32 && byte !== 27)) control++;
  if (control > start.length / 100) return `binary data that begins with ${hex(bytes.subarray(0, 8))}`;
  const text = head.text.trimStart();
  if (/^<(?:!doctype|html|\?xml|svg)/i.test(text)) return "HTML or XML";
  const lines = head.lines.slice(0, 20).filter((line) => line !== "");
  if (lines.length > 0 && lines.every((line) => PERF_MAP_LINE.test(line))) return PERF_MAP;
  const line = printable(text.split("\n", 1)[0] ?? "");
  if (text.startsWith("{") || text.startsWith("[")) return `JSON that begins with ${line}`;
  return line === "" ? "blank text" : `text that begins with ${line}`;
}

/** POSIX and GNU archives carry this word in the first header. */
function isTar(bytes: Uint8Array): boolean {
  return bytes.length >= 512 && latin1(bytes.subarray(257, 262)) === "ustar";
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

/** At most 60 characters in quotes; what a terminal might act on is replaced. */
function printable(line: string): string {
  const safe = line.replace(/[^\x20-\x7e]/g, "?").trimEnd();
  return safe === "" ? "" : safe.length > 60 ? `"${safe.slice(0, 60)}…"` : `"${safe}"`;
}
