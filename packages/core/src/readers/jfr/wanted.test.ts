import { describe, expect, it } from "vitest";
import { allocation, chunk, constants, metadata, park, usual } from "../../../../../test/support/jfr.ts";
import { noteCodes, readWith } from "../../../../../test/support/reading.ts";
import type { Profile, ValueType } from "../../model/profile.ts";
import type { WantedValues } from "../reader.ts";
import { jfrReader } from "./index.ts";

const read = (parts: readonly Uint8Array[], values?: WantedValues): Promise<Profile> =>
  readWith(jfrReader, Uint8Array.from(parts.flatMap((part) => [...part])), "merged", { values });

const totals = (profile: Profile): string[] =>
  profile.valueTypes
    .map(
      ({ name }, type) =>
        `${name} ${profile.samples.weights[type]!.reduce((sum, weight) => sum + weight, 0)}`,
    )
    .sort();

const all = chunk({ records: [allocation, park, ...usual] });
const waits = chunk({ records: [park, constants, metadata] });
const unread = ["alloc_sample_bytes 0", "alloc_sample_objects 0", "block_contentions 0", "block_delay 0"];

describe("JFR, where one value type is enough", () => {
  it("reads the profile's own choice, and lists and notes the others", async () => {
    const profile = await read([all], "default");
    expect(totals(profile)).toEqual([...unread, "cpu 40000000", "cpu_samples 2"]);
    expect(profile.valueTypes[profile.meta.defaultValueType]?.name).toBe("cpu");
    expect(noteCodes(profile)).toEqual(["jfr-stack-depth×1", "values-unread×2"]);
    expect(profile.notes[1]?.message).toContain(": alloc_sample_bytes, block_delay.");
  });

  it("reads what is asked for", async () => {
    const profile = await read([all], ({ name }: ValueType) => name === "block_delay");
    expect(totals(profile)).toEqual([
      ...unread.slice(0, 2),
      "block_contentions 1",
      "block_delay 200",
      "cpu 0",
      "cpu_samples 0",
    ]);
    expect(noteCodes(profile)).toEqual(["values-unread×3"]);
    const none = await read([all], () => false);
    expect([none.samples.length, none.valueTypes.length, noteCodes(none)]).toEqual([
      0,
      6,
      ["values-unread×4"],
    ]);
  });

  it("misses nothing of a choice that a later chunk makes, and goes on with the one before", async () => {
    const profile = await read([waits, all, waits], "default");
    expect(totals(profile)).toContain("cpu 40000000");
    expect(totals(profile)).toContain("block_delay 600");
    expect(profile.valueTypes[profile.meta.defaultValueType]?.name).toBe("cpu");
    expect(noteCodes(profile)).toContain("values-unread×1");
  });

  it("says nothing where there is nothing else", async () => {
    expect(noteCodes(await read([waits], "default"))).toEqual([]);
  });
});
