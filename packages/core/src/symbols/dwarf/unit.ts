import { type Bytes, DAMAGED, textAt } from "./bytes.ts";
import { Form } from "./constants.ts";
import type { DebugSections } from "./sections.ts";

/** What stands before the entries of a unit, and what its first entry says of all of them. */
export interface Unit {
  readonly offset: number;
  readonly end: number;
  readonly version: number;
  readonly addressSize: number;
  /** 4 or 8: bytes of offsets. */
  readonly offsetSize: number;
  readonly abbreviations: number;
  /** Where its first entry lies. */
  readonly entries: number;
  /** Bases of what its forms index, as its first entry gives them. */
  textOffsetsBase: number;
  addressBase: number;
  rangeListsBase: number;
  /** Address that its ranges count from. */
  lowPc: number;
}

const TYPE_UNIT = 2;
const SKELETON = 4;
const SPLIT = 5;
const SPLIT_TYPE = 6;

/** Reads the header at the cursor; DWARF 2 to 5. */
export function readUnit(bytes: Bytes): Unit {
  const offset = bytes.at;
  let length = bytes.u32();
  let offsetSize = 4;
  if (length === 0xffffffff) {
    length = bytes.u64();
    offsetSize = 8;
  }
  const end = bytes.at + length;
  if (end > bytes.data.length || length < 7) throw DAMAGED;
  const version = bytes.u16();
  if (version < 2 || version > 5) {
    return emptyUnit(offset, end, version, offsetSize);
  }
  let addressSize = 0;
  let abbreviations: number;
  if (version === 5) {
    const kind = bytes.u8();
    addressSize = bytes.u8();
    abbreviations = bytes.sized(offsetSize);
    if (kind === SKELETON || kind === SPLIT) bytes.skip(8);
    else if (kind === TYPE_UNIT || kind === SPLIT_TYPE) bytes.skip(8 + offsetSize);
  } else {
    abbreviations = bytes.sized(offsetSize);
    addressSize = bytes.u8();
  }
  if (addressSize !== 4 && addressSize !== 8) throw DAMAGED;
  return {
    ...emptyUnit(offset, end, version, offsetSize),
    addressSize,
    abbreviations,
    entries: bytes.at,
  };
}

function emptyUnit(offset: number, end: number, version: number, offsetSize: number): Unit {
  return {
    offset,
    end,
    version,
    addressSize: 0,
    offsetSize,
    abbreviations: 0,
    entries: end,
    // Behind the header of the one table that a file without bases has.
    textOffsetsBase: offsetSize === 4 ? 8 : 16,
    addressBase: offsetSize === 4 ? 8 : 16,
    rangeListsBase: offsetSize === 4 ? 12 : 20,
    lowPc: 0,
  };
}

/** A value that an attribute may have: a number, or where a text stands. */
export interface Value {
  form: number;
  number: number;
}

/** Reads a value into `into`, or steps over it. Texts are given as their offset. */
export function readValue(bytes: Bytes, unit: Unit, form: number, implicit: number, into: Value): void {
  into.form = form;
  const fixed = SIZES[form];
  if (fixed !== undefined && fixed >= 0) {
    into.number = fixed === 16 ? 0 : fixed === 0 ? 1 : bytes.sized(fixed);
    if (fixed === 16) bytes.skip(16);
    return;
  }
  into.number = variable(bytes, unit, form, implicit, into);
}

function variable(bytes: Bytes, unit: Unit, form: number, implicit: number, into: Value): number {
  switch (form) {
    case Form.address:
      return bytes.address(unit.addressSize);
    case Form.sectionOffset:
    case Form.strp:
    case Form.lineStrp:
    case Form.strpSup:
    case Form.gnuStrpAlt:
    case Form.gnuRefAlt:
      return bytes.sized(unit.offsetSize);
    case Form.refAddress:
      // In DWARF 2 it was as wide as an address.
      return bytes.sized(unit.version === 2 ? unit.addressSize : unit.offsetSize);
    case Form.string:
      return bytes.text();
    case Form.sdata:
      return bytes.signed();
    case Form.implicit:
      return implicit;
    case Form.block1:
      return skipped(bytes, bytes.u8());
    case Form.block2:
      return skipped(bytes, bytes.u16());
    case Form.block4:
      return skipped(bytes, bytes.u32());
    case Form.block:
    case Form.expression:
      return skipped(bytes, bytes.unsigned());
    case Form.indirect: {
      const inner = bytes.unsigned();
      if (inner === Form.indirect || inner === Form.implicit) throw DAMAGED;
      readValue(bytes, unit, inner, 0, into);
      return into.number;
    }
    case Form.udata:
    case Form.refUdata:
    case Form.strx:
    case Form.addrx:
    case Form.loclistx:
    case Form.rnglistx:
    case Form.gnuAddrIndex:
    case Form.gnuStrIndex:
      return bytes.unsigned();
    default:
      throw DAMAGED;
  }
}

