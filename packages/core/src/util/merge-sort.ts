/**
 * Sorts rows by a key, stably, by merging the runs that are in order already: the usual recording consists of a
 * few, so that this takes little more than one pass. Sorts `rows` in place.
 *
 * ```
 * keys   1 4 6 | 2 3 9 | 5     three runs → two → one
 * ```
 */
export function sortRows(rows: Uint32Array, keys: Float64Array): void {
  if (insertionSorted(rows, keys)) return;
  const { length } = rows;
  let bounds = runBounds(rows, keys);
  let from: Uint32Array = rows;
  let to: Uint32Array = bounds.length > 2 ? new Uint32Array(length) : rows;
  while (bounds.length > 2) {
    const next: number[] = [0];
    for (let run = 0; run + 1 < bounds.length; run += 2) {
      const start = bounds[run]!;
      const middle = bounds[run + 1]!;
      const end = bounds[run + 2] ?? middle;
      mergeRuns(from, to, keys, start, middle, end);
      next.push(end);
    }
    bounds = next;
    [from, to] = [to, from];
  }
  if (from !== rows) rows.set(from);
}

/** Moves per row after which insertion gives up: the order is then not merely disturbed here and there. */
const MOVES = 24;

/**
 * Sorts by insertion, which is fastest where rows are only a few places off (events that are written when they end).
 * False where that takes too long: then the rows are as stable as before, and partly sorted.
 */
function insertionSorted(rows: Uint32Array, keys: Float64Array): boolean {
  let moves = rows.length * MOVES;
  for (let i = 1; i < rows.length; i++) {
    const row = rows[i]!;
    const key = keys[row]!;
    let at = i;
    while (at > 0 && keys[rows[at - 1]!]! > key) {
      rows[at] = rows[at - 1]!;
      at--;
    }
    rows[at] = row;
    moves -= i - at;
    if (moves < 0) return false;
  }
  return true;
}

/** Where each run begins, and the end of the last one. */
function runBounds(rows: Uint32Array, keys: Float64Array): number[] {
  const bounds = [0];
  for (let i = 1; i < rows.length; i++) if (keys[rows[i]!]! < keys[rows[i - 1]!]!) bounds.push(i);
  bounds.push(rows.length);
  return bounds;
}

function mergeRuns(
  from: Uint32Array,
  to: Uint32Array,
  keys: Float64Array,
  start: number,
  middle: number,
  end: number,
): void {
  let left = start;
  let right = middle;
  for (let at = start; at < end; at++) {
    const takeLeft = right >= end || (left < middle && keys[from[left]!]! <= keys[from[right]!]!);
    to[at] = takeLeft ? from[left++]! : from[right++]!;
  }
}
