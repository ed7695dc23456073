import { describe, expect, it } from "vitest";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { at, event, SPANS, TRACK, text, trace, types } from "../../../../../test/support/perfetto.ts";
import { type Fields, packed } from "../../../../../test/support/protobuf.ts";
import { noteCodes, readWith } from "../../../../../test/support/reading.ts";
import { perfettoReader } from "./index.ts";

describe("perfetto: heap profiles", () => {
  const sample = (
    stack: number,
    allocated: number,
    freed: number,
    count: number,
    frees: number,
  ): Fields[number] => [
    2,
    [
      [1, stack],
      [2, allocated],
      [3, freed],
      [5, count],
      [6, frees],
    ],
  ];
  const TABLES: Fields = [
    text(1, 1, "f1"),
    text(1, 2, "f2"),
    text(1, 3, "liblib.so"),
    [
      4,
      [
        [1, 1],
        [7, 3],
      ],
    ],
    [
      2,
      [
        [1, 1],
        [2, 1],
        [3, 1],
        [4, 16],
      ],
    ],
    [
      2,
      [
        [1, 2],
        [2, 2],
        [3, 1],
        [4, 32],
      ],
    ],
    [
      3,
      [
        [1, 1],
        [2, 1],
      ],
    ],
    [
      3,
      [
        [1, 2],
        [2, 1],
        [2, 2],
      ],
    ],
  ];

  it("takes each stack's last dump: dumps count from the start", async () => {
    const profile = await readWith(
      perfettoReader,
      trace([
        [
          37,
          [
            ...TABLES,
            [5, [[1, 2], [9, 10], sample(1, 100, 0, 1, 0), sample(2, 50, 0, 5, 0)]],
            [5, [[1, 2], [9, 20], [7, 1], sample(1, 300, 100, 3, 1), sample(9, 1, 0, 1, 0)]],
            [5, [[1, 2], [11, "art"], sample(2, 8, 0, 1, 0)]],
          ],
        ],
      ]),
    );
    expect(types(profile)).toEqual([
      "inuse_objects/count 8",
      "inuse_space/bytes 258",
      "alloc_objects/count 9",
      "alloc_space/bytes 358",
    ]);
    expect(foldedOf(profile, 1)).toEqual(["f1 200", "f1;f2 58"]);
    expect(profile.meta.defaultValueType).toBe(1);
    expect(profile.labelSets[1]).toEqual([{ key: "heap", value: "art" }]);
    expect(profile.threads).toEqual([{ name: "", pid: 2 }]);
    expect(noteCodes(profile)).toEqual(["heap-callstack-lost×1", "heap-disturbed×1"]);
  });

  it("reads dumps of the peak", async () => {
    const peak: Fields = [
      ...TABLES,
      [
        5,
        [
          [1, 2],
          [
            2,
            [
              [1, 2],
              [8, 4096],
              [9, 2],
            ],
          ],
        ],
      ],
    ];
    const profile = await readWith(perfettoReader, trace([[37, peak]]));
    expect(types(profile)).toEqual(["peak_objects/count 2", "peak_space/bytes 4096"]);
  });
});

