import { decodeUtf8 } from "../util/platform.ts";
import { type ElfFile, type ElfSegment, parseElf, symbolSections } from "./elf.ts";
import { readableName } from "./readable-name.ts";

const FUNCTION = 2;
const INDIRECT_FUNCTION = 10;
const UNDEFINED = 0;
/** Symbol binding: how well known a name is. */
const RANK = new Map([
  [1, 2], // global
  [2, 1], // weak
  [0, 0], // local
]);

/**
 * The functions of a binary by their place in the file: what offsets of unnamed frames are looked up in. Sorted by
 * `start`; of several names for one place the best known is kept, as perf does: global before weak before local.
 */
export interface FunctionSymbols {
  readonly buildId: string;
  readonly length: number;
  /** Offset in the file. */
  readonly start: BigUint64Array;
  /** Bytes; a symbol without a size reaches to the next one. */
  readonly size: BigUint64Array;
  readonly name: readonly string[];
}

/**
 * Reads the functions that a binary, or its file of debug information, knows by name.
 * @param segmentsOf the parts of the binary, where `file` is debug information that has lost where the code lies
 * @throws FlambeauError malformed where it is no ELF file
 */
export function functionSymbols(
  file: Uint8Array | ElfFile,
  segmentsOf?: readonly ElfSegment[],
): FunctionSymbols {
  const parsed = file instanceof Uint8Array ? parseElf(file) : file;
  const elf = segmentsOf === undefined ? parsed : { ...parsed, segments: segmentsOf };
  const found: Found[] = [];
  for (const section of symbolSections(elf)) {
    collect(elf, section, found);
    // The dynamic linker's table is a part of the full one.
    if (found.length > 0) break;
  }
  found.sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : b.rank - a.rank));
  const kept = found.filter((symbol, i) => i === 0 || symbol.start !== found[i - 1]!.start);
  return {
    buildId: elf.buildId,
    length: kept.length,
    start: BigUint64Array.from(kept, ({ start }) => start),
    size: BigUint64Array.from(kept, ({ start, size }, i) => {
      if (size > 0n) return size;
      const next = kept[i + 1]?.start ?? start + 1n;
      return next - start;
    }),
    name: kept.map(({ name }) => name),
  };
}

/** Name of the function at an offset in the file, or undefined. */
export function functionAt(symbols: FunctionSymbols, offset: bigint): string | undefined {
  let from = 0;
  let to = symbols.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (symbols.start[middle]! <= offset) from = middle + 1;
    else to = middle;
  }
  const at = from - 1;
  if (at < 0 || offset - symbols.start[at]! >= symbols.size[at]!) return undefined;
  return symbols.name[at];
}

interface Found {
  readonly start: bigint;
  readonly size: bigint;
  readonly rank: number;
  readonly name: string;
}

/**
 * A symbol takes 24 bytes (64 bits) or 16 (32 bits):
 *
 * ```
 *   64  name:4 info:1 other:1 section:2 value:8 size:8
 *   32  name:4 value:4 size:4 info:1 other:1 section:2
 * ```
 */
function collect(elf: ElfFile, section: ElfFile["sections"][number], into: Found[]): void {
  const { view, wide, littleEndian } = elf;
  const width = wide ? 24 : 16;
  const names = elf.sections[section.link];
  if (names === undefined || section.entrySize < width) return;
  const executable = elf.segments.filter((segment) => segment.executable);
  for (let at = section.offset; at + width <= section.offset + section.size; at += section.entrySize) {
    const info = view.getUint8(at + (wide ? 4 : 12));
    const type = info & 15;
    if (type !== FUNCTION && type !== INDIRECT_FUNCTION) continue;
    if (view.getUint16(at + (wide ? 6 : 14), littleEndian) === UNDEFINED) continue;
    const address = wide
      ? view.getBigUint64(at + 8, littleEndian)
      : BigInt(view.getUint32(at + 4, littleEndian));
    const size = wide
      ? view.getBigUint64(at + 16, littleEndian)
      : BigInt(view.getUint32(at + 8, littleEndian));
    const start = fileOffset(executable, address);
    const name = textAt(
      elf.bytes,
      names.offset + view.getUint32(at, littleEndian),
      names.offset + names.size,
    );
    if (start !== undefined && name !== "") into.push({ start, size, rank: RANK.get(info >> 4) ?? 0, name });
  }
}

/** Where the code at an address of the binary lies in its file, as its program headers say. */
function fileOffset(segments: readonly ElfSegment[], address: bigint): bigint | undefined {
  for (const { address: from, offset, fileSize } of segments) {
    // Files of debug information keep the headers, but none of the code: their sizes may be 0.
    if (address >= from && (address < from + fileSize || fileSize === 0n)) return address - from + offset;
  }
  return undefined;
}

/** Longest name that is kept whole. */
const LONGEST = 65_536;

function textAt(bytes: Uint8Array, from: number, limit: number): string {
  if (from >= limit) return "";
  let end = from;
  const stop = Math.min(limit, from + LONGEST);
  while (end < stop && bytes[end] !== 0) end++;
  return readableName(decodeUtf8(bytes.subarray(from, end)));
}
