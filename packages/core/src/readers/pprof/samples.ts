import { FORMAT, SampleField } from "../../codec/pprof-schema.ts";
import { ProtobufReader, WireType } from "../../codec/protobuf.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import { grown } from "../../util/growable.ts";
import { ByteRangeInterner } from "./byte-ranges.ts";
import { SAMPLE_TAG, type Sections } from "./sections.ts";
import type { TimeLabels } from "./time-labels.ts";

const LOCATIONS_TAG = SampleField.locationId * 8 + WireType.bytes;
const VALUES_TAG = SampleField.value * 8 + WireType.bytes;
const LABEL_TAG = SampleField.label * 8 + WireType.bytes;

/**
 * The samples as columns, before any table was looked at. A sample's location ids and labels are ranges of the
 * input's own bytes, interned by content.
 */
export class SampleDecoder {
  /** The input, and behind it the ranges that had to be written anew. */
  bytes: Uint8Array;
  length = 0;
  /** Number of the packed location ids in `stacks`, or -1. */
  readonly stack: Int32Array;
  /** 1 + number of the label fields in `labelSets`, or 0. */
  readonly labels: Int32Array;
  readonly weights: Float64Array[] = [];
  readonly time: Float64Array | undefined;
  readonly stacks: ByteRangeInterner;
  readonly labelSets: ByteRangeInterner;
  readonly #types: number;
  readonly #notes: Notes;
  readonly #times: TimeLabels | undefined;
  /** Where the input ends and ranges written anew begin. */
  #used: number;
  /** The parts of the sample that `#usual` looks at; an end of 0: not seen so far. */
  #stackStart = 0;
  #stackEnd = 0;
  #valuesStart = 0;
  #valuesEnd = 0;
  #labelsStart = 0;
  #labelsEnd = 0;

  constructor(bytes: Uint8Array, count: number, types: number, times: TimeLabels | undefined, notes: Notes) {
    this.bytes = bytes;
    this.#used = bytes.length;
    this.stack = new Int32Array(count);
    this.labels = new Int32Array(count);
    // The tree of stacks finds those that are equal.
    this.stacks = new ByteRangeInterner(bytes, true);
    this.labelSets = new ByteRangeInterner(bytes);
    this.#types = types;
    this.#times = times;
    this.#notes = notes;
    this.time = times === undefined ? undefined : new Float64Array(count);
    for (let type = 0; type < types; type++) this.weights.push(new Float64Array(count));
  }

  /** Decodes the runs of sample fields, whose outer lengths are known to be sound. */
  decode(sections: Sections, onProgress?: (bytes: number) => void): void {
    const { start, end, length } = sections.sampleRuns;
    for (let run = 0; run < length; run++) {
      for (let at = start[run]!; at < end[run]!; ) {
        at = this.#piece(at, Math.min(end[run]!, at + (1 << 24)));
        onProgress?.(at);
      }
    }
    this.stacks.seal();
    this.labelSets.seal();
  }

  /** Decodes whole samples from `at` until one starts at or behind `until`; returns where that is. */
  #piece(at: number, until: number): number {
    const bytes = this.bytes;
    while (at < until) {
      let next = at + 2;
      let length = bytes[at + 1]!;
      if (length >= 128 || bytes[at] !== SAMPLE_TAG) {
        const head = new ProtobufReader(bytes, at, this.#used, FORMAT);
        head.next();
        length = head.length();
        next = head.at;
      }
      const end = next + length;
      if (this.#times !== undefined || !this.#usual(next, end)) this.#unusual(next, end);
      at = end;
    }
    return at;
  }

  /**
   * The shape that nearly all writers give a sample: one packed list of ids, one of values, the labels next to
   * each other. Returns false, having kept nothing, where the sample is anything else.
   */
  #usual(start: number, end: number): boolean {
    this.#stackEnd = 0;
    this.#valuesEnd = 0;
    this.#labelsEnd = 0;
    for (let at = start; at < end; ) {
      at = this.#field(at, end);
      if (at < 0) return false;
    }
    const row = this.length;
    if (!this.#values(row, this.#valuesStart, this.#valuesEnd)) return false;
    const hasStack = this.#stackEnd > this.#stackStart && this.#stackEnd > 0;
    this.stack[row] = hasStack ? this.stacks.add(this.#stackStart, this.#stackEnd) : -1;
    this.labels[row] = this.#labelsEnd > 0 ? this.labelSets.add(this.#labelsStart, this.#labelsEnd) + 1 : 0;
    this.length = row + 1;
    return true;
  }

  /** Takes one field of a usual sample; returns where the next one starts, or -1 where this is not one. */
  #field(tagAt: number, end: number): number {
    const bytes = this.bytes;
    let start = tagAt + 2;
    let length = bytes[tagAt + 1]!;
    if (length >= 128) {
      const more = bytes[start++]!;
      if (more >= 128) return -1;
      length = (length & 127) | (more << 7);
    }
    // What lies about its length, or is cut off (an undefined byte), is not usual.
    if (!(length <= end - start)) return -1;
    return this.#keep(bytes[tagAt]!, tagAt, start, start + length) ? start + length : -1;
  }

  #keep(tag: number, tagAt: number, start: number, end: number): boolean {
    if (tag === LOCATIONS_TAG) {
      if (this.#stackEnd !== 0 || (end > start && this.bytes[end - 1]! >= 128)) return false;
      this.#stackStart = start;
      this.#stackEnd = end;
      return true;
    }
    if (tag === VALUES_TAG) {
      if (this.#valuesEnd !== 0) return false;
      this.#valuesStart = start;
      this.#valuesEnd = end;
      return true;
    }
    if (tag !== LABEL_TAG || (this.#labelsEnd !== 0 && this.#labelsEnd !== tagAt)) return false;
    if (this.#labelsEnd === 0) this.#labelsStart = tagAt;
    this.#labelsEnd = end;
    return true;
  }

  /** Reads exactly one value per value type, none longer than seven bytes; false where they are not so. */
  #values(row: number, at: number, end: number): boolean {
    const bytes = this.bytes;
    const weights = this.weights;
    for (let type = 0; type < weights.length; type++) {
      if (at >= end) return false;
      let byte = bytes[at++]!;
      let value = byte;
      if (byte >= 128) {
        value = byte & 127;
        let shift = 7;
        do {
          if (at >= end || shift > 42) return false;
          byte = bytes[at++]!;
          value = shift < 28 ? value | ((byte & 127) << shift) : value + (byte & 127) * 2 ** shift;
          shift += 7;
        } while (byte >= 128);
      }
      weights[type]![row] = value;
    }
    return at === end;
  }

  /** Any legal shape of a sample, field by field. A sample that is no sound message is skipped, with a note. */
  #unusual(start: number, end: number): void {
    const sample = new ProtobufReader(this.bytes, start, end, FORMAT);
    const parts = new SampleParts(this.weights.length);
    try {
      while (sample.next()) parts.take(sample, this.#times);
    } catch (error) {
      if (!(error instanceof FlambeauError)) throw error;
      this.#notes.add(
        "skipped",
        "malformed-sample",
        "A sample is no sound protobuf message; it was skipped.",
        {
          offset: error.offset ?? start,
        },
      );
      return;
    }
    const row = this.length++;
    this.stack[row] = this.#intern(this.stacks, parts.stacks);
    this.labels[row] = this.#intern(this.labelSets, parts.labels) + 1;
    for (let type = 0; type < this.weights.length; type++) this.weights[type]![row] = parts.values[type]!;
    if (this.time !== undefined) this.time[row] = parts.time;
    this.#noteValues(parts, start);
  }

  #noteValues(parts: SampleParts, offset: number): void {
    if (parts.count !== this.#types) {
      this.#notes.add(
        "approximated",
        "value-count",
        "A sample has more or fewer values than the file has value types; the others were dropped or taken as 0.",
        { offset },
      );
    }
    if (parts.inexact > 0) {
      this.#notes.add(
        "approximated",
        "weight-beyond-double",
        "A weight beyond 2^53 was rounded to the nearest double.",
        { offset },
        parts.inexact,
      );
    }
  }