describe("perfetto: spans and switches", () => {
  it("shows track events as stacks over time", async () => {
    const profile = await readWith(
      perfettoReader,
      trace(
        TRACK,
        ...SPANS,
        at(220, 11, event(2), [13, 2]),
        at(300, 11, [
          [9, 1],
          [11, 99],
          [23, "free"],
        ]),
        [
          [
            60,
            [
              [1, 99],
              [2, "async track"],
              [5, 98],
            ],
          ],
        ],
        [
          [
            60,
            [
              [1, 98],
              [
                3,
                [
                  [1, 7],
                  [6, "app"],
                ],
              ],
            ],
          ],
        ],
        [
          [
            44,
            [
              [1, 7],
              [2, 12],
              [6, 1],
            ],
          ],
        ],
        [
          [
            11,
            [
              [1, 2],
              [
                6,
                [
                  [1, 1],
                  [2, 88],
                  [3, 4],
                ],
              ],
            ],
          ],
        ],
        [
          [
            11,
            [
              [16, 20],
              [
                6,
                [
                  [1, 2],
                  [2, 98],
                  [6, 5],
                ],
              ],
            ],
          ],
        ],
        [
          [
            11,
            [
              [16, 25],
              [
                6,
                [
                  [1, 2],
                  [2, 101],
                  [6, 5],
                ],
              ],
            ],
          ],
        ],
      ),
    );
    expect(types(profile)).toEqual(["duration/nanoseconds 9100", "spans/count 5"]);
    expect(foldedOf(profile)).toEqual(["free 0", "inner 5000", "outer 4080", "outer;inner 20"]);
    expect(profile.threads).toEqual([
      { name: "inner", pid: 7, process: "app" },
      { name: "worker", tid: 8, pid: 7, process: "app" },
      { name: "async track", pid: 7, process: "app" },
      { name: "", tid: 12, pid: 7, process: "app" },
    ]);
    expect(noteCodes(profile)).toEqual(["end-without-begin×1", "never-ended×1", "events-momentary×1"]);
  });

  it("brings clocks together", async () => {
    const snapshot = (...clocks: Fields[]): Fields => [[6, clocks.map((clock) => [1, clock] as const)]];
    const profile = await readWith(
      perfettoReader,
      trace(
        snapshot(
          [
            [1, 6],
            [2, 5000],
          ],
          [
            [1, 1],
            [2, 1_700_000_000_000_005_000],
          ],
          [
            [1, 64],
            [2, 3],
            [3, 1],
            [4, 1000],
          ],
        ),
        [
          [59, [[58, 64]]],
          [13, 1],
        ],
        TRACK,
        at(2, 11, [
          [9, 1],
          [11, 77],
          [23, "a"],
        ]),
        at(3, 11, [
          [9, 2],
          [11, 77],
        ]),
        at(
          6000,
          11,
          [
            [9, 1],
            [11, 77],
            [23, "b"],
          ],
          [58, 6],
        ),
        at(
          6500,
          11,
          [
            [9, 2],
            [11, 77],
          ],
          [58, 6],
        ),
        at(
          1,
          11,
          [
            [9, 2],
            [11, 77],
          ],
          [58, 65],
        ),
      ),
    );
    expect(foldedOf(profile)).toEqual(["a 3000", "b 500"]);
    expect(profile.meta).toMatchObject({ clock: "unix", timeOrigin: 1_700_000_000_000_006_000n });
    expect(noteCodes(profile)).toEqual(["unknown-clock×1"]);
  });

  const print = (time: number, tid: number, buf: string): Fields[number] => [
    2,
    [
      [1, time],
      [2, tid],
      [3, [[2, buf]]],
    ],
  ];
  const swap = (time: number, from: number, state: number, to: number): Fields[number] => [
    2,
    [
      [1, time],
      [
        4,
        [
          [1, `t${from}`],
          [2, from],
          [4, state],
          [5, `t${to}`],
          [6, to],
        ],
      ],
    ],
  ];
  const FTRACE: Fields = [
    [
      1,
      [
        [1, 0],
        print(10, 5, "B|4|draw\n"),
        print(12, 5, "B|4|a|b\n"),
        print(15, 5, "E|4\n"),
        print(20, 5, "E|4\n"),
        print(20, 5, "S|4|load|7\n"),
        print(50, 6, "F|4|load|7\n"),
        print(50, 6, "G|4|lane|job|1\n"),
        print(51, 6, "H|4|lane|1\n"),
        print(60, 5, "C|4|count|1\n"),
      ],
    ],
  ];
  it("reads atrace's spans and the scheduler's switches", async () => {
    const profile = await readWith(
      perfettoReader,
      trace(
        FTRACE,
        [
          [
            1,
            [
              [1, 1],
              [3, 1],
              swap(100, 0, 0, 5),
              swap(160, 5, 1, 0),
              [
                2,
                [
                  [1, 200],
                  [20, [[2, 5]]],
                ],
              ],
              swap(230, 0, 0, 5),
              swap(231, 5, 0, 6),
            ],
          ],
        ],
        [
          [
            1,
            [
              [1, 2],
              [
                4,
                [
                  [5, "t9"],
                  [1, packed(300, 10, 5)],
                  [2, packed(0, 2, 1)],
                  [3, packed(9, 0, 9)],
                  [6, packed(0, 0, 0)],
                  [7, packed(312)],
                  [8, packed(9)],
                ],
              ],
            ],
          ],
        ],
        [[39, "log"]],
      ),
    );
    expect(types(profile)).toEqual(
      ["on-cpu/nanoseconds 71", "off-cpu/nanoseconds 75", "duration/nanoseconds 41", "spans/count 4"].sort(
        (a, b) => types(profile).indexOf(a) - types(profile).indexOf(b),
      ),
    );
    const find = (name: string): number => profile.valueTypes.findIndex((type) => type.name === name);
    expect(foldedOf(profile, find("on-cpu")).filter((line) => !line.endsWith(" 0"))).toEqual([
      "[running] 71",
    ]);
    expect(foldedOf(profile, find("off-cpu")).filter((line) => !line.endsWith(" 0"))).toEqual([
      "[runnable] 33",
      "[sleeping] 40",
      "[uninterruptible sleep] 2",
    ]);
    expect(foldedOf(profile, find("duration")).filter((line) => !line.endsWith(" 0"))).toEqual([
      "draw 7",
      "draw;a|b 3",
      "job 1",
      "load 30",
    ]);
    expect(profile.meta.defaultValueType).toBe(find("duration"));
    expect(profile.threads.map(({ name }) => name).sort()).toEqual(["lane", "load", "t5", "t9"]);
    expect(noteCodes(profile)).toEqual(["not-shown-39×1", "ftrace-other×1", "ftrace-lost×1"]);
  });
});
