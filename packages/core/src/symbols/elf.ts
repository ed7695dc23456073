import { FlambeauError } from "../util/errors.ts";
import { decodeLatin1 } from "../util/platform.ts";

const FORMAT = "elf";
/** Section types and header fields of the ELF specification (System V gABI, chapters 4 and 5). */
export const SHT_SYMTAB = 2;
export const SHT_NOTE = 7;
const SHT_NOBITS = 8;
export const SHT_DYNSYM = 11;
const SHF_COMPRESSED = 0x800;
const PT_LOAD = 1;
export const PT_NOTE = 4;
const EXECUTABLE = 1;
const NT_GNU_BUILD_ID = 3;
/** More headers than any linker writes. */
const MOST_HEADERS = 65_536;

/** A section of an ELF file. */
export interface ElfSection {
  readonly name: string;
  readonly type: number;
  readonly offset: number;
  readonly size: number;
  readonly entrySize: number;
  /** Number of the section that this one refers to: of a symbol table its strings. */
  readonly link: number;
  /** Its content is packed, behind a header that says how. */
  readonly packed: boolean;
}

/** A part of the file that is mapped into the process. */
export interface ElfSegment {
  readonly offset: bigint;
  readonly address: bigint;
  readonly fileSize: bigint;
  readonly executable: boolean;
}

/** What an ELF file says of itself. */
export interface ElfFile {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly wide: boolean;
  readonly littleEndian: boolean;
  readonly sections: readonly ElfSection[];
  readonly segments: readonly ElfSegment[];
  /** Hexadecimal, lower case; empty where the linker wrote none. */
  readonly buildId: string;
}

/** True where bytes begin like an ELF file. */
export function isElf(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46;
}

/**
 * Reads the headers of an ELF file: 32 or 64 bits, either byte order. Every offset is checked before it is used.
 * @throws FlambeauError malformed, with the offset of what cannot be
 */
export function parseElf(bytes: Uint8Array): ElfFile {
  if (!isElf(bytes) || bytes.length < 52) fail("it does not begin with an ELF header", 0);
  const kind = bytes[4];
  const order = bytes[5];
  if ((kind !== 1 && kind !== 2) || (order !== 1 && order !== 2))
    fail("its class or byte order is unknown", 4);
  const reader = new ElfReader(bytes, kind === 2, order === 1);
  const sections = reader.sections();
  const segments = reader.segments();
  return {
    bytes,
    view: reader.view,
    wide: reader.wide,
    littleEndian: reader.littleEndian,
    sections,
    segments: withCode(segments.filter(({ type }) => type === PT_LOAD)),
    buildId: buildIdOf(reader, sections, segments),
  };
}

/**
 * Where the parts of a file are mapped to, out of its first bytes alone.
 * @throws FlambeauError malformed
 */
export function elfSegments(head: Uint8Array): readonly ElfSegment[] {
  if (!isElf(head) || head.length < 64) fail("it does not begin with an ELF header", 0);
  return withCode(
    new ElfReader(head, head[4] === 2, head[5] === 1).segments().filter(({ type }) => type === PT_LOAD),
  );
}

/** True where the file no longer says where its code lay: see {@link elfSegments} of the binary itself. */
export function hasLostCode({ segments }: ElfFile): boolean {
  return segments.some(({ executable, fileSize }) => executable && fileSize === 0n);
}

/**
 * Files of debug information that objcopy made have lost where the code lay: their segments of code begin at 0 and hold
 * nothing. They are put where linkers put them, as far behind the first segment as their addresses are.
 */
function withCode(segments: readonly TypedSegment[]): readonly ElfSegment[] {
  const [first] = segments;
  return segments.map((segment) =>
    segment.executable && segment.fileSize === 0n && segment.offset === 0n && first !== undefined
      ? { ...segment, offset: BigInt.asUintN(64, segment.address - first.address + first.offset) }
      : segment,
  );
}

interface TypedSegment extends ElfSegment {
  readonly type: number;
}

/** Where fields lie in headers of 32 and of 64 bits. */
export class ElfReader {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly wide: boolean;
  readonly littleEndian: boolean;

