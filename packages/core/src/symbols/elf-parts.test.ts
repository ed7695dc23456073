import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { drawElf } from "../../../../test/support/elf.ts";
import { seeded } from "../../../../test/support/reading.ts";
import { FlambeauError } from "../util/errors.ts";
import { parseElf } from "./elf.ts";
import { readElfParts } from "./elf-parts.ts";
import { functionTable } from "./functions.ts";
import { frameEntries } from "./unwind/frame-entries.ts";

const SHAPES = readFileSync(
  fileURLToPath(new URL("../../../../fixtures/record/symbols/shapes", import.meta.url)),
);

/** A file's parts, and how many of its bytes were read. */
function partsOf(file: Uint8Array): { readonly parts: Uint8Array; readonly read: number } {
  const seen = new Uint8Array(file.length);
  const parts = readElfParts(file.length, (into, at) => {
    into.set(file.subarray(at, at + into.length));
    seen.fill(1, at, at + into.length);
  });
  return { parts, read: seen.reduce((sum, byte) => sum + byte, 0) };
}

/** All that is made of a file, or what is wrong with it. */
function contentOf(file: Uint8Array): unknown {
  try {
    const elf = parseElf(file);
    const table = functionTable(elf);
    const names = Array.from({ length: table.length }, (_, row) => table.name(row));
    return [elf.buildId, elf.sections, elf.segments, names, table.start, entriesOf(elf)];
  } catch (error) {
    if (error instanceof FlambeauError) return error.message;
    throw error;
  }
}

function entriesOf(elf: ReturnType<typeof parseElf>): unknown {
  try {
    return frameEntries(elf);
  } catch (error) {
    if (error instanceof FlambeauError) return error.message;
    throw error;
  }
}

describe("an ELF file that is read in parts", () => {
  it("says what the whole file says, and is not read as a whole", () => {
    const { parts, read } = partsOf(SHAPES);
    expect(contentOf(parts)).toEqual(contentOf(SHAPES));
    expect(parts).not.toEqual(new Uint8Array(SHAPES));
    expect(read).toBeLessThan(SHAPES.length);
  });

  it.each([{}, { little: false }, { wide: false }, { wide: false, little: false }])(
    "in the shape %j",
    (shape) => {
      const file = drawElf([{ name: "main", address: 0x400010, size: 32 }], shape);
      expect(contentOf(partsOf(file).parts)).toEqual(contentOf(file));
    },
  );

  it("is read as a whole where it is none", () => {
    const text = new TextEncoder().encode("ffff main\n".repeat(1000));
    expect(partsOf(text).parts).toEqual(text);
    expect(partsOf(new Uint8Array(0)).parts.length).toBe(0);
  });

  it("says the same of two hundred files with damaged headers", () => {
    const random = seeded(11);
    const table = Number(new DataView(SHAPES.buffer, SHAPES.byteOffset).getBigUint64(40, true));
    let usable = 0;
    for (let i = 0; i < 200; i++) {
      const file = new Uint8Array(SHAPES);
      const from = i % 4 === 0 ? 4 : table;
      const to = i % 4 === 0 ? 64 : file.length;
      for (let bytes = 0; bytes < 3; bytes++)
        file[from + Math.floor(random() * (to - from))] = random() * 256;
      const expected = contentOf(file);
      expect(contentOf(partsOf(file).parts)).toEqual(expected);
      if (typeof expected !== "string") usable++;
    }
    expect(usable).toBeGreaterThan(50);
  });
});
