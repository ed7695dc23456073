import { decodeUtf8 } from "../../util/platform.ts";

const WORD = 2 ** 32;

/**
 * Numbers of a recording, in the byte order of the machine that wrote it. 64-bit numbers are doubles: exact up to
 * 2^53, and for addresses, read as signed numbers, exact wherever hardware puts code (the top 47 or 56 bits agree).
 */
export class Words {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly little: boolean;
  /** Where the low and the high half of a 64-bit number lie in it. */
  readonly low: number;
  readonly high: number;

  constructor(bytes: Uint8Array, little: boolean) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.little = little;
    this.low = little ? 0 : 4;
    this.high = little ? 4 : 0;
  }

  u16(at: number): number {
    return this.view.getUint16(at, this.little);
  }

  u32(at: number): number {
    return this.view.getUint32(at, this.little);
  }

  i32(at: number): number {
    return this.view.getInt32(at, this.little);
  }

  u64(at: number): number {
    return this.u32(at + this.low) + this.u32(at + this.high) * WORD;
  }

  /** An address: negative where its highest bit is set. */
  address(at: number): number {
    return this.u32(at + this.low) + this.i32(at + this.high) * WORD;
  }

  /** The zero-ended text in `[at, end)`. */
  text(at: number, end: number): string {
    const stop = this.bytes.subarray(at, end).indexOf(0);
    return decodeUtf8(this.bytes.subarray(at, stop < 0 ? end : at + stop));
  }

  hex(at: number, count: number): string {
    return Array.from(this.bytes.subarray(at, at + count), (byte) => byte.toString(16).padStart(2, "0")).join(
      "",
    );
  }
}
