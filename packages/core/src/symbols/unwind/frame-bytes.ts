import { decodeLatin1 } from "../../util/platform.ts";
import type { ElfFile } from "../elf.ts";

/** How an address is written (DWARF exception header encoding): the low half says its size, the high half from where. */
const PC_RELATIVE = 0x10;
const OMITTED = 0xff;

/** Reads the numbers that unwinding tables are written in. Reading beyond the end gives 0 or nothing. */
export class FrameBytes {
  at: number;
  readonly start: number;
  readonly end: number;
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  readonly #little: boolean;
  /** What is added to a place in the file to get its address in the binary. */
  readonly #shift: number;

  constructor({ bytes, view, littleEndian }: ElfFile, start: number, end: number, shift: number) {
    this.#bytes = bytes;
    this.#view = view;
    this.#little = littleEndian;
    this.#shift = shift;
    this.start = start;
    this.end = Math.min(end, bytes.length);
    this.at = start;
  }

  get left(): number {
    return this.end - this.at;
  }

  skip(count: number): void {
    this.at += count;
  }

  u8(): number {
    return this.at < this.end ? this.#bytes[this.at++]! : 0;
  }

  u16(): number {
    return this.#number(2, () => this.#view.getUint16(this.at, this.#little)) ?? 0;
  }

  u32(): number {
    return this.#number(4, () => this.#view.getUint32(this.at, this.#little)) ?? 0;
  }

  u64(): number | undefined {
    return this.#number(8, () => Number(this.#view.getBigUint64(this.at, this.#little)));
  }

  /** LEB128; undefined where it does not end. */
  unsigned(): number | undefined {
    let value = 0;
    for (let scale = 1; scale < 2 ** 56 && this.at < this.end; scale *= 128) {
      const byte = this.#bytes[this.at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    return undefined;
  }

  signed(): number | undefined {
    let value = 0;
    for (let scale = 1; scale < 2 ** 56 && this.at < this.end; scale *= 128) {
      const byte = this.#bytes[this.at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return byte >= 64 ? value - scale * 128 : value;
    }
    return undefined;
  }

  text(): string {
    const length = this.#bytes.subarray(this.at, this.end).indexOf(0);
    const stop = length < 0 ? this.end : this.at + length;
    const text = decodeLatin1(this.#bytes.subarray(this.at, Math.min(stop, this.at + 16)));
    this.at = Math.min(stop + 1, this.end);
    return text;
  }

  /** An address; undefined where its form is not known. */
  pointer(encoding: number): number | undefined {
    if (encoding === OMITTED) return undefined;
    const base = (encoding & 0x70) === PC_RELATIVE ? this.at + this.#shift : 0;
    const value = this.#pointerValue(encoding & 0x0f);
    return value === undefined ? undefined : value + base;
  }

  #pointerValue(form: number): number | undefined {
    switch (form) {
      case 0x00:
      case 0x04:
        return this.u64();
      case 0x01:
        return this.unsigned();
      case 0x02:
        return this.u16();
      case 0x03:
        return this.u32();
      case 0x09:
        return this.signed();
      case 0x0a:
        return (this.u16() << 16) >> 16;
      case 0x0b:
        return this.u32() | 0;
      case 0x0c:
        return this.#number(8, () => Number(this.#view.getBigInt64(this.at, this.#little)));
      default:
        return undefined;
    }
  }

  #number(size: number, read: () => number): number | undefined {
    if (this.left < size) return undefined;
    const value = read();
    this.at += size;
    return value;
  }
}
