/** Any typed array whose elements are numbers. */
export type NumericArray = Uint8Array | Int32Array | Uint32Array | Float64Array;

/**
 * Returns an array of the same type with room for at least `needed` elements and the old content in front.
 * Doubles, so that filling one element at a time stays linear.
 */
export function grown<T extends NumericArray | BigUint64Array>(array: T, needed: number): T {
  if (needed <= array.length) return array;
  const Type = array.constructor as new (length: number) => T;
  const bigger = new Type(Math.max(needed, array.length * 2, 16));
  bigger.set(array as never);
  return bigger;
}

/** The array with nothing but zeros; a small one instead, of `least` elements, where `used` are a small part of it. */
export function emptied(array: Int32Array, used: number, least: number): Int32Array {
  if (array.length > 16 * Math.max(used, least)) return new Int32Array(least);
  return array.fill(0);
}

/**
 * Room for `needed` elements where `length` are there and about `expected` will be: what is not filled costs nothing, but a
 * guess is trusted no further than eight times what is there.
 */
export function roomFor(needed: number, length: number, expected: number): number {
  return Math.max(needed, Math.min(expected, length * 8));
}

/** The first `length` elements in an array of their own when much room is left over, else a view. */
export function trimmed<T extends NumericArray | BigUint64Array>(array: T, length: number): T {
  if (array.length === length) return array;
  const wasteful = array.length > length * 1.25 + 1024;
  return (wasteful ? array.slice(0, length) : array.subarray(0, length)) as T;
}
