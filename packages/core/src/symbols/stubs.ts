import { decodeUtf8 } from "../util/platform.ts";
import type { ElfFile, ElfSection } from "./elf.ts";
import { readableName } from "./readable-name.ts";

const SHT_RELA = 4;
const MACHINE_X86_64 = 62;
const SYMBOL_SIZE = 24;
const RELOCATION_SIZE = 24;
/** Where `jmp *offset(%rip)` may stand in a stub: first, or behind `bnd`, `endbr64` or both. */
const JUMP_PLACES = [0, 1, 4, 5];
/** More stubs than any binary has. */
const MOST = 1 << 20;
const LONGEST = 4096;

/**
 * Stubs through which a binary calls functions of others (`malloc@plt`), by offset in the file. Nothing names them in
 * the table of symbols, where they would be parts of the function before (`_init`): each jumps to an address that the
 * dynamic linker fills in for a symbol. x86-64 only.
 */
export function stubNames(elf: ElfFile): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  if (!elf.wide || !elf.littleEndian || elf.view.getUint16(18, true) !== MACHINE_X86_64) return names;
  const stubs = elf.sections.filter(({ name, size }) => /^\.plt(?:\.sec|\.got)?$/.test(name) && size > 0);
  if (stubs.length === 0) return names;
  const targets = linkedSymbols(elf);
  if (targets.size === 0) return names;
  for (const section of stubs) addStubs(elf, section, targets, names);
  return names;
}

/** Bytes of a stub, as far as names go. */
const STUB = 8;

/** Name of the stub at an offset; undefined where there is none. */
export function stubAt(stubs: ReadonlyMap<number, string>, offset: number): string | undefined {
  const start = Math.floor(offset / STUB) * STUB;
  // Stubs take 8 bytes or 16.
  return stubs.get(start) ?? (start % 16 === STUB ? stubs.get(start - STUB) : undefined);
}

function addStubs(
  elf: ElfFile,
  section: ElfSection,
  targets: ReadonlyMap<number, string>,
  into: Map<number, string>,
): void {
  const shift = addressShift(elf, section.offset);
  const width = section.name === ".plt.got" && section.entrySize !== 16 ? 8 : 16;
  const end = section.offset + section.size;
  for (let at = section.offset; at + width <= end && into.size < MOST; at += width) {
    for (const place of JUMP_PLACES) {
      const jump = at + place;
      if (jump + 6 > end || elf.bytes[jump] !== 0xff || elf.bytes[jump + 1] !== 0x25) continue;
      const name = targets.get(jump + 6 + shift + elf.view.getInt32(jump + 2, true));
      if (name !== undefined) into.set(at, name);
      break;
    }
  }
}

/** What stands for which symbol: the address that is filled in, and the name. */
function linkedSymbols(elf: ElfFile): Map<number, string> {
  const found = new Map<number, string>();
  for (const section of elf.sections) {
    if (section.type !== SHT_RELA || !/^\.rela\.(?:plt|dyn)$/.test(section.name)) continue;
    const symbols = elf.sections[section.link];
    const texts = symbols === undefined ? undefined : elf.sections[symbols.link];
    if (symbols === undefined || texts === undefined) continue;
    const end = section.offset + section.size;
    for (let at = section.offset; at + RELOCATION_SIZE <= end && found.size < MOST; at += RELOCATION_SIZE) {
      const symbol = elf.view.getUint32(at + 12, true);
      if (symbol === 0 || (symbol + 1) * SYMBOL_SIZE > symbols.size) continue;
      const from = elf.view.getUint32(symbols.offset + symbol * SYMBOL_SIZE, true);
      const name = textAt(elf.bytes, texts, from);
      if (name !== "") found.set(Number(elf.view.getBigUint64(at, true)), `${readableName(name)}@plt`);
    }
  }
  return found;
}

function textAt(bytes: Uint8Array, { offset, size }: ElfSection, from: number): string {
  if (from >= size) return "";
  const text = bytes.subarray(offset + from, Math.min(offset + size, offset + from + LONGEST));
  const end = text.indexOf(0);
  return end < 0 ? "" : decodeUtf8(text.subarray(0, end));
}

/** From an offset in the file to the address there. */
function addressShift({ segments }: ElfFile, offset: number): number {
  for (const segment of segments) {
    const from = Number(segment.offset);
    if (offset >= from && offset < from + Number(segment.fileSize)) return Number(segment.address) - from;
  }
  return 0;
}
