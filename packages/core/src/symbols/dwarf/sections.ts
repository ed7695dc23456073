import { inflateZlib } from "../../codec/inflate.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { ElfFile, ElfSection } from "../elf.ts";

/** How the host unpacks sections; undefined where it cannot. `size` is how long the result has to be. */
export type UnpackSection = (
  packed: Uint8Array,
  method: "zlib" | "zstd",
  size: number,
) => Uint8Array | undefined;

/** The sections of debug information; empty ones where the file has none. */
export interface DebugSections {
  readonly littleEndian: boolean;
  readonly info: Uint8Array;
  readonly abbrev: Uint8Array;
  readonly line: Uint8Array;
  readonly text: Uint8Array;
  readonly lineText: Uint8Array;
  readonly textOffsets: Uint8Array;
  readonly addresses: Uint8Array;
  /** Of DWARF 2 to 4. */
  readonly ranges: Uint8Array;
  /** Of DWARF 5. */
  readonly rangeLists: Uint8Array;
}

/** All sections of a file unpacked: beyond this many bytes it is refused. */
const MOST_UNPACKED = 2 ** 31;
const SHT_NOBITS = 8;
const METHODS: ReadonlyMap<number, "zlib" | "zstd"> = new Map([
  [1, "zlib"],
  [2, "zstd"],
]);

/**
 * Finds, and unpacks, the debug information of a file.
 * @throws FlambeauError too-large where it claims to unpack to more than 2 GiB, unsupported where nobody can unpack it
 */
export function debugSections(elf: ElfFile, unpack: UnpackSection | undefined): DebugSections {
  let left = MOST_UNPACKED;
  const section = (name: string): Uint8Array => {
    const found = elf.sections.find((one) => one.name === name && one.type !== SHT_NOBITS);
    if (found === undefined) return new Uint8Array();
    const content = found.packed ? unpacked(elf, found, unpack, left) : bytesOf(elf, found);
    left -= content.length;
    return content;
  };
  return {
    littleEndian: elf.littleEndian,
    info: section(".debug_info"),
    abbrev: section(".debug_abbrev"),
    line: section(".debug_line"),
    text: section(".debug_str"),
    lineText: section(".debug_line_str"),
    textOffsets: section(".debug_str_offsets"),
    addresses: section(".debug_addr"),
    ranges: section(".debug_ranges"),
    rangeLists: section(".debug_rnglists"),
  };
}

/** The content of a section, unpacked; undefined where there is none or it cannot be unpacked here. */
export function unpackedSection(
  elf: ElfFile,
  name: string,
): { readonly bytes: Uint8Array; readonly offset: number; readonly size: number } | undefined {
  const found = elf.sections.find((one) => one.name === name && one.type !== SHT_NOBITS);
  if (found === undefined || found.size === 0) return undefined;
  const { bytes } = elf;
  if (!found.packed) return { bytes, offset: found.offset, size: found.size };
  try {
    const content = unpacked(elf, found, inflated, MOST_UNPACKED);
    return { bytes: content, offset: 0, size: content.length };
  } catch (error) {
    if (error instanceof FlambeauError) return undefined;
    throw error;
  }
}

/** zlib without the host. */
export const inflated: UnpackSection = (packed, method, size) => {
  if (method !== "zlib") return undefined;
  const { bytes } = inflateZlib(packed, 0, size);
  return bytes;
};

function bytesOf(elf: ElfFile, { offset, size }: ElfSection): Uint8Array {
  return elf.bytes.subarray(offset, offset + size);
}

/** A packed section begins with method, size and alignment (System V gABI, "Section Compression"). */
function unpacked(
  elf: ElfFile,
  section: ElfSection,
  unpack: UnpackSection | undefined,
  most: number,
): Uint8Array {
  const header = elf.wide ? 24 : 12;
  if (section.size < header) fail("malformed", "a packed section ends early", section);
  const method = METHODS.get(elf.view.getUint32(section.offset, elf.littleEndian));
  const size = elf.wide
    ? Number(elf.view.getBigUint64(section.offset + 8, elf.littleEndian))
    : elf.view.getUint32(section.offset + 4, elf.littleEndian);
  if (size > most) fail("too-large", `${section.name} claims to unpack to ${size} bytes`, section);
  const packed = elf.bytes.subarray(section.offset + header, section.offset + section.size);
  const result = method === undefined ? undefined : unpack?.(packed, method, size);
  if (result === undefined)
    fail("unsupported", `${section.name} is packed in a way that cannot be read here`, section);
  if (result.length !== size) fail("malformed", `${section.name} does not unpack to what it claims`, section);
  return result;
}

function fail(
  code: "malformed" | "too-large" | "unsupported",
  problem: string,
  { offset }: ElfSection,
): never {
  throw new FlambeauError(code, `this debug information cannot be read: ${problem}`, {
    format: "elf",
    offset,
  });
}
