import { FlambeauError } from "@flambeau/core";

/** What a pprof profile may hold. */
export interface PprofLimits {
  /** Labels of all samples together. */
  readonly sampleLabels: number;
  /** Frames in one stack. */
  readonly stackDepth: number;
}

/** Field numbers of pprof's Profile and Sample. */
const SAMPLE = 2;
const LOCATIONS = 1;
const LABEL = 3;
const BYTES = 2;

/**
 * Counts a profile's labels and the depth of its stacks from the outside, before anything is made of them: a few
 * bytes of input can ask for an object each.
 * @throws FlambeauError too-large
 */
export function checkPprof(bytes: Uint8Array, limits: PprofLimits): void {
  const outer = new Fields(bytes, 0, bytes.length);
  let labels = 0;
  while (outer.next()) {
    if (outer.field !== SAMPLE || outer.wire !== BYTES) continue;
    const sample = new Fields(bytes, outer.start, outer.end);
    let depth = 0;
    while (sample.next()) {
      if (sample.field === LABEL) labels++;
      else if (sample.field === LOCATIONS) {
        depth += sample.wire === BYTES ? countVarints(bytes, sample.start, sample.end) : 1;
      }
    }
    if (depth > limits.stackDepth) {
      throw tooLarge(`a stack has ${depth} frames; at most ${limits.stackDepth} are allowed`, outer.start);
    }
    if (labels > limits.sampleLabels) {
      throw tooLarge(
        `its samples have more than ${limits.sampleLabels} labels, which is the limit here`,
        outer.start,
      );
    }
  }
}

/** Every varint ends with a byte below 128. */
function countVarints(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at++) if (bytes[at]! < 0x80) count++;
  return count;
}

/** Walks over the fields of one message; stops at whatever is malformed, which the reader then explains. */
class Fields {
  readonly #bytes: Uint8Array;
  readonly #limit: number;
  #at: number;
  field = 0;
  wire = 0;
  /** Of a field with a length: its content. */
  start = 0;
  end = 0;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#at = start;
    this.#limit = end;
  }

  next(): boolean {
    if (this.#at >= this.#limit) return false;
    const tag = this.#varint();
    this.field = tag >>> 3;
    this.wire = tag & 7;
    if (this.wire === 0) this.#varint();
    else if (this.wire === 1) this.#at += 8;
    else if (this.wire === 5) this.#at += 4;
    else if (this.wire === BYTES) {
      const length = this.#varint();
      this.start = this.#at;
      this.end = this.#at + length;
      this.#at = this.end;
    } else return false;
    return this.#at <= this.#limit;
  }

  /** The low 32 bits, unsigned: enough for tags and lengths. */
  #varint(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#bytes[this.#at++] ?? 0;
      if (shift < 32) value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    return value;
  }
}

function tooLarge(message: string, offset: number): FlambeauError {
  return new FlambeauError("too-large", message, { format: "pprof", offset });
}
