/** Bits that are set. */
export function popcount(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Sets the bit at a place of a bit set, 32 a word. */
export function setBit(words: Int32Array, place: number): void {
  words[place >>> 5]! |= 1 << (place & 31);
}

/** Place of the lowest bit that is set. */
export function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}

/** Places of the bits that are set, ascending; `count` of them, if that is known. */
export function bitsOf(words: Int32Array, count?: number): Int32Array {
  let length = count ?? 0;
  if (count === undefined) for (const word of words) length += popcount(word);
  const places = new Int32Array(length);
  for (let i = 0, at = 0; at < length; i++) {
    for (let bits = words[i]!; bits !== 0; bits &= bits - 1) places[at++] = i * 32 + lowestBit(bits);
  }
  return places;
}
