/** Rows in ClickHouse's RowBinary format: fixed-width numbers little endian, lengths as varints. */
export class RowBuffer {
  #bytes: Uint8Array;
  #view: DataView;
  #used = 0;
  readonly #encoder = new TextEncoder();

  constructor(capacity: number = 1 << 14) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#used;
  }

  /** Bytes that it can hold without growing. */
  get capacity(): number {
    return this.#bytes.length;
  }

  /** What was written so far: a view, valid until the next write. */
  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.#used);
  }

  /** Forgets what was written after the first `length` bytes. */
  truncate(length: number): void {
    this.#used = length;
  }

  /** Makes room for `length` more bytes. */
  reserve(length: number): void {
    const needed = this.#used + length;
    if (needed <= this.#bytes.length) return;
    const bigger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    bigger.set(this.written);
    this.#bytes = bigger;
    this.#view = new DataView(bigger.buffer);
  }

  u8(value: number): void {
    this.reserve(1);
    this.#bytes[this.#used++] = value;
  }

  u16(value: number): void {
    this.reserve(2);
    this.#view.setUint16(this.#used, value, true);
    this.#used += 2;
  }

  u32(value: number): void {
    this.reserve(4);
    this.#view.setUint32(this.#used, value, true);
    this.#used += 4;
  }

  u64(value: bigint): void {
    this.reserve(8);
    this.#view.setBigUint64(this.#used, value, true);
    this.#used += 8;
  }

  /** A 64-bit number from its halves. */
  pair(lo: number, hi: number): void {
    this.reserve(8);
    this.#view.setUint32(this.#used, lo, true);
    this.#view.setUint32(this.#used + 4, hi, true);
    this.#used += 8;
  }

  /** A whole number as Int64: exact for every double within the range. */
  i64(value: number): void {
    // setUint32 takes a double modulo 2³², negative ones too, which is just the low half.
    this.pair(value, Math.floor(value / 4_294_967_296));
  }

  /** Leaves room for `length` bytes; the end of that room, as a place for {@link pairAt}. */
  skip(length: number): number {
    this.reserve(length);
    this.#used += length;
    return this.#used;
  }

  pairAt(place: number, lo: number, hi: number): void {
    this.#view.setUint32(place, lo, true);
    this.#view.setUint32(place + 4, hi, true);
  }

  varint(value: number): void {
    this.reserve(8);
    while (value > 127) {
      this.#bytes[this.#used++] = (value % 128) | 128;
      value = Math.floor(value / 128);
    }
    this.#bytes[this.#used++] = value;
  }

  /** A string of bytes. */
  bytes(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.raw(bytes);
  }

  text(text: string): void {
    this.bytes(this.#encoder.encode(text));
  }

  /** Bytes as they are. */
  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.#bytes.set(bytes, this.#used);
    this.#used += bytes.length;
  }
}

/** The greatest buffer that is kept, and how many. */
const KEPT_BYTES = 4 << 20;
const KEPT = 16;

/** Buffers that were written out, for the next batch: their memory would have to be asked for anew, and cleared. */
export class SpareBuffers {
  readonly #spare: RowBuffer[] = [];

  take(): RowBuffer {
    return this.#spare.pop() ?? new RowBuffer();
  }

  give(buffer: RowBuffer): void {
    if (buffer.capacity > KEPT_BYTES || this.#spare.length >= KEPT) return;
    buffer.truncate(0);
    this.#spare.push(buffer);
  }
}
