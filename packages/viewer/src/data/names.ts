import type { NameTable } from "@flambeau/core";

/** Names as columns: name `i` is `bytes[offsets[i] .. offsets[i + 1])`. */
export interface PackedNames {
  readonly length: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly offsets: Uint32Array<ArrayBuffer>;
  /** `FrameKind` per name. */
  readonly kind: Uint8Array<ArrayBuffer>;
}

/** Packs the given rows of a name table, in their order. */
export function packNames(names: NameTable, rows: Int32Array): PackedNames {
  const offsets = new Uint32Array(rows.length + 1);
  const kind = new Uint8Array(rows.length);
  for (let i = 0; i < rows.length; i++) offsets[i + 1] = offsets[i]! + names.bytes(rows[i]!).length;
  const bytes = new Uint8Array(offsets[rows.length]!);
  for (let i = 0; i < rows.length; i++) {
    bytes.set(names.bytes(rows[i]!), offsets[i]!);
    kind[i] = names.kind(rows[i]!);
  }
  return { length: rows.length, bytes, offsets, kind };
}

/** The buffers of packed names, for handing over. */
export function buffersOfNames({ bytes, offsets, kind }: PackedNames): ArrayBuffer[] {
  return [bytes.buffer, offsets.buffer, kind.buffer];
}