  constructor(bytes: Uint8Array, wide: boolean, littleEndian: boolean) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.wide = wide;
    this.littleEndian = littleEndian;
    if (wide && bytes.length < 64) fail("its header ends early", bytes.length);
  }

  u16(at: number): number {
    return this.view.getUint16(at, this.littleEndian);
  }

  u32(at: number): number {
    return this.view.getUint32(at, this.littleEndian);
  }

  /** A field as wide as an address. */
  word(at: number): bigint {
    return this.wide ? this.view.getBigUint64(at, this.littleEndian) : BigInt(this.u32(at));
  }

  /** Where the headers of sections stand, and how long one is; not checked. */
  sectionTable(): { readonly start: number; readonly size: number } {
    return { start: Number(this.word(this.wide ? 40 : 32)), size: this.u16(this.wide ? 58 : 46) };
  }

  /** How many sections there are; the first one's header is at `first`. */
  sectionCount(first: number): number {
    // Files with very many sections keep the numbers in the first section's header.
    return this.u16(this.wide ? 60 : 48) || Number(this.word(first + (this.wide ? 32 : 20)));
  }

  /** Number of the section that holds the names of sections. */
  namesSection(sections: readonly { readonly link: number }[]): number {
    const written = this.u16(this.wide ? 62 : 50);
    return written === 0xffff ? (sections[0]?.link ?? 0) : written;
  }

  sections(): ElfSection[] {
    const start = this.word(this.wide ? 40 : 32);
    if (start === 0n) return [];
    const size = this.u16(this.wide ? 58 : 46);
    const first = this.#table(start, size, 1, this.wide ? 64 : 40, "section headers");
    const count = this.sectionCount(first);
    if (count > MOST_HEADERS) fail(`it claims ${count} sections`, first);
    this.#table(start, size, count, this.wide ? 64 : 40, "section headers");
    const raw = Array.from({ length: count }, (_, i) => this.#section(first + i * size));
    const names = raw[this.namesSection(raw)];
    return raw.map(({ nameAt, ...section }) => ({
      ...section,
      name: names === undefined ? "" : this.#text(names.offset, names.size, nameAt),
    }));
  }

  #section(at: number): Omit<ElfSection, "name"> & { readonly nameAt: number } {
    const type = this.u32(at + 4);
    const offset = this.word(at + (this.wide ? 24 : 16));
    const size = this.word(at + (this.wide ? 32 : 20));
    const inFile = type !== SHT_NOBITS;
    if (inFile && offset + size > BigInt(this.bytes.length)) {
      return {
        nameAt: this.u32(at),
        type: SHT_NOBITS,
        offset: 0,
        size: 0,
        entrySize: 0,
        link: 0,
        packed: false,
      };
    }
    return {
      nameAt: this.u32(at),
      type,
      offset: inFile ? Number(offset) : 0,
      size: inFile ? Number(size) : 0,
      entrySize: Number(this.word(at + (this.wide ? 56 : 36))),
      link: this.u32(at + (this.wide ? 40 : 24)),
      packed: (Number(this.word(at + 8) & 0xffffn) & SHF_COMPRESSED) !== 0,
    };
  }

  /** Where the headers of segments stand, how long one is and how many there are; not checked. */
  segmentTable(): { readonly start: number; readonly size: number; readonly count: number } {
    return {
      start: Number(this.word(this.wide ? 32 : 28)),
      size: this.u16(this.wide ? 54 : 42),
      count: this.u16(this.wide ? 56 : 44),
    };
  }

  segments(): TypedSegment[] {
    const { start, size, count } = this.segmentTable();
    if (start === 0 || count === 0) return [];
    const first = this.#table(BigInt(start), size, count, this.wide ? 56 : 32, "program headers");
    return Array.from({ length: count }, (_, i) => {
      const at = first + i * size;
      const flags = this.u32(at + (this.wide ? 4 : 24));
      return {
        type: this.u32(at),
        offset: this.word(at + (this.wide ? 8 : 4)),
        address: this.word(at + (this.wide ? 16 : 8)),
        fileSize: this.word(at + (this.wide ? 32 : 16)),
        executable: (flags & EXECUTABLE) !== 0,
      };
    });
  }

  /** Checks that a table of headers lies in the file; its offset. */
  #table(start: bigint, size: number, count: number, least: number, what: string): number {
    if (size < least) fail(`its ${what} are too short`, Number(BigInt.asUintN(53, start)));
    if (start + BigInt(size) * BigInt(count) > BigInt(this.bytes.length)) {
      fail(`its ${what} lie beyond its end`, this.bytes.length);
    }
    return Number(start);
  }

  #text(table: number, size: number, at: number): string {
    if (at >= size) return "";
    const from = table + at;
    const limit = Math.min(table + size, from + 256);
    let end = from;
    while (end < limit && this.bytes[end] !== 0) end++;
    return decodeLatin1(this.bytes.subarray(from, end));
  }
}

function buildIdOf(
  reader: ElfReader,
  sections: readonly ElfSection[],
  segments: readonly TypedSegment[],
): string {
  for (const { type, offset, size } of sections) {
    if (type !== SHT_NOTE) continue;
    const found = noteIn(reader, offset, offset + size);
    if (found !== "") return found;
  }
  for (const { type, offset, fileSize } of segments) {
    if (type !== PT_NOTE || offset + fileSize > BigInt(reader.bytes.length)) continue;
    const found = noteIn(reader, Number(offset), Number(offset + fileSize));
    if (found !== "") return found;
  }
  return "";
}

/** The build id among bare notes, as `/sys/kernel/notes` holds them; empty where there is none. */
export function buildIdOfNotes(bytes: Uint8Array): string {
  const orders = [true, false].map((little) => noteIn(new ElfReader(bytes, false, little), 0, bytes.length));
  return orders.find((id) => id !== "") ?? "";
}

/** Notes: lengths of name and content, type, name, content, each padded to four bytes. */
function noteIn(reader: ElfReader, from: number, to: number): string {
  let at = from;
  while (at + 12 <= to) {
    const nameSize = reader.u32(at);
    const size = reader.u32(at + 4);
    const content = at + 12 + padded(nameSize);
    if (content + size > to) return "";
    const name = decodeLatin1(reader.bytes.subarray(at + 12, at + 12 + Math.min(nameSize, 16)));
    if (reader.u32(at + 8) === NT_GNU_BUILD_ID && name === "GNU\0" && size > 0 && size <= 64) {
      return Array.from(reader.bytes.subarray(content, content + size), (byte) =>
        byte.toString(16).padStart(2, "0"),
      ).join("");
    }
    at = content + padded(size);
  }
  return "";
}

const padded = (size: number): number => Math.ceil(size / 4) * 4;

/** Sections that hold symbols, the full table before that of the dynamic linker. */
export function symbolSections({ sections }: ElfFile): ElfSection[] {
  return [SHT_SYMTAB, SHT_DYNSYM].flatMap((type) => sections.filter((section) => section.type === type));
}

function fail(problem: string, offset: number): never {
  throw new FlambeauError("malformed", `this ELF file cannot be read: ${problem}`, {
    format: FORMAT,
    offset,
  });
}
