// Interned byte strings: the same bytes get the same number, from 1 in order of first appearance.
import { equal, hash } from "./bytes";
import { allocate, regrow, release, reserve } from "./memory";

const STRIDE: u32 = 12; // pointer, length, hash
let table: usize = 0;
let capacity: u32 = 0;
let count: u32 = 1;
let slots: usize = 0;
let mask: u32 = 0;
let arena: usize = 0;
let arenaUsed: usize = 0;
let arenaSize: usize = 0;
let totalBytes: u32 = 0;

export function initSymbols(): void {
  capacity = 1 << 12;
  table = allocate(capacity * STRIDE);
  mask = (1 << 13) - 1;
  slots = allocate((mask + 1) << 2);
  arenaSize = 1 << 18;
  arena = reserve(arenaSize);
}

/** A copy of the bytes that never moves. */
export function keep(at: usize, length: usize): usize {
  if (arenaUsed + length + 64 > arenaSize) {
    arenaSize = max<usize>(min<usize>(arenaSize * 2, 1 << 24), length + 64);
    arena = reserve(arenaSize);
    arenaUsed = 0;
  }
  const copy = arena + arenaUsed;
  memory.copy(copy, at, length);
  arenaUsed += (length + 15) & ~15;
  return copy;
}

export function symbol(at: usize, end: usize): u32 {
  const length = u32(end - at);
  const h = hash(at, end);
  let slot = h & mask;
  while (true) {
    const id = load<u32>(slots + (slot << 2));
    if (id == 0) break;
    const row = table + id * STRIDE;
    if (load<u32>(row, 8) == h && load<u32>(row, 4) == length && equal(at, load<u32>(row), length)) return id;
    slot = (slot + 1) & mask;
  }
  const id = count++;
  if (id >= capacity) {
    table = regrow(table, capacity * STRIDE, capacity * 2 * STRIDE);
    capacity *= 2;
  }
  const row = table + id * STRIDE;
  store<u32>(row, u32(keep(at, length)));
  store<u32>(row, length, 4);
  store<u32>(row, h, 8);
  totalBytes += length;
  store<u32>(slots + (slot << 2), id);
  if (count * 2 > mask) rehash();
  return id;
}

function rehash(): void {
  release(slots, (mask + 1) << 2);
  mask = mask * 4 + 3;
  slots = allocate((mask + 1) << 2);
  for (let id: u32 = 1; id < count; id++) {
    let slot = load<u32>(table + id * STRIDE, 8) & mask;
    while (load<u32>(slots + (slot << 2)) != 0) slot = (slot + 1) & mask;
    store<u32>(slots + (slot << 2), id);
  }
}

/** One more than the largest symbol number. */
export function symbolCount(): u32 {
  return count;
}

export function symbolStart(id: u32): usize {
  return load<u32>(table + id * STRIDE);
}

export function symbolLength(id: u32): usize {
  return load<u32>(table + id * STRIDE, 4);
}

/** Bytes of all symbols together. */
export function symbolBytes(): u32 {
  return totalBytes;
}

/** Writes the bytes of all symbols to `bytes` and `symbolCount() + 1` offsets to `offsets`. */
export function copySymbols(bytes: usize, offsets: usize): void {
  let used: u32 = 0;
  store<u32>(offsets, 0);
  for (let id: u32 = 1; id < count; id++) {
    store<u32>(offsets + (id << 2), used);
    const row = table + id * STRIDE;
    const length = load<u32>(row, 4);
    memory.copy(bytes + used, load<u32>(row), length);
    used += length;
  }
  store<u32>(offsets + (count << 2), used);
}
