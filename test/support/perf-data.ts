/** A record of a drawn recording. */
export interface DrawnRecord {
  readonly type: number;
  readonly misc?: number;
  readonly body: Uint8Array;
}

/** How a recording is drawn; default: ip, tid, time, call chain and period, little endian, as a file. */
export interface DrawnRecording {
  readonly little?: boolean;
  readonly pipe?: boolean;
  /** Bits of `sample_type`, one number an event. */
  readonly sampleTypes?: readonly number[];
  readonly branchTypes?: readonly number[];
  readonly names?: readonly string[];
}

export const SAMPLE_TYPE = 0x127;
const ATTRIBUTE = 128;

/** Writes numbers of the recording's byte order one behind the other. */
export class Bytes {
  readonly #little: boolean;
  #bytes = new Uint8Array(0);

  constructor(little = true) {
    this.#little = little;
  }

  u16(...values: number[]): this {
    return this.#add(values, 2, (view, at, value) => view.setUint16(at, value, this.#little));
  }

  u32(...values: number[]): this {
    return this.#add(values, 4, (view, at, value) => view.setUint32(at, value, this.#little));
  }

  u64(...values: (number | bigint)[]): this {
    return this.#add(values, 8, (view, at, value) =>
      view.setBigUint64(at, BigInt.asUintN(64, BigInt(value)), this.#little),
    );
  }

  /** A text, zero-ended and padded to eight bytes. */
  text(text: string): this {
    const bytes = new TextEncoder().encode(text);
    const padded = new Uint8Array(Math.floor(bytes.length / 8) * 8 + 8);
    padded.set(bytes);
    return this.raw(padded);
  }

  raw(bytes: Uint8Array): this {
    const joined = new Uint8Array(this.#bytes.length + bytes.length);
    joined.set(this.#bytes);
    joined.set(bytes, this.#bytes.length);
    this.#bytes = joined;
    return this;
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  #add<T>(values: readonly T[], size: number, set: (view: DataView, at: number, value: T) => void): this {
    const bytes = new Uint8Array(values.length * size);
    const view = new DataView(bytes.buffer);
    values.forEach((value, i) => {
      set(view, i * size, value);
    });
    return this.raw(bytes);
  }
}

/** Draws records of one recording, all of the same byte order. */
export class Drawing {
  readonly little: boolean;
  readonly #records: DrawnRecord[] = [];
  readonly #drawn: DrawnRecording;

  constructor(drawn: DrawnRecording = {}) {
    this.#drawn = drawn;
    this.little = drawn.little ?? true;
  }

  write(): Bytes {
    return new Bytes(this.little);
  }

  record(type: number, body: Bytes, misc = 0): this {
    this.#records.push({ type, misc, body: body.bytes });
    return this;
  }

  /** A sample with a call chain: addresses and markers, leaf first. */
  sample(pid: number, tid: number, time: number, chain: readonly (number | bigint)[], period = 1): this {
    const body = this.write()
      .u64(chain.find((entry) => entry > 0) ?? 0)
      .u32(pid, tid)
      .u64(time, period);
    return this.record(9, body.u64(chain.length, ...chain), 2);
  }

  mmap(
    pid: number,
    time: number,
    start: number | bigint,
    length: number,
    offset: number | bigint,
    path: string,
    misc = 2,
  ): this {
    const body = this.write()
      .u32(pid, pid)
      .u64(start, length, offset)
      .u32(0, 0)
      .u64(0, 0)
      .u32(5, 2)
      .text(path);
    return this.record(10, body.u32(pid, pid).u64(time), misc);
  }

  comm(pid: number, tid: number, time: number, name: string, exec = false): this {
    return this.record(3, this.write().u32(pid, tid).text(name).u32(pid, tid).u64(time), exec ? 1 << 13 : 0);
  }

  fork(pid: number, tid: number, parentPid: number, parentTid: number, time: number): this {
    return this.record(7, this.write().u32(pid, parentPid, tid, parentTid).u64(time).u32(pid, tid).u64(time));
  }

  round(): this {
    return this.record(68, this.write());
  }

  get #attributes(): Bytes[] {
    const types = this.#drawn.sampleTypes ?? [SAMPLE_TYPE];
    return types.map((type, i) => {
      // Bit 18 is sample_id_all, which stands at the other end on big-endian machines.
      const flags = this.little ? 1n << 18n : 1n << 45n;
      const body = this.write()
        .u32(1, ATTRIBUTE)
        .u64(i * 2, 1, type, 0, flags)
        .u32(0, 0)
        .u64(0, 0);
      body.u64(this.#drawn.branchTypes?.[i] ?? 0);
      return body.raw(new Uint8Array(ATTRIBUTE - body.bytes.length));
    });
  }

  get bytes(): Uint8Array {
    const records = this.write();
    for (const { type, misc = 0, body } of this.#records) {
      records
        .u32(type)
        .u16(misc, body.length + 8)
        .raw(body);
    }
    return this.#drawn.pipe === true ? this.#pipe(records) : this.#file(records);
  }

  /** The magic word as a number: its bytes stand backwards on big-endian machines. */
  #magic(): Bytes {
    return this.write().u64(0x32454c4946524550n);
  }

  #pipe(records: Bytes): Uint8Array {
    const whole = this.#magic().u64(16);
    this.#attributes.forEach((attribute, i) => {
      whole
        .u32(64)
        .u16(0, 8 + ATTRIBUTE + 8)
        .raw(attribute.bytes)
        .u64(100 + i);
    });
    return whole.raw(records.bytes).bytes;
  }

  #file(records: Bytes): Uint8Array {
    const attributes = this.#attributes;
    const idsAt = 104;
    const attributesAt = idsAt + attributes.length * 8;
    const each = ATTRIBUTE + 16;
    const dataAt = attributesAt + attributes.length * each;
    const dataEnd = dataAt + records.bytes.length;
    const names = this.#drawn.names;
    const header = this.#magic().u64(
      104,
      each,
      attributesAt,
      attributes.length * each,
      dataAt,
      records.bytes.length,
      0,
      0,
    );
    // The names of events are feature 12.
    header.u64(names === undefined ? 0 : 1 << 12, 0, 0, 0);
    attributes.forEach((_, i) => {
      header.u64(100 + i);
    });
    attributes.forEach((attribute, i) => {
      header.raw(attribute.bytes).u64(idsAt + i * 8, 8);
    });
    header.raw(records.bytes);
    if (names === undefined) return header.bytes;
    const section = this.write().u32(names.length, ATTRIBUTE);
    names.forEach((name, i) => {
      const text = this.write().text(name).bytes;
      section
        .raw(attributes[i]!.bytes)
        .u32(1, text.length)
        .raw(text)
        .u64(100 + i);
    });
    return header.u64(dataEnd + 16, section.bytes.length).raw(section.bytes).bytes;
  }
}
