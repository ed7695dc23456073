import type { Profile } from "@flambeau/core";
import { avalanche, firstLane, Hash64, secondLane } from "./hash64.ts";

/** Content hashes of a profile's rows, as pairs of 32-bit halves: low half of row i at 2i, high half at 2i+1. */
export interface ProfileIds {
  readonly frames: Uint32Array;
  readonly stacks: Uint32Array;
  /**
   * The first stack row with the same hash: rows that differ only in what the store does not keep are one stack.
   * Undefined where each is a stack of its own.
   */
  readonly canonical: Int32Array | undefined;
}

const known = new WeakMap<Profile, ProfileIds>();

/** The ids of a profile's frames and stacks; worked out once, since a profile is written once for each value type. */
export function idsOf(profile: Profile): ProfileIds {
  let ids = known.get(profile);
  if (ids === undefined) {
    const frames = frameIds(profile);
    const stacks = stackIds(profile, frames);
    // Stack rows differ in caller or frame, so where the frames' ids all differ, theirs do.
    const joined = firstRows(frames).some((row, i) => row !== i);
    ids = { frames, stacks, canonical: joined ? firstRows(stacks) : undefined };
    known.set(profile, ids);
  }
  return ids;
}

/**
 * Address of a frame as an offset in its mapping's file, so that processes at different load addresses agree; 0n
 * for frames with a name, whose address says nothing more and would make a new frame of every call site.
 */
export function storedAddress({ frames, mappings }: Profile, frame: number): bigint {
  if (frames.name[frame] !== 0) return 0n;
  const address = frames.address[frame]!;
  const mapping = mappings[frames.mapping[frame]!];
  if (mapping === undefined || address < mapping.start || address >= mapping.end) return address;
  return BigInt.asUintN(64, address - mapping.start + mapping.fileOffset);
}

function frameIds(profile: Profile): Uint32Array {
  const { frames } = profile;
  const hash = new Hash64();
  const strings = stringHashes(profile);
  const mappings = mappingHashes(profile);
  const ids = new Uint32Array(frames.length * 2);
  for (let i = 0; i < frames.length; i++) {
    const name = frames.name[i]!;
    const file = frames.file[i]!;
    const mapping = frames.mapping[i]! + 1;
    const address = name === 0 ? storedAddress(profile, i) : 0n;
    hash
      .reset()
      .word(strings[2 * name]!)
      .word(strings[2 * name + 1]!)
      .word(strings[2 * file]!)
      .word(strings[2 * file + 1]!)
      .word(frames.line[i]!)
      .word(frames.column[i]!)
      .word(mappings[2 * mapping]!)
      .word(mappings[2 * mapping + 1]!)
      .word(address === 0n ? 0 : Number(address & 0xffff_ffffn))
      .word(address === 0n ? 0 : Number(address >> 32n))
      .word(frames.kind[i]! | (frames.inlined[i]! << 8))
      .finish();
    ids[2 * i] = hash.lo;
    ids[2 * i + 1] = hash.hi;
  }
  return ids;
}

/** Hashes of the strings that frames refer to. */
function stringHashes({ frames, strings }: Profile): Uint32Array {
  const hashes = new Uint32Array(strings.length * 2);
  const hash = new Hash64();
  const { bytes, offsets } = strings;
  const need = (id: number): void => {
    if (hashes[2 * id] !== 0 || hashes[2 * id + 1] !== 0) return;
    hash
      .reset()
      .bytes(bytes, offsets[id]!, offsets[id + 1]!)
      .finish();
    hashes[2 * id] = hash.lo;
    hashes[2 * id + 1] = hash.hi;
  };
  for (let i = 0; i < frames.length; i++) {
    need(frames.name[i]!);
    need(frames.file[i]!);
  }
  return hashes;
}

/** Hashes of the mappings, from the second on; the first is 0 and stands for "none". */
function mappingHashes({ mappings }: Profile): Uint32Array {
  const hashes = new Uint32Array((mappings.length + 1) * 2);
  const hash = new Hash64();
  const encoder = new TextEncoder();
  mappings.forEach(({ path, buildId }, i) => {
    hash.reset().bytes(encoder.encode(path)).bytes(encoder.encode(buildId)).finish();
    hashes[2 * i + 2] = hash.lo;
    hashes[2 * i + 3] = hash.hi;
  });
  return hashes;
}

/**
 * A stack's id is the hash of its caller's id and its leaf's: one step a row, since callers come first. The same
 * steps as {@link Hash64} takes, begun at the caller's id, without its fields: this is the hottest loop of a write.
 */
function stackIds({ stacks }: Profile, frames: Uint32Array): Uint32Array {
  const { length, parent, frame } = stacks;
  const ids = new Uint32Array(length * 2);
  for (let i = 0; i < length; i++) {
    const caller = parent[i]!;
    const leaf = frame[i]!;
    let lo = caller < 0 ? 0x2f0b4c47 : ids[2 * caller]! | 0;
    let hi = caller < 0 ? 0x1b873593 : ids[2 * caller + 1]! | 0;
    lo = firstLane(lo, hi, frames[2 * leaf]! | 0);
    hi = secondLane(lo, hi, frames[2 * leaf]! | 0);
    lo = firstLane(lo, hi, frames[2 * leaf + 1]! | 0);
    hi = secondLane(lo, hi, frames[2 * leaf + 1]! | 0);
    lo = avalanche((lo + hi) | 0);
    hi = avalanche((hi + lo) | 0);
    // 0 and 0 stand for "no stack".
    ids[2 * i] = lo === 0 && hi === 0 ? 1 : lo;
    ids[2 * i + 1] = hi;
  }
  return ids;
}

function firstRows(ids: Uint32Array): Int32Array {
  const rows = ids.length / 2;
  const first = new Int32Array(rows);
  let size = 16;
  while (size < rows * 2) size *= 2;
  const slots = new Int32Array(size).fill(-1);
  for (let i = 0; i < rows; i++) {
    let slot = ids[2 * i]! & (size - 1);
    for (;;) {
      const row = slots[slot]!;
      if (row < 0) {
        slots[slot] = i;
        first[i] = i;
        break;
      }
      if (ids[2 * row] === ids[2 * i] && ids[2 * row + 1] === ids[2 * i + 1]) {
        first[i] = row;
        break;
      }
      slot = (slot + 1) & (size - 1);
    }
  }
  return first;
}
