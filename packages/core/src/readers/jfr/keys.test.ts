import { expect, it } from "vitest";
import { seeded } from "../../../../../test/support/reading.ts";
import type { Key } from "./bytes.ts";
import { KeyTable } from "./keys.ts";

it("keeps keys of every size, also where small ones come after large ones", () => {
  const random = seeded(3);
  const table = new KeyTable();
  const expected = new Map<Key, number>();
  for (let i = 0; i < 5000; i++) {
    const size = 2 ** Math.floor(random() * 53);
    const key: Key = i % 50 === 0 ? BigInt(i) << 56n : Math.floor(random() * size) - (i % 7 === 0 ? size : 0);
    table.set(key, i);
    expected.set(key, i);
  }
  for (const [key, value] of expected) expect(table.get(key)).toBe(value);
  expect(table.get(-5.5)).toBe(-1);
  expect(new Set(table.keys())).toEqual(new Set(expected.keys()));
  const numbers = new KeyTable();
  expect([9, -4, 9, 2 ** 40, 3n << 60n, -4].map((key) => numbers.number(key))).toEqual([0, 1, 0, 2, 3, 1]);
});

it("forgets every key, also after it held many", () => {
  const table = new KeyTable();
  const keys: Key[] = [3, 900, 2 ** 40, -7, 3n << 60n, ...Array.from({ length: 2000 }, (_, i) => i * 1e6)];
  for (let round = 0; round < 3; round++) {
    keys.forEach((key, i) => {
      table.set(key, i);
    });
    table.clear();
    expect([table.keys(), ...keys.slice(0, 6).map((key) => table.get(key))]).toEqual([
      [],
      -1,
      -1,
      -1,
      -1,
      -1,
      -1,
    ]);
    table.set(900, 5);
    table.clear();
  }
});
