// Who was sampled by what: one group per distinct (comm, pid/tid, event). Each remembers its previous stack,
// because a thread's next stack usually shares most of it.
import { equal, hash } from "./bytes";
import { allocate, regrow, release } from "./memory";
import { keep } from "./symbols";

/** who, its length, event's length, hash, previous stack, its capacity, its length, flags, first offset (f64) */
const STRIDE: u32 = 40;
const KNOWN_PERIOD: u32 = 1;
let table: usize = 0;
let capacity: u32 = 0;
let count: u32 = 0;
let slots: usize = 0;
let mask: u32 = 0;
let scratch: usize = 0;
let scratchSize: usize = 0;

export function initGroups(): void {
  capacity = 1 << 8;
  table = allocate(capacity * STRIDE);
  mask = (1 << 9) - 1;
  slots = allocate((mask + 1) << 2);
  scratchSize = 1024;
  scratch = allocate(scratchSize);
}

/** The group of a comm with task and an event; `offset` is where it was seen. */
export function group(who: usize, whoEnd: usize, event: usize, eventEnd: usize, offset: f64): u32 {
  const whoLength = whoEnd - who;
  const length = whoLength + (eventEnd - event);
  if (length > scratchSize) {
    scratch = regrow(scratch, 0, length * 2);
    scratchSize = length * 2;
  }
  memory.copy(scratch, who, whoLength);
  memory.copy(scratch + whoLength, event, eventEnd - event);
  const h = hash(scratch, scratch + length) ^ u32(whoLength);
  let slot = h & mask;
  while (true) {
    const id = load<u32>(slots + (slot << 2));
    if (id == 0) break;
    const row = table + (id - 1) * STRIDE;
    if (
      load<u32>(row, 12) == h && load<u32>(row, 4) == u32(whoLength) &&
      load<u32>(row, 8) == u32(length - whoLength) && equal(scratch, load<u32>(row), length)
    ) return id - 1;
    slot = (slot + 1) & mask;
  }
  const id = count++;
  if (id >= capacity) {
    table = regrow(table, capacity * STRIDE, capacity * 2 * STRIDE);
    capacity *= 2;
  }
  const row = table + id * STRIDE;
  store<u32>(row, u32(keep(scratch, length)));
  store<u32>(row, u32(whoLength), 4);
  store<u32>(row, u32(length - whoLength), 8);
  store<u32>(row, h, 12);
  store<f64>(row, offset, 32);
  store<u32>(slots + (slot << 2), id + 1);
  if (count * 2 > mask) rehash();
  return id;
}

function rehash(): void {
  release(slots, (mask + 1) << 2);
  mask = mask * 4 + 3;
  slots = allocate((mask + 1) << 2);
  for (let id: u32 = 0; id < count; id++) {
    let slot = load<u32>(table + id * STRIDE, 12) & mask;
    while (load<u32>(slots + (slot << 2)) != 0) slot = (slot + 1) & mask;
    store<u32>(slots + (slot << 2), id + 1);
  }
}

/** Remembers that samples of this group state their period. */
export function notePeriod(id: u32): void {
  const row = table + id * STRIDE;
  store<u32>(row, load<u32>(row, 28) | KNOWN_PERIOD, 28);
}

/**
 * The previous stack of a group, root first, as pairs { line, node }, with room for `needed` pairs. What it held
 * stays valid for {@link previousLength} pairs.
 */
export function previousStack(id: u32, needed: u32): usize {
  const row = table + id * STRIDE;
  const room = load<u32>(row, 20);
  if (room < needed) {
    const bigger = max(needed, max(room * 2, 32));
    const old = load<u32>(row, 16);
    const block = allocate(<usize>bigger << 3);
    if (room != 0) {
      memory.copy(block, old, <usize>load<u32>(row, 24) << 3);
      release(old, <usize>room << 3);
    }
    store<u32>(row, u32(block), 16);
    store<u32>(row, bigger, 20);
  }
  return load<u32>(row, 16);
}

export function previousLength(id: u32): u32 {
  return load<u32>(table + id * STRIDE, 24);
}

export function setPreviousLength(id: u32, length: u32): void {
  store<u32>(table + id * STRIDE, length, 24);
}

export function groupCount(): u32 {
  return count;
}

export function groupTable(): usize {
  return table;
}
