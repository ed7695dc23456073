import { describe, expect, it } from "vitest";
import { encoded, type Fields, packed } from "../../../../test/support/protobuf.ts";
import { NOW, Recorder } from "../../../../test/support/push.ts";
import { takeOtlp } from "./otlp.ts";

/** An export of v1.11 as JSON: one function per stack. */
function exported(profile: object, resource: Record<string, string> = { "service.name": "shop" }): object {
  return {
    resourceProfiles: [
      {
        resource: {
          attributes: Object.entries(resource).map(([key, stringValue]) => ({ key, value: { stringValue } })),
        },
        scopeProfiles: [{ scope: { name: "test" }, profiles: [profile] }],
      },
    ],
    dictionary: {
      mappingTable: [{}],
      locationTable: [{}, { lines: [{ functionIndex: 1, line: "7" }] }, { lines: [{ functionIndex: 2 }] }],
      functionTable: [{}, { nameStrindex: 3 }, { nameStrindex: 4 }],
      linkTable: [{}, { traceId: "0102030405060708090a0b0c0d0e0f10", spanId: "00000000000000ff" }],
      stringTable: ["", "samples", "count", "main", "work", "cpu", "nanoseconds", "thread.name", "thread.id"],
      attributeTable: [
        {},
        { keyStrindex: 7, value: { stringValue: "worker" } },
        { keyStrindex: 8, value: { intValue: "42" } },
      ],
      stackTable: [{}, { locationIndices: [1] }, { locationIndices: [2, 1] }],
    },
  };
}

const SAMPLED = {
  sampleType: { typeStrindex: 1, unitStrindex: 2 },
  periodType: { typeStrindex: 5, unitStrindex: 6 },
  period: "50000000",
  timeUnixNano: String(NOW - 5_000_000_000n),
  durationNano: "5000000000",
};

async function take(value: object, recorder = new Recorder()): Promise<Recorder> {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  await takeOtlp(recorder.ingestor, { tenant: "t", bytes, json: true });
  return recorder;
}

