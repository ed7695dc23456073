import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { Bytes } from "../../../../../test/support/perf-data.ts";
import { mutated, seeded } from "../../../../../test/support/reading.ts";
import { FlambeauError } from "../../util/errors.ts";
import { type ElfFile, parseElf } from "../elf.ts";
import { functionTable } from "../functions.ts";
import { frameEntries } from "./frame-entries.ts";
import { unwinderOf } from "./unwinder.ts";

const SHAPES = readFileSync(
  fileURLToPath(new URL("../../../../../fixtures/record/symbols/shapes", import.meta.url)),
);

/** A stack of numbers: the one at `base` first. */
const stackOf = (base: number, words: readonly number[]) => ({
  read: (address: number) => words[(address - base) / 8] ?? Number.NaN,
  covers: (address: number) => address >= base && address < base + words.length * 8,
});

/** A function of 0x100 bytes at 0x1000 that pushes something in its first byte. */
function drawDebugFrame(packed: boolean): ElfFile {
  const common = [4, 0, 8, 0, 1, 0x78, 16, 0x0c, 7, 8, 0x90, 1];
  const bytes = new Bytes()
    .u32(4 + common.length, 0xffffffff)
    .raw(Uint8Array.from(common))
    .u32(4 + 16 + 4, 0)
    .u64(0x1000, 0x100)
    .raw(Uint8Array.from([0x41, 0x0e, 16, 0])).bytes;
  const header = new Bytes().u32(1, 0).u64(bytes.length, 1).bytes;
  const content = packed ? Buffer.concat([header, deflateSync(bytes)]) : Buffer.from(bytes);
  const file = new Uint8Array(0x400);
  file.set(content, 0x200);
  new DataView(file.buffer).setUint16(18, 62, true);
  const section = { name: ".debug_frame", type: 1, offset: 0x200, size: content.length };
  return {
    bytes: file,
    view: new DataView(file.buffer),
    wide: true,
    littleEndian: true,
    sections: [{ ...section, entrySize: 0, link: 0, packed }],
    segments: [{ offset: 0x1000n, address: 0x1000n, fileSize: 0x2000n, executable: true }],
    buildId: "",
  };
}

const startOf = (elf: ElfFile, name: string): number => {
  const table = functionTable(elf);
  return table.start[Array.from({ length: table.length }, (_, row) => table.name(row)).indexOf(name)]!;
};

describe("unwinding by .eh_frame", () => {
  const elf = parseElf(SHAPES);
  const unwinder = unwinderOf(elf)!;

  it("has an entry for every function with code of its own", () => {
    const entries = frameEntries(elf);
    expect(entries.length).toBeGreaterThan(20);
    for (const { start, end } of entries) expect(end).toBeGreaterThan(start);
  });

  it("finds the caller at a function's first instruction, and behind its prologue", () => {
    const main = startOf(elf, "main");
    const registers = new Float64Array(17);
    registers.set([0x7000, 0x7100], 6);
    registers[7] = 0x1000;
    expect(unwinder.step(main, registers, stackOf(0x1000, [0x55]))).toBe("caller");
    expect([registers[16], registers[7]]).toEqual([0x55, 0x1008]);
    // push rbp; mov rbp, rsp
    registers[6] = 0x2000;
    registers[7] = 0x1f00;
    expect(unwinder.step(main + 16, registers, stackOf(0x2000, [0x3000, 0x66]))).toBe("caller");
    expect([registers[16], registers[7], registers[6]]).toEqual([0x66, 0x2010, 0x3000]);
  });

  it("ends at the program's first function, and says what it does not know or have", () => {
    const registers = new Float64Array(17).fill(0x1000);
    expect(unwinder.step(startOf(elf, "_start"), registers, stackOf(0x1000, [1, 2]))).toBe("end");
    expect(unwinder.step(0, registers, stackOf(0x1000, [1, 2]))).toBe("unknown");
    expect(unwinder.step(startOf(elf, "main"), registers, stackOf(0x9000, [1, 2]))).toBe("cut");
  });

  it("takes .debug_frame where there is no .eh_frame, packed or not", () => {
    for (const packed of [false, true]) {
      const own = unwinderOf(drawDebugFrame(packed))!;
      const registers = new Float64Array(17).fill(0x1000);
      expect(own.step(0x1000, registers, stackOf(0x1000, [0x55]))).toBe("caller");
      expect([registers[16], registers[7]]).toEqual([0x55, 0x1008]);
      registers[7] = 0x1000;
      expect(own.step(0x1004, registers, stackOf(0x1000, [1, 0x66]))).toBe("caller");
      expect([registers[16], registers[7]]).toEqual([0x66, 0x1010]);
      expect(own.step(0x2000, registers, stackOf(0x1000, [1]))).toBe("unknown");
    }
  });

  it("survives any damage", () => {
    const random = seeded(3);
    const section = elf.sections.find(({ name }) => name === ".eh_frame")!;
    const main = startOf(elf, "main");
    for (let round = 0; round < 600; round++) {
      const bytes = new Uint8Array(SHAPES);
      const part = bytes.subarray(section.offset, section.offset + section.size);
      part.set(mutated(part, random).subarray(0, part.length));
      try {
        const damaged = unwinderOf(parseElf(bytes));
        for (let offset = 0; offset < 600; offset += 37) {
          damaged?.step(main + offset - 300, new Float64Array(17).fill(0x1000), stackOf(0x1000, [1, 2, 3]));
        }
      } catch (error) {
        expect(error).toBeInstanceOf(FlambeauError);
      }
    }
  });
});