  /** Number of the content of the ranges, joined behind the input where they are not one piece; -1 for none. */
  #intern(interner: ByteRangeInterner, pieces: readonly number[]): number {
    if (pieces.length === 0) return -1;
    if (pieces.length === 2) return interner.add(pieces[0]!, pieces[1]!);
    let size = 0;
    for (let i = 0; i < pieces.length; i += 2) size += pieces[i + 1]! - pieces[i]!;
    if (size === 0) return -1;
    this.#reserve(size);
    const start = this.#used;
    let at = start;
    for (let i = 0; i < pieces.length; i += 2) {
      this.bytes.copyWithin(at, pieces[i]!, pieces[i + 1]!);
      at += pieces[i + 1]! - pieces[i]!;
    }
    const before = interner.length;
    const number = interner.add(start, at);
    if (interner.length > before) this.#used = at;
    return number;
  }

  #reserve(size: number): void {
    const needed = this.#used + size;
    if (needed <= this.bytes.length) return;
    this.bytes = grown(this.bytes, needed);
    this.stacks.rebase(this.bytes);
    this.labelSets.rebase(this.bytes);
  }
}

/** What one sample of unusual shape says: ranges as pairs of start and end. */
class SampleParts {
  readonly stacks: number[] = [];
  readonly labels: number[] = [];
  readonly values: Float64Array;
  /** Values in the sample, however many the file has types. */
  count = 0;
  inexact = 0;
  time: number = Number.NaN;

  constructor(types: number) {
    this.values = new Float64Array(types);
  }

  take(sample: ProtobufReader, times: TimeLabels | undefined): void {
    const { field, wire, tagAt } = sample;
    if (field === SampleField.locationId && wire === WireType.bytes) {
      const outer = sample.enter();
      const start = sample.at;
      while (sample.at < sample.end) sample.unsigned();
      addPiece(this.stacks, start, sample.at);
      sample.leave(outer);
    } else if (field === SampleField.locationId && wire === WireType.varint) {
      const start = sample.at;
      sample.unsigned();
      addPiece(this.stacks, start, sample.at);
    } else if (field === SampleField.value && wire === WireType.bytes) {
      const outer = sample.enter();
      while (sample.at < sample.end) this.#value(sample);
      sample.leave(outer);
    } else if (field === SampleField.value && wire === WireType.varint) this.#value(sample);
    else if (field === SampleField.label && wire === WireType.bytes) {
      const length = sample.length();
      const start = sample.at;
      sample.at = start + length;
      const time = times?.read(sample.bytes, start, sample.at);
      if (time === undefined) addPiece(this.labels, tagAt, sample.at);
      else this.time = time;
    } else sample.skip();
  }

  #value(sample: ProtobufReader): void {
    const value = sample.signed();
    if (this.count < this.values.length) {
      this.values[this.count] = value;
      if (sample.inexact) this.inexact++;
    }
    this.count++;
  }
}

/** Adds a range to the pairs, joined to the one before where they touch. */
function addPiece(pieces: number[], start: number, end: number): void {
  if (start === end) return;
  if (pieces.length > 0 && pieces.at(-1) === start) pieces[pieces.length - 1] = end;
  else pieces.push(start, end);
}
