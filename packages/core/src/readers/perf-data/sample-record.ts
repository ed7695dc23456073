import type { EventAttribute } from "./attributes.ts";
import { readSize, SampleBit } from "./attributes.ts";
import type { Words } from "./words.ts";

/** Where the parts of varying length of a sample lie; -1 where it has none. */
export interface SampleParts {
  /** First entry of the call chain, and their number. */
  chain: number;
  chainLength: number;
  /** Arguments of a tracepoint. */
  raw: number;
  rawSize: number;
  /** First entry of the branch stack, 24 bytes each: from, to, flags. */
  branches: number;
  branchCount: number;
  /** True where the sample ends before its parts do. */
  cut: boolean;
}

export const BRANCH_SIZE = 24;

/**
 * Finds the parts of the sample in `[at, end)`. Filled in place, since there are millions.
 *
 * ```
 *   … | read | count 8, entries × 8 | size 4, raw, padding | count 8, branches × 24 | registers | user's stack | …
 * ```
 */
export function findParts(
  words: Words,
  at: number,
  end: number,
  { sampleType, readFormat, sample, branchIndex }: EventAttribute,
  into: SampleParts,
): void {
  into.chain = -1;
  into.chainLength = 0;
  into.raw = -1;
  into.rawSize = 0;
  into.branches = -1;
  into.branchCount = 0;
  into.cut = false;
  let next = at + sample.rest;
  if ((sampleType & SampleBit.read) !== 0) {
    next += next + 8 <= end ? readSize(readFormat, words.u64(next)) : 8;
  }
  if ((sampleType & SampleBit.callchain) !== 0) {
    const count = next + 8 <= end ? words.u64(next) : Number.POSITIVE_INFINITY;
    if (next + 8 + count * 8 > end) {
      into.cut = true;
      return;
    }
    into.chain = next + 8;
    into.chainLength = count;
    next += 8 + count * 8;
  }
  if ((sampleType & SampleBit.raw) !== 0) {
    const size = next + 4 <= end ? words.u32(next) : Number.POSITIVE_INFINITY;
    if (next + 4 + size > end) {
      into.cut = true;
      return;
    }
    into.raw = next + 4;
    into.rawSize = size;
    next += Math.ceil((4 + size) / 8) * 8;
  }
  if ((sampleType & SampleBit.branchStack) !== 0) {
    const count = next + 8 <= end ? words.u64(next) : Number.POSITIVE_INFINITY;
    const first = next + (branchIndex ? 16 : 8);
    if (first + count * BRANCH_SIZE > end) {
      into.cut = true;
      return;
    }
    into.branches = first;
    into.branchCount = count;
  }
}
