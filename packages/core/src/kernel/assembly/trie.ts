// The stacks as a prefix tree over symbols, and the weights at its nodes.
//
// A node is 16 bytes { symbol, parent, first child, next sibling } in segments that never move, so that growth
// copies nothing. Node 0 is the root. Children are a linked list; from the ninth child on a node is "wide"
// (bit 31 of its first child) and its children are also found by hash.
import { allocate, release, reserve } from "./memory";

const SEGMENT_BITS: u32 = 16;
const SEGMENT_MASK: u32 = (1 << SEGMENT_BITS) - 1;
const WIDE: u32 = 0x80000000;
const WIDE_AFTER: u32 = 8;
/** 8192 segments of 65,536 nodes: 536 million nodes, more than 4 GiB of memory hold. */
const directory = memory.data(8192 * 4);

let count: u32 = 0;
let hashSlots: usize = 0;
let hashMask: u32 = 0;
let hashed: u32 = 0;

export function initTrie(): void {
  hashMask = (1 << 12) - 1;
  hashSlots = allocate((hashMask + 1) << 2);
  newNode(0, 0, 0);
}

export function nodeCount(): u32 {
  return count;
}

function at(node: u32): usize {
  return <usize>load<u32>(directory + ((node >>> SEGMENT_BITS) << 2)) + ((node & SEGMENT_MASK) << 4);
}

function newNode(parent: u32, symbol: u32, sibling: u32): u32 {
  const node = count++;
  if ((node & SEGMENT_MASK) == 0) {
    if (node >>> SEGMENT_BITS >= 8192) unreachable();
    store<u32>(directory + ((node >>> SEGMENT_BITS) << 2), u32(reserve(<usize>16 << SEGMENT_BITS)));
  }
  const row = at(node);
  store<u32>(row, symbol);
  store<u32>(row, parent, 4);
  store<u32>(row, 0, 8);
  store<u32>(row, sibling, 12);
  return node;
}

function pairHash(a: u32, b: u32): u32 {
  let h: u32 = (a * 0x9e3779b1) ^ (b * 0x85ebca6b);
  h ^= h >>> 15;
  h *= 0x2c1b3c6d;
  return h ^ (h >>> 13);
}

/** The slot of child `symbol` of a wide node: where it is, or the empty one where it would go. */
function hashSlot(parent: u32, symbol: u32): usize {
  let slot = pairHash(parent, symbol) & hashMask;
  while (true) {
    const place = hashSlots + (slot << 2);
    const node = load<u32>(place);
    if (node == 0) return place;
    const row = at(node);
    if (load<u32>(row) == symbol && load<u32>(row, 4) == parent) return place;
    slot = (slot + 1) & hashMask;
  }
}

function hashNode(node: u32): void {
  const row = at(node);
  store<u32>(hashSlot(load<u32>(row, 4), load<u32>(row)), node);
  if (++hashed * 2 > hashMask) growHash();
}

function growHash(): void {
  const old = hashSlots;
  const oldMask = hashMask;
  hashMask = hashMask * 4 + 3;
  hashSlots = allocate((hashMask + 1) << 2);
  for (let slot: u32 = 0; slot <= oldMask; slot++) {
    const node = load<u32>(old + (slot << 2));
    if (node == 0) continue;
    const row = at(node);
    store<u32>(hashSlot(load<u32>(row, 4), load<u32>(row)), node);
  }
  release(old, (oldMask + 1) << 2);
}

/** The node for `symbol` called from `parent`, made the first time. */
export function child(parent: u32, symbol: u32): u32 {
  const up = at(parent);
  const head = load<u32>(up, 8);
  if (head & WIDE) {
    const place = hashSlot(parent, symbol);
    const found = load<u32>(place);
    if (found != 0) return found;
    const node = newNode(parent, symbol, head & ~WIDE);
    store<u32>(up, node | WIDE, 8);
    store<u32>(place, node);
    if (++hashed * 2 > hashMask) growHash();
    return node;
  }
  let steps: u32 = 0;
  for (let node = head; node != 0; steps++) {
    const row = at(node);
    if (load<u32>(row) == symbol) return node;
    node = load<u32>(row, 12);
  }
  const node = newNode(parent, symbol, head);
  if (steps < WIDE_AFTER) {
    store<u32>(up, node, 8);
    return node;
  }
  store<u32>(up, node | WIDE, 8);
  for (let each = node; each != 0; each = load<u32>(at(each), 12)) hashNode(each);
  return node;
}

