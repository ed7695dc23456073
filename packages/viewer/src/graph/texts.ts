import type { GraphNames, PackedTexts } from "./level-graph.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/** Packs `length` texts that come as bytes. */
export function packTexts(length: number, bytesOf: (row: number) => Uint8Array): PackedTexts {
  const offsets = new Uint32Array(length + 1);
  let size = 0;
  for (let row = 0; row < length; row++) {
    size += bytesOf(row).length;
    offsets[row + 1] = size;
  }
  const bytes = new Uint8Array(size);
  for (let row = 0; row < length; row++) bytes.set(bytesOf(row), offsets[row]!);
  return { bytes, offsets };
}

/** Packs texts that come as strings. */
export function packStrings(texts: readonly string[]): PackedTexts {
  const encoded = texts.map((text) => encoder.encode(text));
  return packTexts(texts.length, (row) => encoded[row]!);
}

const decoded = new WeakMap<PackedTexts, (string | undefined)[]>();

/** Text of a row. Decoded when first asked for, then kept as long as the graph lives. */
export function textAt(texts: PackedTexts, row: number): string {
  let cache = decoded.get(texts);
  if (cache === undefined) {
    cache = [];
    decoded.set(texts, cache);
  }
  let text = cache[row];
  if (text === undefined) {
    text = decoder.decode(texts.bytes.subarray(texts.offsets[row]!, texts.offsets[row + 1]!));
    cache[row] = text;
  }
  return text;
}

/** `file:line` of a name's function; empty where not known. */
export function placeOf(names: GraphNames, row: number): string {
  return names.places === undefined ? "" : textAt(names.places, row);
}
