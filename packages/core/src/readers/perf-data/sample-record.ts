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
  /** The user's registers, of a 64-bit program. */
  registers: number;
  /** The user's stack, and how much of it was copied. */
  stack: number;
  stackSize: number;
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
  event: EventAttribute,
  into: SampleParts,
): void {
  const { sampleType, readFormat, sample, branchIndex } = event;
  into.chain = -1;
  into.chainLength = 0;
  into.raw = -1;
  into.rawSize = 0;
  into.branches = -1;
  into.branchCount = 0;
  into.registers = -1;
  into.stack = -1;
  into.stackSize = 0;
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
    next = first + count * BRANCH_SIZE;
  }
  if ((sampleType & SampleBit.stackUser) !== 0) findStack(words, next, end, event, into);
}

const ABI_64 = 2;

/** ```abi 8 | a register each × 8 | size 8, stack, size that was copied 8```; without an ABI there are no registers. */
function findStack(
  words: Words,
  from: number,
  end: number,
  { sampleType, userRegisters }: EventAttribute,
  into: SampleParts,
): void {
  let next = from;
  if ((sampleType & SampleBit.regsUser) !== 0) {
    if (next + 8 > end) return;
    const abi = words.u64(next);
    if (abi === ABI_64) into.registers = next + 8;
    next += 8 + (abi === 0 ? 0 : bitCount(userRegisters) * 8);
  }
  const size = next + 8 <= end ? words.u64(next) : 0;
  if (size === 0 || next + 16 + size > end) {
    into.registers = -1;
    return;
  }
  into.stack = next + 8;
  into.stackSize = Math.min(size, words.u64(next + 8 + size));
}

function bitCount(bits: number): number {
  let count = 0;
  for (let left = bits; left !== 0; left &= left - 1) count++;
  return count;
}
