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
export async function readMutations(reader: Reader, bytes: Uint8Array, rounds: number): Promise<number> {
  const random = seeded(bytes.length);
  let read = 0;
  for (let round = 0; round < rounds; round++) {
    const input = mutated(bytes, random);
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