/** Writes symbol and parent of nodes [from, to) as two columns. */
export function copyNodes(from: u32, to: u32, symbols: usize, parents: usize): void {
  for (let node = from; node < to; node++) {
    const row = at(node);
    const offset = (node - from) << 2;
    store<u32>(symbols + offset, load<u32>(row));
    store<u32>(parents + offset, load<u32>(row, 4));
  }
}

// Cells: the weights of one (node, group), 24 bytes { node, group, a f64, b f64 }, in segments as well.
const cellDirectory = memory.data(8192 * 4);
let cells: u32 = 0;
let cellSlots: usize = 0;
let cellMask: u32 = 0;

export function initCells(): void {
  cellMask = (1 << 12) - 1;
  cellSlots = allocate((cellMask + 1) << 2);
}

export function cellCount(): u32 {
  return cells;
}

function cellAt(cell: u32): usize {
  return <usize>load<u32>(cellDirectory + ((cell >>> SEGMENT_BITS) << 2)) + (cell & SEGMENT_MASK) * 24;
}

/** Adds two weights to what (node, group) has; returns the cell. */
export function addToCell(node: u32, group: u32, a: f64, b: f64): u32 {
  let slot = pairHash(node, group) & cellMask;
  while (true) {
    const cell = load<u32>(cellSlots + (slot << 2));
    if (cell == 0) break;
    const row = cellAt(cell - 1);
    if (load<u32>(row) == node && load<u32>(row, 4) == group) {
      addToKnownCell(cell - 1, a, b);
      return cell - 1;
    }
    slot = (slot + 1) & cellMask;
  }
  const cell = cells++;
  if ((cell & SEGMENT_MASK) == 0) {
    if (cell >>> SEGMENT_BITS >= 8192) unreachable();
    store<u32>(cellDirectory + ((cell >>> SEGMENT_BITS) << 2), u32(reserve(<usize>24 << SEGMENT_BITS)));
  }
  const row = cellAt(cell);
  store<u32>(row, node);
  store<u32>(row, group, 4);
  store<f64>(row, a, 8);
  store<f64>(row, b, 16);
  store<u32>(cellSlots + (slot << 2), cell + 1);
  if (cells * 2 > cellMask) growCells();
  return cell;
}

export function addToKnownCell(cell: u32, a: f64, b: f64): void {
  const row = cellAt(cell);
  store<f64>(row, load<f64>(row, 8) + a, 8);
  store<f64>(row, load<f64>(row, 16) + b, 16);
}

function growCells(): void {
  release(cellSlots, (cellMask + 1) << 2);
  cellMask = cellMask * 4 + 3;
  cellSlots = allocate((cellMask + 1) << 2);
  for (let cell: u32 = 0; cell < cells; cell++) {
    const row = cellAt(cell);
    let slot = pairHash(load<u32>(row), load<u32>(row, 4)) & cellMask;
    while (load<u32>(cellSlots + (slot << 2)) != 0) slot = (slot + 1) & cellMask;
    store<u32>(cellSlots + (slot << 2), cell + 1);
  }
}

/** Writes cells [from, to) as four columns. */
export function copyCells(from: u32, to: u32, nodes: usize, groups: usize, a: usize, b: usize): void {
  for (let cell = from; cell < to; cell++) {
    const row = cellAt(cell);
    const i = cell - from;
    store<u32>(nodes + (i << 2), load<u32>(row));
    store<u32>(groups + (i << 2), load<u32>(row, 4));
    store<f64>(a + (i << 3), load<f64>(row, 8));
    store<f64>(b + (i << 3), load<f64>(row, 16));
  }
}
