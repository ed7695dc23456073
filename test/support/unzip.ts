import { inflateRawSync } from "node:zlib";

/** The only file of a zip archive, by its central directory. */
export function unzipped(archive: Uint8Array): Uint8Array {
  const bytes = Buffer.from(archive);
  const entry = bytes.lastIndexOf(Buffer.from("PK\u0001\u0002", "latin1"));
  if (entry < 0) throw new Error("not a zip archive");
  const size = bytes.readUInt32LE(entry + 20);
  const header = bytes.readUInt32LE(entry + 42);
  const start = header + 30 + bytes.readUInt16LE(header + 26) + bytes.readUInt16LE(header + 28);
  const data = bytes.subarray(start, start + size);
  return bytes.readUInt16LE(entry + 10) === 0 ? data : inflateRawSync(data);
}