function skipped(bytes: Bytes, count: number): number {
  const { at } = bytes;
  bytes.skip(count);
  return at;
}

/** Bytes of the forms that have a fixed size; -1 for all others. */
const SIZES: Int8Array = sizes();

function sizes(): Int8Array {
  const table = new Int8Array(0x30).fill(-1);
  for (const [form, size] of [
    [Form.data1, 1],
    [Form.flag, 1],
    [Form.ref1, 1],
    [Form.strx1, 1],
    [Form.addrx1, 1],
    [Form.data2, 2],
    [Form.ref2, 2],
    [Form.strx2, 2],
    [Form.addrx2, 2],
    [Form.strx3, 3],
    [Form.addrx3, 3],
    [Form.data4, 4],
    [Form.ref4, 4],
    [Form.strx4, 4],
    [Form.addrx4, 4],
    [Form.refSup4, 4],
    [Form.data8, 8],
    [Form.ref8, 8],
    [Form.refSignature, 8],
    [Form.refSup8, 8],
    [Form.data16, 16],
    [Form.flagPresent, 0],
  ] as const) {
    table[form] = size;
  }
  return table;
}

/** Looks up what forms refer to. */
export class Lookup {
  readonly #sections: DebugSections;
  readonly #offsets: Bytes;
  readonly #addresses: Bytes;

  constructor(sections: DebugSections, read: (data: Uint8Array) => Bytes) {
    this.#sections = sections;
    this.#offsets = read(sections.textOffsets);
    this.#addresses = read(sections.addresses);
  }

  text(unit: Unit, { form, number }: Value): string {
    const { info, text, lineText } = this.#sections;
    switch (form) {
      case Form.string:
        return textAt(info, number);
      case Form.strp:
        return textAt(text, number);
      case Form.lineStrp:
        return textAt(lineText, number);
      case Form.strx:
      case Form.strx1:
      case Form.strx2:
      case Form.strx3:
      case Form.strx4:
      case Form.gnuStrIndex: {
        const at = unit.textOffsetsBase + number * unit.offsetSize;
        if (!(at + unit.offsetSize <= this.#offsets.data.length)) return "";
        this.#offsets.seek(at);
        return textAt(text, this.#offsets.sized(unit.offsetSize));
      }
      default:
        return "";
    }
  }

  /** An address; NaN where it is not known. */
  address(unit: Unit, { form, number }: Value): number {
    switch (form) {
      case Form.address:
        return number;
      case Form.addrx:
      case Form.addrx1:
      case Form.addrx2:
      case Form.addrx3:
      case Form.addrx4:
      case Form.gnuAddrIndex:
        return this.indexed(unit, number);
      default:
        return Number.NaN;
    }
  }

  indexed(unit: Unit, index: number): number {
    const at = unit.addressBase + index * unit.addressSize;
    if (!(at + unit.addressSize <= this.#addresses.data.length)) return Number.NaN;
    this.#addresses.seek(at);
    return this.#addresses.address(unit.addressSize);
  }
}

/** Offset in the section of the entry that a reference means; -1 where it lies elsewhere. */
export function referenced(unit: Unit, { form, number }: Value): number {
  switch (form) {
    case Form.ref1:
    case Form.ref2:
    case Form.ref4:
    case Form.ref8:
    case Form.refUdata:
      return unit.offset + number;
    case Form.refAddress:
      return number;
    default:
      return -1;
  }
}
