import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { mutated, seeded } from "../../../../test/support/reading.ts";
import { FlambeauError } from "../util/errors.ts";
import { parseElf } from "./elf.ts";
import { functionAt, functionSymbols } from "./functions.ts";
import { readableName } from "./readable-name.ts";

interface DrawnSymbol {
  readonly name: string;
  readonly address: number;
  readonly size: number;
  readonly info?: number;
  readonly section?: number;
}

/** A small ELF file: one executable segment at 0x400000 (offset 0x1000), a note, a symbol table and its strings. */
function drawElf(symbols: readonly DrawnSymbol[], { wide = true, little = true } = {}): Uint8Array {
  const bytes = new Uint8Array(8192);
  const view = new DataView(bytes.buffer);
  const u16 = (at: number, value: number) => view.setUint16(at, value, little);
  const u32 = (at: number, value: number) => view.setUint32(at, value, little);
  const word = (at: number, value: number) => {
    if (wide) view.setBigUint64(at, BigInt(value), little);
    else u32(at, value);
  };
  const text = (at: number, value: string) => bytes.set(new TextEncoder().encode(value), at);
  text(0, "\x7fELF");
  bytes[4] = wide ? 2 : 1;
  bytes[5] = little ? 1 : 2;
  const [programs, sections, note, strings, names, table] = [0x100, 0x200, 0x400, 0x500, 0x700, 0x800];
  word(wide ? 32 : 28, programs);
  word(wide ? 40 : 32, sections);
  u16(wide ? 54 : 42, wide ? 56 : 32);
  u16(wide ? 56 : 44, 1);
  u16(wide ? 58 : 46, wide ? 64 : 40);
  u16(wide ? 60 : 48, 5);
  u16(wide ? 62 : 50, 4);
  u32(programs, 1);
  u32(programs + (wide ? 4 : 24), 5);
  word(programs + (wide ? 8 : 4), 0x1000);
  word(programs + (wide ? 16 : 8), 0x400000);
  word(programs + (wide ? 32 : 16), 0x800);
  let nameAt = 1;
  const section = (
    i: number,
    name: string,
    type: number,
    offset: number,
    size: number,
    link = 0,
    entry = 0,
  ) => {
    const at = sections + i * (wide ? 64 : 40);
    text(names + nameAt, name);
    u32(at, nameAt);
    nameAt += name.length + 1;
    u32(at + 4, type);
    word(at + (wide ? 24 : 16), offset);
    word(at + (wide ? 32 : 20), size);
    u32(at + (wide ? 40 : 24), link);
    word(at + (wide ? 56 : 36), entry);
  };
  u32(note, 4);
  u32(note + 4, 3);
  u32(note + 8, 3);
  text(note + 12, "GNU\0");
  bytes.set([0xab, 0x01, 0xff], note + 16);
  let at = 1;
  const width = wide ? 24 : 16;
  symbols.forEach(({ name, address, size, info = 0x12, section: number = 1 }, i) => {
    const entry = table + i * width;
    text(strings + at, name);
    u32(entry, at);
    at += name.length + 1;
    bytes[entry + (wide ? 4 : 12)] = info;
    u16(entry + (wide ? 6 : 14), number);
    word(entry + (wide ? 8 : 4), address);
    word(entry + (wide ? 16 : 8), size);
  });
  section(1, ".note.gnu.build-id", 7, note, 19);
  section(2, ".symtab", 2, table, symbols.length * width, 3, width);
  section(3, ".strtab", 3, strings, 0x200);
  section(4, ".shstrtab", 3, names, 0x100);
  return bytes;
}

const DRAWN: readonly DrawnSymbol[] = [
  { name: "late", address: 0x400200, size: 0 },
  { name: "main", address: 0x400010, size: 0x20 },
  { name: "local_alias", address: 0x400010, size: 0x20, info: 0x02 },
  { name: "_ZN3foo3barEi", address: 0x400100, size: 0x10 },
  { name: "data", address: 0x400300, size: 8, info: 0x11 },
  { name: "imported", address: 0, size: 0, section: 0 },
  { name: "elsewhere", address: 0x900000, size: 8 },
];

