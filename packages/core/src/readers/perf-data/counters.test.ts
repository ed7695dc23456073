import { expect, it } from "vitest";
import { Bytes } from "../../../../../test/support/perf-data.ts";
import { type EventAttribute, ReadBit } from "./attributes.ts";
import { Counters } from "./counters.ts";
import { Words } from "./words.ts";

const event = (readFormat: number, inherited = false): EventAttribute =>
  ({ readFormat, inherited }) as EventAttribute;

function growths(
  counters: Counters,
  values: readonly number[],
  of: EventAttribute,
  tid = 1,
): string[] | false {
  const { bytes } = new Bytes().u64(...values);
  const found: string[] = [];
  const known = counters.read(new Words(bytes, true), 0, bytes.length, of, tid, (id, growth) => {
    found.push(`${id}+${growth}`);
  });
  return known && found;
}

it("tells how much each counter of a group grew", () => {
  const group = event(ReadBit.group | ReadBit.id | ReadBit.enabled | ReadBit.running | ReadBit.lost);
  const counters = new Counters();
  // count, enabled, running, then value, id, lost
  expect(growths(counters, [2, 9, 9, 100, 51, 0, 7, 52, 0], group)).toEqual(["51+100", "52+7"]);
  expect(growths(counters, [2, 9, 9, 130, 51, 0, 7, 52, 0], group)).toEqual(["51+30"]);
});

it("reads a counter alone, and each thread's where threads inherit it", () => {
  const alone = event(ReadBit.id | ReadBit.enabled, true);
  const counters = new Counters();
  expect(growths(counters, [100, 1, 51], alone, 1)).toEqual(["51+100"]);
  expect(growths(counters, [40, 1, 51], alone, 2)).toEqual(["51+40"]);
  expect(growths(counters, [110, 1, 51], alone, 1)).toEqual(["51+10"]);
});

it("says where it cannot tell whose the values are", () => {
  expect(growths(new Counters(), [2, 100, 7], event(ReadBit.group))).toBe(false);
  expect(growths(new Counters(), [9, 100, 51], event(ReadBit.group | ReadBit.id))).toBe(false);
  expect(growths(new Counters(), [2 ** 40, 1, 1], event(ReadBit.group | ReadBit.id))).toBe(false);
});
