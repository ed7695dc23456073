import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type DrawnSymbol, drawElf } from "../../../../test/support/elf.ts";
import { mutated, seeded } from "../../../../test/support/reading.ts";
import { FlambeauError } from "../util/errors.ts";
import { parseElf } from "./elf.ts";
import { functionAt, functionSymbols } from "./functions.ts";
import { readableName } from "./readable-name.ts";

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
      "late",
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
