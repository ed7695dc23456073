import { expect } from "vitest";
import { FlambeauError, type Reader } from "../../packages/core/src/index.ts";
import { mutated, readWith, seeded } from "./reading.ts";

/**
 * Reads mutations of an input: each is refused with a FlambeauError or gives a profile that keeps every invariant.
 * Returns how many were read.
 */
export async function readMutations(reader: Reader, bytes: Uint8Array, rounds: number): Promise<number> {
  const random = seeded(bytes.length);
  let read = 0;
  for (let round = 0; round < rounds; round++) {
    const input = mutated(bytes, random);
    try {
      // The kernel and its twin are held against each other elsewhere; an instance of the kernel takes its time.
      const plain = round % 4 !== 0;
      await readWith(reader, input, round % 2 === 0 ? "each" : "merged", { plain });
      read++;
    } catch (error) {
      if (!(error instanceof FlambeauError)) throw error;
      expect(error.message).not.toBe("");
    }
  }
  return read;
}