describe("OTLP profiles", () => {
  it("weigh times by the period, and belong to their thread", async () => {
    const times = [1, 2, 3].map((i) => String(NOW - BigInt(i)));
    const recorder = await take(
      exported({
        ...SAMPLED,
        samples: [
          { stackIndex: 2, timestampsUnixNano: times, attributeIndices: [1, 2], linkIndex: 1 },
          { stackIndex: 1, timestampsUnixNano: times.slice(0, 1) },
        ],
      }),
    );
    expect(recorder.stored).toEqual({
      "process_cpu:cpu:nanoseconds:cpu:nanoseconds{service_name=shop,thread_name=worker}": [
        "main;work 150000000",
      ],
      "process_cpu:cpu:nanoseconds:cpu:nanoseconds{service_name=shop}": ["main 50000000"],
    });
    expect(recorder.profiles[0]!.start).toBe(NOW - 5_000_000_000n);
    expect([...recorder.profiles[0]!.spans!].sort()).toContain(0xffn);
  });

  it("keep each profile's own period and time", async () => {
    const sampled = (period: string, second: bigint): object => ({
      ...SAMPLED,
      period,
      timeUnixNano: String(NOW - second * 1_000_000_000n),
      samples: [{ stackIndex: 1, timestampsUnixNano: [String(NOW - second * 1_000_000_000n)] }],
    });
    const one = exported(sampled("50000000", 20n)) as { resourceProfiles: object[] };
    const two = exported(sampled("10000000", 9n)) as { resourceProfiles: object[] };
    const three = exported(sampled("10000000", 9n), { "service.name": "cart" }) as {
      resourceProfiles: object[];
    };
    const message = {
      ...one,
      resourceProfiles: [...one.resourceProfiles, ...two.resourceProfiles, ...three.resourceProfiles],
    };
    const { profiles } = await take(message);
    const found = profiles.map(({ labels, start, id, profile, valueType }) => ({
      service: labels.find(({ name }) => name === "service_name")!.value,
      age: Number((NOW - start) / 1_000_000_000n),
      weight: profile.samples.weights[valueType]!.reduce((sum, weight) => sum + weight, 0),
      id,
    }));
    // The last two are one core profile with two series.
    expect(found.map(({ service, age }) => `${service} ${age}`)).toEqual(["shop 20", "shop 9", "cart 9"]);
    expect(found.map(({ weight }) => weight)).toEqual([50_000_000, 20_000_000, 20_000_000]);
    expect(new Set(found.map(({ id }) => id)).size).toBe(2);
  });

  it("are cut apart no oftener than 64 times, with a note", async () => {
    const profiles = Array.from({ length: 70 }, (_, i) => ({
      ...SAMPLED,
      period: String(1000 + i),
      samples: [{ stackIndex: 1, values: ["1"] }],
    }));
    const parts = profiles.map((profile) => exported(profile) as { resourceProfiles: object[] });
    const bytes = new TextEncoder().encode(
      JSON.stringify({ ...parts[0], resourceProfiles: parts.flatMap((part) => part.resourceProfiles) }),
    );
    const recorder = new Recorder();
    const { notes } = await takeOtlp(recorder.ingestor, { tenant: "t", bytes, json: true });
    expect(notes.map(({ code }) => code)).toContain("otlp-many-times");
    expect(recorder.profiles.length).toBe(64);
  });

  it("take values of other types as they are", async () => {
    const recorder = await take(
      exported({
        ...SAMPLED,
        sampleType: { typeStrindex: 5, unitStrindex: 6 },
        samples: [{ stackIndex: 1, values: ["123456"] }],
      }),
    );
    expect(recorder.stored).toEqual({
      "process_cpu:cpu:nanoseconds:cpu:nanoseconds{service_name=shop}": ["main 123456"],
    });
  });

  it("find a name for what has no service, and clean attributes", async () => {
    const samples = [{ stackIndex: 1, values: [1] }];
    const one = await take(
      exported({ ...SAMPLED, samples }, { "process.executable.name": "nginx", "k8s.pod.uid": "u" }),
    );
    expect(Object.keys(one.stored)[0]).toMatch(
      /\{k8s_pod_uid=u,process_executable_name=nginx,service_name=unknown_service:nginx\}$/,
    );
    const other = await take(exported({ ...SAMPLED, samples }, {}));
    expect(Object.keys(other.stored)[0]).toMatch(/\{service_name=unknown_service\}$/);
  });

  it("say which part of bad JSON is wrong", async () => {
    await expect(take({ resourceProfiles: 1 })).rejects.toThrow("resourceProfiles is not a list: 1");
    await expect(take(exported({ ...SAMPLED, period: "soon" }))).rejects.toThrow(
      'resourceProfiles[0].scopeProfiles[0].profiles[0].period is not a whole number: "soon"',
    );
    const recorder = new Recorder();
    const bytes = new TextEncoder().encode("{");
    await expect(takeOtlp(recorder.ingestor, { tenant: "t", bytes, json: true })).rejects.toThrow(
      "cannot be parsed",
    );
  });

  it("read protobuf of v1.8, where values come before attributes", async () => {
    const text = ["", "samples", "count", "main"];
    const dictionary: Fields = [
      [2, []],
      [2, [[3, [[1, 1]]]]],
      [3, []],
      [3, [[1, 3]]],
      ...text.map((one) => [5, one] as const),
      [7, []],
      [7, [[1, packed(1)]]],
    ];
    const profile: Fields = [
      [
        1,
        [
          [1, 1],
          [2, 2],
        ],
      ],
      [
        2,
        [
          [1, 1],
          [2, packed(1000)],
        ],
      ],
      [8, Uint8Array.of(1)],
    ];
    const bytes = encoded([
      [1, [[2, [[2, profile]]]]],
      [2, dictionary],
    ]);
    const recorder = new Recorder();
    await takeOtlp(recorder.ingestor, { tenant: "t", bytes, json: false });
    expect(Object.values(recorder.stored)).toEqual([["main 1000"]]);
  });
});