describe("functions of an ELF file", () => {
  it.each([
    ["64 bits, little endian", {}],
    ["64 bits, big endian", { little: false }],
    ["32 bits, little endian", { wide: false }],
    ["32 bits, big endian", { wide: false, little: false }],
  ])("%s", (_, shape) => {
    const symbols = functionSymbols(drawElf(DRAWN, shape));
    expect(symbols.buildId).toBe("ab01ff");
    expect(symbols.name).toEqual(["main", "foo::bar", "late"]);
    expect([...symbols.start]).toEqual([0x1010n, 0x1100n, 0x1200n]);
  });

  it("are found by an offset within them", () => {
    const symbols = functionSymbols(drawElf(DRAWN));
    const at = (offset: bigint) => functionAt(symbols, offset);
    expect([0x100fn, 0x1010n, 0x102fn, 0x1030n, 0x1105n, 0x1200n, 0x1201n].map(at)).toEqual([
      undefined,
      "main",
      "main",
      undefined,
      "foo::bar",
      "late",
      undefined,
    ]);
  });

  it("are those that nm lists, in this very Node", ({ skip }) => {
    const path = process.execPath;
    if (spawnSync("nm", ["--version"]).status !== 0 || process.platform !== "linux")
      skip("nm is not installed");
    const listed = execFileSync("nm", ["--defined-only", path], { encoding: "utf8", maxBuffer: 1 << 30 })
      .split("\n")
      .filter((line) => / [tTwWi] _?[a-z]\w*$/.test(line));
    if (listed.length === 0) skip("this Node is stripped");
    const bytes = readFileSync(path);
    const symbols = functionSymbols(bytes);
    const { segments } = parseElf(bytes);
    const offsetOf = (address: bigint): bigint => {
      const segment = segments.find(
        ({ executable, address: from, fileSize }) =>
          executable && address >= from && address < from + fileSize,
      );
      return segment === undefined ? -1n : address - segment.address + segment.offset;
    };
    let same = 0;
    for (const line of listed) {
      const [address, , name] = line.split(" ");
      const found = functionAt(symbols, offsetOf(BigInt(`0x${address}`)));
      // Aliases share an address; one of them is shown.
      if (found === readableName(name!)) same++;
    }
    expect(same / listed.length).toBeGreaterThan(0.9);
  });

  it("survive any damage: an error with its place, or what could be read", () => {
    const random = seeded(20);
    const original = drawElf(DRAWN);
    for (let i = 0; i < 3000; i++) {
      const damaged = mutated(original, random);
      try {
        const { length, start } = functionSymbols(damaged);
        expect(start).toHaveLength(length);
      } catch (error) {
        expect(error).toBeInstanceOf(FlambeauError);
        expect((error as FlambeauError).offset).toBeTypeOf("number");
      }
    }
  });

  it("refuses what is no ELF file", () => {
    expect(() => functionSymbols(new TextEncoder().encode("#!/bin/sh"))).toThrow(
      /does not begin with an ELF header/,
    );
  });
});

describe("a mangled name", () => {
  it.each([
    ["_ZN3foo3barEi", "foo::bar"],
    ["_ZNK3foo3barEv.part.0", "foo::bar.part.0"],
    ["_Z4workPKc", "work"],
    ["_ZN12_GLOBAL__N_14workEv", "(anonymous namespace)::work"],
    ["_ZN4core3fmt9Formatter3pad17h0123456789abcdefE", "core::fmt::Formatter::pad"],
    ["_ZNSt6vectorIiSaIiEE9push_backERKi", "_ZNSt6vectorIiSaIiEE9push_backERKi"],
    ["_Z3maxIiET_S0_S0_", "_Z3maxIiET_S0_S0_"],
    ["_ZN99xE", "_ZN99xE"],
    ["main", "main"],
  ])("%s is shown as %s", (symbol, name) => {
    expect(readableName(symbol)).toBe(name);
  });
});
