import { describe, expect, it } from "vitest";
import { pushed } from "../../../../test/support/store.ts";
import { SeriesGate } from "./series-gate.ts";

const series = (name: string) => [pushed({ service_name: name }, "A")];

describe("SeriesGate", () => {
  it("refuses new series beyond the limit, and never those it knows", () => {
    let now = 0;
    const gate = new SeriesGate(() => now);
    gate.admit("t", series("a"), 2);
    gate.admit("t", series("b"), 2);
    expect(() => gate.admit("t", series("c"), 2)).toThrow("active series");
    gate.admit("t", series("a"), 1);
    // Series that were not seen for two hours make room.
    now += 3_600_000;
    gate.admit("t", series("a"), 2);
    now += 3_600_000;
    gate.admit("t", series("c"), 2);
    expect(gate.active("t")).toBe(2);
  });

  it("forgets the tenants that were away for the longest, where they or their series are too many", () => {
    const gate = new SeriesGate(() => 0, { tenants: 3, series: 5 });
    for (const tenant of ["a", "b", "c", "a", "d"]) gate.admit(tenant, series("x"), 10);
    expect(["a", "b", "c", "d"].map((tenant) => gate.active(tenant))).toEqual([1, 0, 1, 1]);
    for (const name of ["1", "2", "3", "4", "5", "6"]) gate.admit("d", series(name), 10);
    expect(gate.tenants).toBe(1);
    expect(gate.active("d")).toBe(7);
    for (const name of ["1", "2"]) gate.admit("e", series(name), 10);
    expect(gate.active("e")).toBe(2);
  });
});
