import type { ElfSegment } from "../elf.ts";

interface CodeRange {
  readonly address: number;
  readonly offset: number;
  readonly size: number;
}

/**
 * Addresses of a binary as signed numbers: those of a kernel, just below 2^64, are exact as small negative ones.
 */
export const signedAddress = (address: bigint): number => Number(BigInt.asIntN(64, address));

/** Where code lies in the file, by its address in the process, as program headers say. */
export class AddressMap {
  readonly #ranges: readonly CodeRange[];

  constructor(segments: readonly ElfSegment[]) {
    this.#ranges = segments
      .filter(({ executable }) => executable)
      .map(({ address, offset, fileSize }) => ({
        address: signedAddress(address),
        offset: Number(offset),
        // Files of debug information keep the headers, but none of the code.
        size: fileSize === 0n ? 2 ** 40 : Number(fileSize),
      }));
  }

  /** Offset in the file, or -1 where no code is: linkers leave the addresses of what they threw away behind. */
  offset(address: number): number {
    for (const range of this.#ranges) {
      const within = address - range.address;
      // Headers are no code: addresses that begin at 0 belong to what was thrown away.
      if (within >= 0 && within < range.size && within + range.offset >= 64) return within + range.offset;
    }
    return -1;
  }
}
