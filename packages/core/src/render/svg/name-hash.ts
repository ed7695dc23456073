/** Three numbers in [0, 1) that a palette turns into a colour. */
export interface Hues {
  readonly v1: number;
  readonly v2: number;
  readonly v3: number;
}

/**
 * flamegraph.pl's default: `srand` with the sum of the characters, then the first `rand(1)`, which is drand48:
 * x = (seed<<16 + 0x330E)·0x5DEECE66D + 0xB mod 2^48. The same name always has the same colour.
 */
export function sumHues(name: string): Hues {
  let sum = 0;
  for (const character of name) sum += character.codePointAt(0)!;
  // 48 bits times 35 bits in two halves of 24 bits, so that doubles stay exact.
  const seed = (sum % 0x1_0000_0000) * 0x1_0000 + 0x330e;
  const low = seed % 0x100_0000;
  const high = Math.floor(seed / 0x100_0000);
  const carry = low * 0xece66d + 0xb;
  const upper = (high * 0xece66d + low * 0x5de + Math.floor(carry / 0x100_0000)) % 0x100_0000;
  const value = (upper * 0x100_0000 + (carry % 0x100_0000)) / 2 ** 48;
  return { v1: value, v2: value, v3: value };
}

/** `--hash`: like names get like colours, earlier characters weigh more. */
export function vectorHues(name: string): Hues {
  const characters = [...name];
  const forward = vectorHash(characters.join(""));
  const backward = vectorHash(characters.reverse().join(""));
  return { v1: forward, v2: backward, v3: backward };
}

function vectorHash(name: string): number {
  let vector = 0;
  let weight = 1;
  let max = 1;
  let modulus = 10;
  // A module in front (module`function) goes, so that its functions differ.
  for (const character of name.replace(/.(.*?)`/u, "")) {
    vector += ((character.codePointAt(0)! % modulus) / (modulus - 1)) * weight;
    modulus++;
    max += weight;
    weight *= 0.7;
    if (modulus > 12) break;
  }
  return 1 - vector / max;
}

/** inferno's `--deterministic`: 64-bit FNV-1a of the bytes, twice multiplied on for two more numbers. */
export function fnvHues(bytes: Uint8Array): Hues {
  const prime = 0x100000001b3n;
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * prime);
  const next = (): number => {
    const value = Math.fround(Number(hash) / Number(0xffffffffffffffffn));
    hash = BigInt.asUintN(64, hash * prime);
    return value;
  };
  return { v1: next(), v2: next(), v3: next() };
}

/** `--random`: another colour each time, even for the same name. */
export function randomHues(random: () => number): Hues {
  return { v1: random(), v2: random(), v3: random() };
}
