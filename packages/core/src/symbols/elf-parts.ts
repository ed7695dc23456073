import { FlambeauError } from "../util/errors.ts";
import { ElfReader, type ElfSection, isElf, PT_NOTE, SHT_DYNSYM, SHT_NOTE, SHT_SYMTAB } from "./elf.ts";

/** Sections with symbols, whose texts are in another that they name, and notes, among which the build id is. */
const WANTED: ReadonlySet<number> = new Set([SHT_SYMTAB, SHT_NOTE, SHT_DYNSYM]);
/** How to unwind stacks. */
const UNWINDING = ".eh_frame";
/** The header and what usually stands right behind it. */
const HEAD = 4096;

/**
 * A file in memory, of which an ELF file is there only as far as names and unwinding need it: headers, symbols, notes and
 * `.eh_frame`. What is left out is zero, and costs no memory where the system hands out zeros when they are touched:
 * of a binary of 100 MB often a tenth is read.
 * @param size of the file in bytes
 * @param read fills `into` with what stands at `at` in the file
 */
export function readElfParts(size: number, read: (into: Uint8Array, at: number) => void): Uint8Array {
  const bytes = new Uint8Array(size);
  const fill = (from: number, to: number): void => {
    const end = Math.min(to, size);
    if (from < end) read(bytes.subarray(from, end), from);
  };
  fill(0, HEAD);
  try {
    if (isElf(bytes)) {
      fillParts(new ElfReader(bytes, bytes[4] === 2, bytes[5] === 1), fill);
      return bytes;
    }
  } catch (error) {
    // What is wrong with it is said by who parses the whole.
    if (!(error instanceof FlambeauError || error instanceof RangeError)) throw error;
  }
  fill(HEAD, size);
  return bytes;
}

function fillParts(reader: ElfReader, fill: (from: number, to: number) => void): void {
  const { start, size } = reader.sectionTable();
  fill(start, start + size);
  fill(start, start + size * (start === 0 ? 0 : reader.sectionCount(start)));
  const segments = reader.segmentTable();
  fill(segments.start, segments.start + segments.size * segments.count);
  const fillSection = (section: ElfSection | undefined): void => {
    if (section !== undefined) fill(section.offset, section.offset + section.size);
  };
  const nameless = reader.sections();
  fillSection(nameless[reader.namesSection(nameless)]);
  for (const section of reader.sections()) {
    if (!WANTED.has(section.type) && section.name !== UNWINDING) continue;
    fillSection(section);
    if (section.type !== SHT_NOTE) fillSection(nameless[section.link]);
  }
  for (const { type, offset, fileSize } of reader.segments()) {
    if (type === PT_NOTE) fill(Number(offset), Number(offset + fileSize));
  }
}
