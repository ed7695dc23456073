import { type Cursor, UNUSUAL } from "./cursor.ts";

/** Ranges of a file: start and end of each, one after the other. Kept from one file to the next, to make no garbage. */
export class Ranges {
  at: Int32Array = new Int32Array(512);
  length = 0;

  add(start: number, end: number): void {
    const place = this.length * 2;
    if (place === this.at.length) {
      const bigger = new Int32Array(place * 2);
      bigger.set(this.at);
      this.at = bigger;
    }
    this.at[place] = start;
    this.at[place + 1] = end;
    this.length++;
  }
}

/** Tags (field number and wire type) of pprof's Profile. */
const Tag = {
  sampleType: 0x0a,
  sample: 0x12,
  mapping: 0x1a,
  location: 0x22,
  function: 0x2a,
  string: 0x32,
  timeNanos: 0x48,
  dropFrames: 0x38,
  keepFrames: 0x40,
  durationNanos: 0x50,
  periodType: 0x5a,
  period: 0x60,
  defaultSampleType: 0x70,
} as const;

/** Where everything lies in a pprof file of the usual shape. */
export class Sections {
  readonly sampleTypes: Ranges = new Ranges();
  readonly samples: Ranges = new Ranges();
  readonly mappings: Ranges = new Ranges();
  readonly locations: Ranges = new Ranges();
  readonly functions: Ranges = new Ranges();
  readonly strings: Ranges = new Ranges();
  readonly periodType: Ranges = new Ranges();
  timeNanos = 0n;
  durationNanos = 0;
  period = 0;
  defaultSampleType = 0;

  /** Finds the fields of the file that `cursor` stands before. @throws UNUSUAL */
  find(cursor: Cursor): void {
    this.#clear();
    while (cursor.at < cursor.end) {
      const tag = cursor.bytes[cursor.at++]!;
      if ((tag & 7) === 2) {
        const end = cursor.field();
        this.#ranges(tag).add(cursor.at, end);
        cursor.at = end;
      } else this.#number(tag, cursor);
    }
    const { at, length } = this.strings;
    if (length === 0 || at[0] !== at[1] || this.periodType.length > 1) throw UNUSUAL;
  }

  #clear(): void {
    const { sampleTypes, samples, mappings, locations, functions, strings, periodType } = this;
    for (const ranges of [sampleTypes, samples, mappings, locations, functions, strings, periodType]) {
      ranges.length = 0;
    }
    this.timeNanos = 0n;
    this.durationNanos = 0;
    this.period = 0;
    this.defaultSampleType = 0;
  }

  #ranges(tag: number): Ranges {
    if (tag === Tag.string) return this.strings;
    if (tag === Tag.location) return this.locations;
    if (tag === Tag.function) return this.functions;
    if (tag === Tag.sample) return this.samples;
    if (tag === Tag.sampleType) return this.sampleTypes;
    if (tag === Tag.mapping) return this.mappings;
    if (tag === Tag.periodType) return this.periodType;
    throw UNUSUAL;
  }

  #number(tag: number, cursor: Cursor): void {
    if (tag === Tag.timeNanos) {
      cursor.wide();
      if (this.timeNanos !== 0n || cursor.high >= 0x8000_0000) throw UNUSUAL;
      this.timeNanos = (BigInt(cursor.high) << 32n) | BigInt(cursor.low);
    } else if (tag === Tag.durationNanos) this.durationNanos = cursor.varint();
    else if (tag === Tag.period) this.period = cursor.varint();
    else if (tag === Tag.defaultSampleType) this.defaultSampleType = cursor.varint();
    // A pattern of frames to leave out, a comment, or what newer formats may bring.
    else if ((tag !== Tag.dropFrames && tag !== Tag.keepFrames) || cursor.varint() !== 0) throw UNUSUAL;
  }
}
