import { type ElfFile, type ElfSegment, parseElf, symbolSections } from "./elf.ts";
import { Binding, FunctionCollector, type FunctionTable } from "./function-table.ts";
import { readableName } from "./readable-name.ts";

const LABEL = 0;
const FUNCTION = 2;
const INDIRECT_FUNCTION = 10;
const UNDEFINED = 0;
/** Symbol binding as the file says it. */
const BINDINGS: readonly number[] = [Binding.local, Binding.global, Binding.weak];

/**
 * The functions of a binary by their place in the file: what offsets of unnamed frames are looked up in. Sorted by
 * `start`; of several names for one place the one that perf would choose is kept.
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
  const elf = file instanceof Uint8Array ? parseElf(file) : file;
  const table = functionTable(elf, segmentsOf === undefined ? elf : { ...elf, segments: segmentsOf });
  return {
    buildId: elf.buildId,
    length: table.length,
    start: BigUint64Array.from(table.start, BigInt),
    size: BigUint64Array.from(table.start, (start, row) => BigInt(table.end[row]! - start)),
    name: Array.from({ length: table.length }, (_, row) => table.name(row)),
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

/**
 * The functions of a binary by offset in the file. Of a file of debug information, which has none of the code, the
 * binary itself says where its code lies: `segmentsOf`.
 */
export function functionTable(elf: ElfFile, segmentsOf: ElfFile = elf): FunctionTable {
  const found = new FunctionCollector(elf.bytes);
  for (const section of symbolSections(elf)) {
    collect(elf, section, executable(segmentsOf), found);
    // The dynamic linker's table is a part of the full one.
    if (found.length > 0) break;
  }
  return found.finish(readableName);
}

/** A part of the file that holds code, in doubles. */
interface CodeSegment {
  readonly address: number;
  readonly offset: number;
  readonly size: number;
}

function executable({ segments }: ElfFile): CodeSegment[] {
  return segments
    .filter((segment: ElfSegment) => segment.executable)
    .map(({ address, offset, fileSize }) => ({
      address: Number(address),
      offset: Number(offset),
      size: Number(fileSize),
    }));
}

/**
 * A symbol takes 24 bytes (64 bits) or 16 (32 bits):
 *
 * ```
 *   64  name:4 info:1 other:1 section:2 value:8 size:8
 *   32  name:4 value:4 size:4 info:1 other:1 section:2
 * ```
 */
function collect(
  elf: ElfFile,
  section: ElfFile["sections"][number],
  segments: readonly CodeSegment[],
  into: FunctionCollector,
): void {
  const { view, wide, littleEndian, bytes } = elf;
  const width = wide ? 24 : 16;
  const names = elf.sections[section.link];
  if (names === undefined || section.entrySize < width) return;
  const namesEnd = names.offset + names.size;
  const word = (at: number): number =>
    wide ? u64(view, at, littleEndian) : view.getUint32(at, littleEndian);
  for (let at = section.offset; at + width <= section.offset + section.size; at += section.entrySize) {
    const info = view.getUint8(at + (wide ? 4 : 12));
    const type = info & 15;
    if (type !== FUNCTION && type !== INDIRECT_FUNCTION && type !== LABEL) continue;
    const home = view.getUint16(at + (wide ? 6 : 14), littleEndian);
    if (home === UNDEFINED) continue;
    if (type === LABEL && !isCode(elf, home)) continue;
    const start = fileOffset(segments, word(at + (wide ? 8 : 4)));
    const from = names.offset + view.getUint32(at, littleEndian);
    if (start === undefined || from >= namesEnd || bytes[from] === 0) continue;
    const to = endOfName(bytes, from, namesEnd);
    into.add(start, word(at + (wide ? 16 : 8)), from, to, BINDINGS[info >> 4] ?? Binding.local);
  }
}

function endOfName(bytes: Uint8Array, from: number, most: number): number {
  const length = bytes.subarray(from, most).indexOf(0);
  return length < 0 ? most : from + length;
}

/** Assembly code may leave its functions without a type. */
function isCode({ sections }: ElfFile, home: number): boolean {
  return sections[home]?.name.startsWith(".text") === true;
}

function u64(view: DataView, at: number, little: boolean): number {
  return (
    view.getUint32(at + (little ? 0 : 4), little) + view.getUint32(at + (little ? 4 : 0), little) * 2 ** 32
  );
}

/** Where the code at an address of the binary lies in its file, as its program headers say. */
function fileOffset(segments: readonly CodeSegment[], address: number): number | undefined {
  for (const { address: from, offset, size } of segments) {
    // Files of debug information keep the headers, but none of the code: their sizes may be 0.
    if (address >= from && (address < from + size || size === 0)) return address - from + offset;
  }
  return undefined;
}
