import { describe, expect, it } from "vitest";
import { foldedOf, validated } from "../../../../test/support/letters.ts";
import { type Sketch, sketched } from "../../../../test/support/push.ts";
import { jfrSplitting, withCpuOfWall } from "./jfr.ts";

const RUNNING = { state: "STATE_RUNNABLE" };
const SLEEPING = { state: "STATE_SLEEPING" };

function converted(sketch: Sketch, rate?: number, ownWallSamples = false): Record<string, string[]> {
  const { profile } = withCpuOfWall({ profile: sketched(sketch), ownWallSamples }, rate);
  validated(profile);
  const { typeOf } = jfrSplitting(profile, new Map());
  return Object.fromEntries(
    profile.valueTypes.flatMap((_, row) => {
      const type = typeOf(row);
      return type === undefined ? [] : [[type, foldedOf(profile, row)]];
    }),
  );
}

const CPU = "process_cpu:cpu:nanoseconds:cpu:nanoseconds";
const WALL = "wall:wall:nanoseconds:wall:nanoseconds";

describe("flight recordings", () => {
  it("weigh a sample by the client's rate, else by the recording's own", () => {
    const sketch: Sketch = {
      types: ["cpu_samples/count", "cpu/nanoseconds"],
      samples: [["a", [2, 4e7], RUNNING]],
    };
    expect(converted(sketch)).toEqual({ [CPU]: ["a 40000000"] });
    expect(converted(sketch, 100)).toEqual({ [CPU]: ["a 20000000"] });
    const silent: Sketch = { types: ["cpu_samples/count"], samples: [["a", [2], RUNNING]] };
    expect(converted(silent)).toEqual({ [CPU]: ["a 20000000"] });
  });

  it("count wall samples that do not sleep as processor time, too", () => {
    const sketch: Sketch = {
      types: ["wall_samples/count", "wall/nanoseconds"],
      samples: [
        ["a", [1, 1e7], RUNNING],
        ["b", [1, 1e7], SLEEPING],
      ],
    };
    expect(converted(sketch, 100)).toEqual({
      [WALL]: ["a 10000000", "b 10000000"],
      [CPU]: ["a 10000000", "b 0"],
    });
    expect(converted(sketch, 100, true)).toEqual({ [WALL]: ["a 10000000", "b 10000000"] });
  });

  it("never count sleeping as processor time", () => {
    const sketch: Sketch = {
      types: ["cpu_samples/count", "cpu/nanoseconds"],
      samples: [
        ["a", [1, 1e7], RUNNING],
        ["b", [1, 1e7], SLEEPING],
      ],
    };
    expect(converted(sketch)).toEqual({ [CPU]: ["a 10000000", "b 0"] });
  });

  it("name allocations, locks and live objects as Pyroscope does, others by themselves", () => {
    const types = [
      "alloc_in_new_tlab_objects/count",
      "alloc_outside_tlab_bytes/bytes",
      "mutex_contentions/count",
      "block_delay/nanoseconds",
      "live_objects/count",
      "malloc_bytes/bytes",
      "sleeps/count",
    ];
    expect(Object.keys(converted({ types, samples: [["a", types.map(() => 1)]] }))).toEqual([
      "memory:alloc_in_new_tlab_objects:count:space:bytes",
      "memory:alloc_outside_tlab_bytes:bytes:space:bytes",
      "mutex:contentions:count:mutex:count",
      "block:delay:nanoseconds:block:count",
      "memory:live:count:space:bytes",
      "memory:malloc_bytes:bytes:space:bytes",
      "sleeps:sleeps:count:sleeps:count",
    ]);
  });
});
