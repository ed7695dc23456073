import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pushed } from "../../../../../test/support/store.ts";
import { idsOf } from "../ids/profile-ids.ts";
import { RecentKeys } from "./recent-keys.ts";
import { RecentProfiles } from "./recent-profiles.ts";
import { RowBuffer } from "./row-buffer.ts";
import { StackSums } from "./stack-sums.ts";

const SALT = [1, 2] as const;

/** Weights as they are written, by stack row; -1 is "no stack". */
function weightsOf(sums: StackSums, picture: string, rows?: Int32Array): [number, bigint][] {
  const item = pushed({ service_name: "x" }, picture, rows === undefined ? {} : { rows });
  const ids = idsOf(item.profile);
  sums.add(item, ids, [3, 4], SALT);
  const buffer = new RowBuffer();
  sums.writeTo(buffer, ids);
  const stacks = Array.from({ length: sums.length }, (_, i) => sums.rowAt(i));
  const view = new DataView(buffer.written.slice().buffer);
  const at = 2 + 8 * stacks.length;
  return stacks.map((stack, i) => [stack, view.getBigInt64(at + 8 * i, true)]);
}

describe("StackSums", () => {
  const counts = (): { outOfRange: number; fractions: number } => ({ outOfRange: 0, fractions: 0 });

  it("adds up the samples of a stack and leaves out those that come to nothing", () => {
    expect(weightsOf(new StackSums(counts()), "A A B C C\n= 1 2 5 1 -1")).toEqual([
      [0, 3n],
      [1, 5n],
    ]);
  });

  it("takes only the rows it is told to", () => {
    expect(weightsOf(new StackSums(counts()), "A B A\n= 1 2 4", Int32Array.of(2, 1))).toEqual([
      [0, 4n],
      [1, 2n],
    ]);
  });

  it("never loses or gains more than one unit a stack, however the fractions fall", () => {
    const weight = fc.double({ min: -1000, max: 1000, noNaN: true });
    fc.assert(
      fc.property(fc.array(weight, { minLength: 1, maxLength: 40 }), (weights) => {
        const sums = new StackSums(counts());
        let exact = 0;
        let stored = 0;
        for (const value of weights) {
          exact += value;
          for (const [, whole] of weightsOf(sums, `A\n= ${value}`)) stored += Number(whole);
        }
        expect(Math.abs(exact - stored)).toBeLessThan(1.000_001);
      }),
      { seed: 3, numRuns: 100 },
    );
  });

  it("cuts weights beyond 64 bits to the range, and counts them", () => {
    const counted = counts();
    const found = weightsOf(new StackSums(counted), "A B\n= 1e300 -1e300");
    expect(found).toEqual([
      [0, 2n ** 63n - 1024n],
      [1, -(2n ** 63n)],
    ]);
    expect(counted.outOfRange).toBe(2);
  });
});

describe("RowBuffer", () => {
  it("writes whole doubles as Int64", () => {
    const value = fc.oneof(
      fc.maxSafeInteger(),
      fc.constantFrom(-1, 2 ** 62, -(2 ** 63), 2 ** 32, -(2 ** 32), 0),
    );
    fc.assert(
      fc.property(value, (number) => {
        const buffer = new RowBuffer(1);
        buffer.i64(number);
        expect(new DataView(buffer.written.slice().buffer).getBigInt64(0, true)).toBe(BigInt(number));
      }),
      { seed: 5 },
    );
  });

  it("writes lengths as varints and grows", () => {
    const buffer = new RowBuffer(1);
    buffer.varint(300);
    buffer.text("x".repeat(200));
    expect([...buffer.written.subarray(0, 5)]).toEqual([0xac, 2, 200, 1, 120]);
    expect(buffer.length).toBe(204);
  });
});

describe("RecentKeys", () => {
  it("knows a key again, and forgets the oldest of a full bucket only", () => {
    const keys = new RecentKeys(8);
    for (let i = 1; i <= 8; i++) expect(keys.add(i, 0)).toBe(true);
    expect(keys.add(3, 0)).toBe(false);
    expect(keys.add(9, 0)).toBe(true);
    expect(keys.add(2, 0)).toBe(false);
    expect(keys.add(1, 0)).toBe(true);
    keys.clear();
    expect(keys.add(9, 0)).toBe(true);
  });
});

describe("RecentProfiles", () => {
  it("forgets a profile that could not be written", async () => {
    const recent = new RecentProfiles();
    const failing = Promise.reject(new Error("no room"));
    recent.add("a", failing);
    expect(recent.has("a")).toBe(true);
    await expect(recent.written("a")).rejects.toThrow("no room");
    expect(recent.has("a")).toBe(false);
    const written = Promise.resolve();
    recent.add("a", written);
    await written;
    expect(recent.has("a")).toBe(true);
    expect(recent.written("a")).toBeUndefined();
  });

  it("stays bounded", () => {
    const recent = new RecentProfiles();
    for (let i = 0; i < 500_000; i++) recent.add(String(i));
    expect(recent.has("499999")).toBe(true);
    expect(recent.has("250000")).toBe(true);
    expect(recent.has("0")).toBe(false);
  });
});
