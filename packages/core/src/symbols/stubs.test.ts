import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { mutated, seeded } from "../../../../test/support/reading.ts";
import { FlambeauError } from "../util/errors.ts";
import { parseElf } from "./elf.ts";
import { stubAt, stubNames } from "./stubs.ts";

const SHAPES = readFileSync(
  fileURLToPath(new URL("../../../../fixtures/record/symbols/shapes", import.meta.url)),
);

it("names the stubs of functions in other binaries", () => {
  const elf = parseElf(SHAPES);
  const stubs = stubNames(elf);
  const plt = elf.sections.find(({ name }) => name === ".plt")!;
  // The first slot is what all others jump to; objdump shows the rest.
  expect(stubAt(stubs, plt.offset)).toBeUndefined();
  expect([...new Set(stubs.values())].every((name) => name.endsWith("@plt"))).toBe(true);
  const second = stubs.get(plt.offset + 16)!;
  expect(stubAt(stubs, plt.offset + 16 + 15)).toBe(second);
  expect([...stubs.values()]).toContain("operator delete@plt");
  expect(stubAt(stubs, elf.sections.find(({ name }) => name === ".text")!.offset)).toBeUndefined();
});

it("survives any damage", () => {
  const random = seeded(9);
  for (let round = 0; round < 200; round++) {
    try {
      stubNames(parseElf(mutated(SHAPES, random)));
    } catch (error) {
      expect(error).toBeInstanceOf(FlambeauError);
    }
  }
});
