// Comparing, searching and hashing bytes. Every buffer has at least 64 readable bytes after its end.

/** True where `length` bytes agree. */
export function equal(a: usize, b: usize, length: usize): bool {
  if (length < 16) {
    const same = v128.bitmask<u8>(v128.eq<u8>(v128.load(a), v128.load(b)));
    return (~same & ((1 << u32(length)) - 1)) == 0;
  }
  const last = a + length - 16;
  while (a < last) {
    if (!v128.all_true<u8>(v128.eq<u8>(v128.load(a), v128.load(b)))) return false;
    a += 16;
    b += 16;
  }
  // The last 16 bytes may overlap what was compared already.
  b -= a - last;
  return v128.all_true<u8>(v128.eq<u8>(v128.load(last), v128.load(b)));
}

/** Position of the next newline at or after `at`; there must be one. */
export function newline(at: usize): usize {
  const wanted = i8x16.splat(10);
  while (true) {
    const found = v128.bitmask<u8>(v128.eq<u8>(v128.load(at), wanted));
    if (found != 0) return at + ctz(found);
    at += 16;
  }
}

/** Position of the next `byte` in [at, end), or `end`. */
export function find(at: usize, end: usize, byte: u8): usize {
  const wanted = i8x16.splat(<i8>byte);
  while (at < end) {
    const found = v128.bitmask<u8>(v128.eq<u8>(v128.load(at), wanted));
    if (found != 0) return min(at + ctz(found), end);
    at += 16;
  }
  return end;
}

/** Hash of [at, end). */
export function hash(at: usize, end: usize): u32 {
  let h: u64 = 0x9e3779b97f4a7c15 ^ u64(end - at);
  for (; at + 8 <= end; at += 8) {
    h = (h ^ load<u64>(at)) * 0x9fb21c651e98df25;
    h ^= h >>> 32;
  }
  const rest = u64(end - at) << 3;
  if (rest != 0) {
    h = (h ^ (load<u64>(at) & (((<u64>1) << rest) - 1))) * 0x9fb21c651e98df25;
    h ^= h >>> 32;
  }
  return u32((h * 0xd6e8feb86659fd93) >>> 32);
}

/** Hash of the first 20 bytes: enough to tell lines that begin with an address apart. */
export function hash20(at: usize): u32 {
  let h: u32 = (load<u32>(at) ^ 0x3243f6a8) * 0x9e3779b1;
  h ^= h >>> 15;
  h = (h ^ load<u32>(at, 4)) * 0x85ebca6b;
  h ^= h >>> 13;
  h = (h ^ load<u32>(at, 8)) * 0xc2b2ae35;
  h ^= h >>> 16;
  h = (h ^ load<u32>(at, 12)) * 0x9e3779b1;
  h ^= h >>> 15;
  h = (h ^ load<u32>(at, 16)) * 0x85ebca6b;
  return h ^ (h >>> 13);
}

export function isDigit(c: u8): bool {
  return c - 48 < 10;
}

export function isHex(c: u8): bool {
  return c - 48 < 10 || (c | 32) - 97 < 6;
}

/** Blank, tab, carriage return or another control character: what separates words. */
export function isBlank(c: u8): bool {
  return c <= 32;
}
