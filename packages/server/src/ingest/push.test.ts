import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { NOW, pprofOf, Recorder, type Sketch } from "../../../../test/support/push.ts";
import { PushRequestSchema } from "../gen/push/v1/push_pb.ts";
import { takePush } from "./push.ts";

const CPU: Sketch = {
  types: ["samples/count", "cpu/nanoseconds"],
  period: ["cpu/nanoseconds", 10_000_000],
  time: NOW - 10_000_000_000n,
  duration: 10e9,
  samples: [
    [
      "main;work",
      [3, 30_000_000],
      { endpoint: "/pay", span_id: "00000000000000ff", trace_id: "abc", pid: 7 },
    ],
    ["main;idle", [1, 10_000_000]],
  ],
};

async function push(
  recorder: Recorder,
  labels: Record<string, string>,
  ...profiles: Uint8Array[]
): Promise<unknown> {
  const { series } = create(PushRequestSchema, {
    series: [
      {
        labels: Object.entries(labels).map(([name, value]) => ({ name, value })),
        samples: profiles.map((rawProfile) => ({ rawProfile, ID: "" })),
      },
    ],
  });
  return takePush(recorder.ingestor, { tenant: "t", series, unpack: async (bytes) => bytes });
}

describe("push", () => {
  it("makes series of the samples' labels, without those of single requests", async () => {
    const recorder = new Recorder();
    await push(
      recorder,
      { __name__: "process_cpu", service_name: "shop", __session_id__: "x" },
      await pprofOf(CPU),
    );
    expect(recorder.stored).toEqual({
      "process_cpu:samples:count:cpu:nanoseconds{endpoint=/pay,service_name=shop}": ["main;work 3"],
      "process_cpu:samples:count:cpu:nanoseconds{service_name=shop}": ["main;idle 1"],
      "process_cpu:cpu:nanoseconds:cpu:nanoseconds{endpoint=/pay,service_name=shop}": ["main;work 30000000"],
      "process_cpu:cpu:nanoseconds:cpu:nanoseconds{service_name=shop}": ["main;idle 10000000"],
    });
    const [first] = recorder.profiles;
    expect([first!.start, first!.duration, first!.tenant]).toEqual([
      NOW - 10_000_000_000n,
      10_000_000_000n,
      "t",
    ]);
    expect([...first!.spans!]).toEqual([0xffn, 0n]);
  });

  it("lets the labels of the series win over those of samples", async () => {
    const recorder = new Recorder();
    await push(
      recorder,
      { __name__: "process_cpu", service_name: "shop", endpoint: "all" },
      await pprofOf(CPU),
    );
    expect(Object.keys(recorder.stored)).toEqual([
      "process_cpu:samples:count:cpu:nanoseconds{endpoint=all,service_name=shop}",
      "process_cpu:cpu:nanoseconds:cpu:nanoseconds{endpoint=all,service_name=shop}",
    ]);
  });

  it("names what has no service, and knows godeltaprof's and wall's types", async () => {
    const recorder = new Recorder();
    const heap: Sketch = { types: ["alloc_space/bytes"], period: ["space/bytes", 1], samples: [["a", [1]]] };
    await push(recorder, { __name__: "godeltaprof_memory" }, await pprofOf(heap));
    const wall: Sketch = { types: ["wall/nanoseconds", "cpu/nanoseconds"], samples: [["a", [5, 2]]] };
    await push(recorder, { __name__: "wall" }, await pprofOf(wall));
    expect(Object.keys(recorder.stored)).toEqual([
      "memory:alloc_space:bytes:space:bytes{service_name=unknown_service}",
      "wall:wall:nanoseconds::{service_name=unknown_service}",
      "process_cpu:cpu:nanoseconds::{service_name=unknown_service}",
    ]);
  });

  it("keeps the good profiles of a batch and says which are not kept", async () => {
    const recorder = new Recorder();
    const labels = { __name__: "process_cpu", service_name: "shop" };
    const old = await pprofOf({ ...CPU, time: NOW - 100_000_000_000_000n });
    await expect(
      push(recorder, labels, await pprofOf(CPU), Uint8Array.of(1, 2, 3), old),
    ).rejects.toMatchObject({
      status: 400,
      message: expect.stringMatching(
        /^1 of 3 profiles were kept; not kept: series\[0\]\.samples\[1\]: .*; series\[0\]\.samples\[2\]: the profile is of 2025-12-30/,
      ),
    });
    expect(recorder.profiles).toHaveLength(4);
  });

  it("refuses an empty push and labels that are none", async () => {
    const recorder = new Recorder();
    await expect(push(recorder, {})).rejects.toMatchObject({ status: 400, code: "empty-push" });
    await expect(push(recorder, { "a'; DROP TABLE x": "1" }, await pprofOf(CPU))).rejects.toThrow(
      "is no label name",
    );
    expect(recorder.profiles).toEqual([]);
  });

  it("leaves out negative samples, keeps none of a type that is all zero", async () => {
    const recorder = new Recorder();
    const sketch: Sketch = {
      types: ["a/count", "b/count"],
      samples: [
        ["x", [1, 0]],
        ["y", [-1, 0]],
        ["z", [0, 0]],
      ],
    };
    const receipts = await push(recorder, { __name__: "n" }, await pprofOf(sketch));
    expect(Object.values(recorder.stored)).toEqual([["x 1"]]);
    expect(receipts).toMatchObject([
      { series: 1, samples: 1, notes: [{ code: "negative-weight", count: 1 }] },
    ]);
  });

  it("gives the same content the same id, and other content another", async () => {
    const recorder = new Recorder();
    const labels = { __name__: "process_cpu", service_name: "shop" };
    const other = await pprofOf({ ...CPU, time: NOW - 5_000_000_000n });
    for (const bytes of [await pprofOf(CPU), await pprofOf(CPU), other]) await push(recorder, labels, bytes);
    const ids = [...new Set(recorder.profiles.map(({ id }) => id))];
    expect(ids).toHaveLength(2);
    expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it("bounds series per profile, stacks and active series", async () => {
    const many: Sketch = {
      types: ["a/count"],
      samples: Array.from({ length: 11 }, (_, i) => [`f${i}`, [1], { id: `${i}` }] as const),
    };
    const push11 = async (
      limits: ConstructorParameters<typeof Recorder>[0],
      sketch: Sketch,
    ): Promise<unknown> => push(new Recorder(limits), { __name__: "n" }, await pprofOf(sketch));
    await expect(push11({}, many)).rejects.toThrow("more than 10 series of one profile");
    await expect(push11({ seriesPerProfile: 100, series: 10 }, many)).rejects.toMatchObject({
      status: 429,
      message: expect.stringContaining('tenant "t" has 10 active series'),
    });
    await expect(push11({ seriesPerProfile: 100, sampleLabels: 10 }, many)).rejects.toThrow(
      "more than 10 labels",
    );
    const deep: Sketch = { types: ["a/count"], samples: [[Array(101).fill("f").join(";"), [1]]] };
    await expect(push11({}, deep)).rejects.toThrow("101 frames; at most 100");
  });
});
