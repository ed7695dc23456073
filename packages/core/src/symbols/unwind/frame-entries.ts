import type { ElfFile } from "../elf.ts";
import { FrameBytes } from "./frame-bytes.ts";

/** How the frames of a range of code are unwound. Addresses are those of the binary, not of the process. */
export interface FrameEntry {
  readonly start: number;
  readonly end: number;
  readonly common: CommonEntry;
  /** Where its instructions lie in the file. */
  readonly from: number;
  readonly to: number;
}

/** What several entries have in common. */
export interface CommonEntry {
  readonly codeAlign: number;
  readonly dataAlign: number;
  readonly returnRegister: number;
  /** How its entries' addresses are written. */
  readonly encoding: number;
  /** The frame is that of a signal handler's caller: its address is exact. */
  readonly isSignal: boolean;
  readonly hasData: boolean;
  readonly from: number;
  readonly to: number;
}

/** More entries than the largest binaries have. */
const MOST_ENTRIES = 4_000_000;

/** How the two sections that hold such entries differ. */
interface Layout {
  /** What stands in a common entry in place of the way to one. */
  readonly commonId: number;
  /** Where an entry's common one begins, by what stands at `at`. */
  commonAt(id: number, at: number): number;
}

/**
 * The entries of `.eh_frame` (System V ABI for x86-64, and the Linux Standard Base), sorted by address.
 *
 * ```
 *   length 4 | 0 | version 1 | augmentation | code alignment | data alignment | return register | … | instructions
 *   length 4 | back to that one 4 | start | size | … | instructions
 * ```
 */
export function frameEntries(elf: ElfFile): FrameEntry[] {
  const section = elf.sections.find(({ name }) => name === ".eh_frame");
  if (section === undefined || section.size === 0 || section.packed || !elf.wide) return [];
  const { offset, size } = section;
  const shift = addressOfOffset(elf, offset) - offset;
  // Back to where the common entry's length stands.
  return entriesIn(elf, offset, size, shift, { commonId: 0, commonAt: (id, at) => at - id + 4 });
}

/**
 * The same of `.debug_frame` (DWARF 5, 6.4.1), where programs that throw nothing may have their entries: addresses are
 * written in full, and the common entry is told by its place in the section, which begins at `offset` of the bytes.
 */
export function debugFrameEntries(elf: ElfFile, offset: number, size: number): FrameEntry[] {
  if (!elf.wide) return [];
  return entriesIn(elf, offset, size, 0, { commonId: 0xffffffff, commonAt: (id) => offset + id + 4 });
}

function entriesIn(elf: ElfFile, offset: number, size: number, shift: number, layout: Layout): FrameEntry[] {
  const bytes = new FrameBytes(elf, offset, offset + size, shift);
  const common = new Map<number, CommonEntry | undefined>();
  const entries: FrameEntry[] = [];
  while (bytes.left >= 8 && entries.length < MOST_ENTRIES) {
    const length = bytes.u32();
    if (length === 0) break;
    // The long form is for more than 4 GB of entries.
    if (length === 0xffffffff || length < 4 || length > bytes.left) break;
    const end = bytes.at + length;
    const idAt = bytes.at;
    const id = bytes.u32();
    if (id !== layout.commonId) {
      const commonAt = layout.commonAt(id, idAt);
      if (!common.has(commonAt)) common.set(commonAt, commonEntryAt(bytes, commonAt, elf, layout.commonId));
      const entry = frameEntry(bytes, end, common.get(commonAt));
      if (entry !== undefined) entries.push(entry);
    }
    bytes.at = end;
  }
  return entries.sort((a, b) => a.start - b.start);
}

function addressOfOffset({ segments }: ElfFile, offset: number): number {
  for (const segment of segments) {
    const from = Number(segment.offset);
    if (offset >= from && offset < from + Number(segment.fileSize))
      return offset - from + Number(segment.address);
  }
  return offset;
}

function frameEntry(bytes: FrameBytes, end: number, common: CommonEntry | undefined): FrameEntry | undefined {
  if (common === undefined) return undefined;
  const start = bytes.pointer(common.encoding);
  // The size is written as the address is, but relative to nothing.
  const size = bytes.pointer(common.encoding & 0x0f);
  if (start === undefined || size === undefined || bytes.at > end) return undefined;
  if (common.hasData) bytes.skip(bytes.unsigned() ?? end);
  if (bytes.at > end || size <= 0) return undefined;
  return { start, end: start + size, common, from: bytes.at, to: end };
}

function commonEntryAt(
  bytes: FrameBytes,
  at: number,
  elf: ElfFile,
  commonId: number,
): CommonEntry | undefined {
  const saved = bytes.at;
  try {
    return at < bytes.start + 4 ? undefined : commonEntry(bytes, at, elf, commonId);
  } finally {
    bytes.at = saved;
  }
}

function commonEntry(bytes: FrameBytes, at: number, elf: ElfFile, commonId: number): CommonEntry | undefined {
  bytes.at = at;
  if (bytes.left < 12) return undefined;
  const length = new FrameBytes(elf, at - 4, at, 0).u32();
  const end = at + length;
  if (bytes.u32() !== commonId || end > bytes.end) return undefined;
  const version = bytes.u8();
  const augmentation = bytes.text();
  if ((version !== 1 && version !== 3 && version !== 4) || !/^(?:z[LPRSB]*)?$/.test(augmentation))
    return undefined;
  // Size of addresses and of segments' selectors.
  if (version === 4 && (bytes.u8() !== 8 || bytes.u8() !== 0)) return undefined;
  const codeAlign = bytes.unsigned() ?? 0;
  const dataAlign = bytes.signed() ?? 0;
  const returnRegister = version === 1 ? bytes.u8() : (bytes.unsigned() ?? 0);
  const hasData = augmentation.startsWith("z");
  const dataSize = hasData ? (bytes.unsigned() ?? 0) : 0;
  const from = bytes.at + dataSize;
  let encoding = 0;
  for (const letter of augmentation.slice(1)) {
    if (letter === "R") encoding = bytes.u8();
    else if (letter === "L") bytes.u8();
    else if (letter === "P") bytes.pointer(bytes.u8());
  }
  if (from > end) return undefined;
  const isSignal = augmentation.includes("S");
  return { codeAlign, dataAlign, returnRegister, encoding, isSignal, hasData, from, to: end };
}
