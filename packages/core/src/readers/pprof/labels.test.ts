import { describe, expect, it } from "vitest";
import {
  codes,
  locations,
  numberLabel,
  readFields,
  sample,
  strings,
  textLabel,
  valueType,
} from "../../../../../test/support/pprof-fields.ts";
import { type Fields, packed } from "../../../../../test/support/protobuf.ts";

describe("pprofReader: labels, times, threads", () => {
  it("reads labels: text, numbers with and without unit, zero, in any spelling of the message", async () => {
    const label = (...fields: Fields): Fields => [
      [1, packed(1)],
      [2, packed(1)],
      [3, fields],
    ];
    const profile = await readFields([
      valueType(1, 1),
      [2, label([1, 2], [2, 3])],
      [2, label([2, 3], [1, 2])],
      [2, label([1, 4], [3, 4096], [4, 5])],
      [2, label([1, 4], [3, -7])],
      [2, label([1, 4], [3, 0])],
      [2, label([1, 4])],
      [2, label([1, 4], [3, 2n ** 60n + 1n])],
      [2, [textLabel(2, 3), [1, packed(1)], numberLabel(4, 1), [2, packed(1)]]],
      ...locations(1, 1),
      ...strings("n", "thread", "worker", "size", "bytes"),
    ]);
    const { labelSets, samples } = profile;
    expect([...samples.labels!].map((set) => labelSets[set])).toEqual([
      [{ key: "thread", value: "worker" }],
      [{ key: "thread", value: "worker" }],
      [{ key: "size", value: 4096, unit: "bytes" }],
      [{ key: "size", value: -7 }],
      [{ key: "size", value: 0 }],
      [{ key: "size", value: "" }],
      [{ key: "size", value: 2 ** 60 }],
      [
        { key: "thread", value: "worker" },
        { key: "size", value: 1 },
      ],
    ]);
    expect(samples.labels![0]).toBe(samples.labels![1]);
    expect(samples.thread).toBeUndefined();
    expect(codes(profile)).toEqual(["label-beyond-double 1"]);
  });

  it("takes end_timestamp_ns as the sample's time, relative to time_nanos", async () => {
    const origin = 1_700_000_000_000_000_000n;
    const fields: Fields = [
      valueType(1, 1),
      sample(packed(1), packed(1), numberLabel(2, origin + 5n), textLabel(3, 1)),
      sample(packed(1), packed(1), textLabel(3, 1), numberLabel(2, origin + 7n)),
      sample(packed(1), packed(1)),
      [9, origin],
      ...locations(1, 1),
      ...strings("n", "end_timestamp_ns", "k"),
    ];
    const profile = await readFields(fields);
    expect([...profile.samples.time!]).toEqual([5, 7, Number.NaN]);
    expect([...profile.samples.labels!]).toEqual([1, 1, 0]);
    expect(profile.meta).toMatchObject({ timeOrigin: origin, clock: "unix" });
    const merged = await readFields(fields, "merged");
    expect([...merged.samples.weights[0]!]).toEqual([2, 1]);
    expect(merged.meta.observations).toBe(3);
  });

  it("takes threads back only where the file's comment says so", async () => {
    const fields: Fields = [
      valueType(1, 1),
      sample(packed(1), packed(1), textLabel(2, 4), numberLabel(3, 7), textLabel(5, 6)),
      sample(packed(1), packed(1), numberLabel(3, 7)),
      ...locations(1, 1),
      ...strings(
        "n",
        "thread",
        "thread_id",
        "worker",
        "k",
        "v",
        "flambeau:threads=thread,thread_id,pid,process",
      ),
    ];
    expect((await readFields(fields)).threads).toEqual([]);
    const profile = await readFields([...fields, [13, 7]]);
    expect(profile.threads).toEqual([{ name: "worker", tid: 7 }]);
    expect([...profile.samples.thread!]).toEqual([0, -1]);
    expect([...profile.samples.labels!].map((set) => profile.labelSets[set])).toEqual([
      [{ key: "k", value: "v" }],
      [{ key: "thread_id", value: 7 }],
    ]);
    expect(profile.meta.comments).toBeUndefined();
    expect(codes(profile)).toEqual(["threads-from-labels 1"]);
  });
});
