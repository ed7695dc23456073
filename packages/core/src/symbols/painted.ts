/** Which range shows at an address, where later ranges lie on top of earlier ones. */
export interface Painted {
  /** Row of the range, or -1. */
  find(address: number): number;
}

/**
 * Lays ranges over each other. From the last to the first, each takes those pieces between neighbouring bounds that
 * are still free, so that every piece is looked at about once.
 *
 * ```
 *   row 0   ████████            pieces  0 0 1 1 1
 *   row 1       ██████
 * ```
 */
export function paint(start: Float64Array, end: Float64Array): Painted {
  const bounds = new Float64Array(start.length * 2);
  bounds.set(start);
  bounds.set(end, start.length);
  bounds.sort();
  const owner = new Int32Array(bounds.length).fill(-1);
  // Of a taken piece, one behind it that may be free.
  const next = new Int32Array(bounds.length + 1);
  for (let i = 0; i < next.length; i++) next[i] = i;
  const free = (from: number): number => {
    let at = from;
    while (next[at] !== at) {
      next[at] = next[next[at]!]!;
      at = next[at]!;
    }
    return at;
  };
  for (let row = start.length - 1; row >= 0; row--) {
    const stop = pieceAt(bounds, end[row]!);
    for (let piece = free(pieceAt(bounds, start[row]!)); piece < stop; piece = free(piece)) {
      owner[piece] = row;
      next[piece] = piece + 1;
    }
  }
  return {
    find(address) {
      const piece = pieceAt(bounds, address);
      const at = bounds[piece] === address ? lastEqual(bounds, piece) : piece - 1;
      return at < 0 ? -1 : owner[at]!;
    },
  };
}

/** First bound that is not below the address. */
function pieceAt(bounds: Float64Array, address: number): number {
  let from = 0;
  let to = bounds.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (bounds[middle]! < address) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Between equal bounds lies nothing: the last one begins the piece. */
function lastEqual(bounds: Float64Array, first: number): number {
  let from = first;
  let to = bounds.length;
  while (from + 1 < to) {
    const middle = (from + to) >> 1;
    if (bounds[middle] === bounds[first]) from = middle;
    else to = middle;
  }
  return from;
}
