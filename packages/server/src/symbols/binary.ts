import * as zlib from "node:zlib";
import {
  type AddressLines,
  addressLines,
  type ElfFile,
  type ElfSegment,
  FlambeauError,
  type FunctionSymbols,
  functionAt,
  functionSymbols,
  linesAt,
  parseElf,
  type UnpackSection,
} from "@flambeau/core";
import type { SymbolLine } from "../store/maintain/symbols.ts";

/** What a binary, or its debug information, says of its addresses. */
export interface Binary {
  readonly functions: FunctionSymbols;
  readonly lines: AddressLines;
}

/** Reads both tables of a binary; see {@link functionSymbols} and {@link addressLines}. */
export function readBinary(bytes: Uint8Array, segmentsOf?: readonly ElfSegment[]): Binary {
  const elf = parseElf(bytes);
  return { functions: functionSymbols(elf, segmentsOf), lines: linesOf(elf, segmentsOf) };
}

/** The names of functions are worth having where the debug information is not to be had. */
function linesOf(elf: ElfFile, segmentsOf: readonly ElfSegment[] | undefined): AddressLines {
  try {
    return addressLines(elf, { unpack, segmentsOf });
  } catch (error) {
    if (!(error instanceof FlambeauError)) throw error;
    return { ...addressLines({ ...elf, sections: [] }), complete: false };
  }
}

/** Node unpacks zlib; from version 22 on zstd too. */
const unpack: UnpackSection = (packed, method, size) => {
  const zstd = (zlib as { zstdDecompressSync?: typeof zlib.inflateSync }).zstdDecompressSync;
  const inflate = method === "zlib" ? zlib.inflateSync : zstd;
  try {
    return inflate?.(packed, { maxOutputLength: Math.max(size, 1) });
  } catch {
    return undefined;
  }
};

/** Places of an offset in the file, the innermost inlined call first; undefined where the binary does not know it. */
export function placesAt({ functions, lines }: Binary, offset: bigint): readonly SymbolLine[] | undefined {
  const name = functionAt(functions, offset);
  const found = linesAt(lines, Number(offset));
  const places = found.map((place, i) =>
    // Of assembly code the line is known, but not which function it is in.
    place.name === "" && i === found.length - 1 ? { ...place, name: name ?? "" } : place,
  );
  if (places.length > 0 && places.every((place) => place.name !== "")) return places;
  return name === undefined ? undefined : [{ name, file: "", line: 0, column: 0 }];
}
