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
