import { getHeapStatistics } from "node:v8";
import { expect } from "vitest";
import { FlambeauError, type Reader } from "../../packages/core/src/index.ts";
import { mutated, readWith, seeded } from "./reading.ts";

/** What one case may take beyond a multiple of its input: the kernel's memory, and the pieces that a source is read in. */
const ROOM = 32 << 20;
const TIMES = 64;

/**
 * Reads mutations of an input: each is refused with a FlambeauError or gives a profile that keeps every invariant, and
 * takes no more memory than a multiple of the input, whatever sizes it claims. Returns how many were read.
 */
export function readMutations(reader: Reader, bytes: Uint8Array, rounds: number): Promise<number> {
  return readEach(reader, rounds, bytes.length, (random) => mutated(bytes, random));
}

/** Numbers that no tool means: fractions of an index, what does not fit into 32 or 64 bits or into a double. */
const ODD: readonly string[] = [
  "0.5",
  "-0.5",
  "-1",
  "1e308",
  "-1e308",
  "1e999",
  "2147483648",
  "4294967297",
  "9007199254740993",
  "99999999999999999999",
  "",
];

/** The same for a text in which one number has become an odd one. */
export function readOddNumbers(reader: Reader, text: string, rounds: number): Promise<number> {
  const numbers = [...text.matchAll(/(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])/g)];
  return readEach(reader, rounds, text.length, (random) => {
    const { index, 0: number } = numbers[Math.floor(random() * numbers.length)]!;
    const odd = ODD[Math.floor(random() * ODD.length)]!;
    return encoder.encode(text.slice(0, index) + odd + text.slice(index + number.length));
  });
}

const encoder = new TextEncoder();

async function readEach(
  reader: Reader,
  rounds: number,
  seed: number,
  next: (random: () => number) => Uint8Array,
): Promise<number> {
  const random = seeded(seed);
  let read = 0;
  for (let round = 0; round < rounds; round++) {
    const input = next(random);
    const before = memory();
    try {
      // The kernel and its twin are held against each other elsewhere; an instance of the kernel takes its time.
      const plain = round % 4 !== 0;
      await readWith(reader, input, round % 2 === 0 ? "each" : "merged", { plain });
      read++;
    } catch (error) {
      if (!(error instanceof FlambeauError)) throw error;
      expect(error.message).not.toBe("");
    }
    // What was freed meanwhile is not seen; the larger a piece, the less likely is that.
    const taken = memory() - before;
    if (taken > ROOM + TIMES * input.length) {
      expect.fail(`case ${round}: ${taken} bytes of memory for an input of ${input.length}`);
    }
  }
  return read;
}

function memory(): number {
  const { external_memory, used_heap_size } = getHeapStatistics();
  return external_memory + used_heap_size;
}
