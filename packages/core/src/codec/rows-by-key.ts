/** Rows in the order of a key: those of key `k` are `rows[start[k] .. start[k + 1])`, in their own order. */
export interface RowsByKey {
  readonly start: Int32Array;
  readonly rows: Int32Array;
}

/** Sorts rows `0 .. length` by counting their keys, which are below `keys`. */
export function rowsByKey(key: Int32Array, length: number, keys: number): RowsByKey {
  const start = new Int32Array(keys + 1);
  for (let row = 0; row < length; row++) start[key[row]! + 1]!++;
  for (let k = 0; k < keys; k++) start[k + 1]! += start[k]!;
  const next = start.slice(0, keys);
  const rows = new Int32Array(length);
  for (let row = 0; row < length; row++) rows[next[key[row]!]!++] = row;
  return { start, rows };
}
