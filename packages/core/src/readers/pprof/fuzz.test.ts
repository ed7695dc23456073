import { describe, expect, it } from "vitest";
import {
  encoded,
  type Fields,
  packed,
  packedList,
  type Value,
} from "../../../../../test/support/protobuf.ts";
import { ProfileBuilder } from "../../model/builder.ts";
import { validate } from "../../model/validate.ts";
import { FlambeauError } from "../../util/errors.ts";
import { sourceOfBytes } from "../../util/source.ts";
import { Head } from "../reader.ts";
import { pprofReader } from "./pprof.ts";

/** A small generator with a fixed seed (xorshift32), so that a failure can be repeated. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** A message with something of everything: inlined lines, labels, mappings, patterns, long ids. */
function seedMessage(): Uint8Array {
  const texts = ["", "cpu", "ns", "main", "f(int)", "g", "k", "v", "end_timestamp_ns", "g|h"];
  const ids = [1, 2, 3, 300, 70_000];
  const fields: [number, Value][] = [
    [
      1,
      [
        [1, 1],
        [2, 2],
      ],
    ],
    [
      1,
      [
        [1, 6],
        [2, 2],
      ],
    ],
  ];
  for (let i = 0; i < 12; i++) {
    const stack = ids.slice(0, 1 + (i % ids.length));
    const labels: Fields = [
      [
        3,
        [
          [1, 6],
          [2, 7],
        ],
      ],
      [
        3,
        [
          [1, 8],
          [3, 1_000 + i],
        ],
      ],
      [
        3,
        [
          [1, 7],
          [3, -1],
          [4, 2],
        ],
      ],
    ];
    fields.push([2, [[1, packed(...stack)], [2, packed(i, -i * 1e12)], ...labels.slice(0, i % 4)]]);
  }
  fields.push([
    2,
    [
      [1, 3],
      [1, 1],
      [2, 5],
      [2, 6],
    ],
  ]);
  fields.push([
    3,
    [
      [1, 1],
      [2, 4096],
      [3, 8192],
      [5, 3],
      [6, 4],
      [7, 1],
    ],
  ]);
  for (const id of ids) {
    fields.push([
      4,
      [
        [1, id],
        [2, 1],
        [3, id * 4],
        [
          4,
          [
            [1, 1],
            [2, 5],
          ],
        ],
        [
          4,
          [
            [1, 2],
            [2, id],
          ],
        ],
      ],
    ]);
  }
  fields.push(
    [
      5,
      [
        [1, 1],
        [2, 5],
        [3, 5],
        [4, 3],
        [5, 2],
      ],
    ],
    [
      5,
      [
        [1, 2],
        [2, 4],
      ],
    ],
  );
  for (const text of texts) fields.push([6, text]);
  fields.push(
    [7, 9],
    [9, 5],
    [10, 7],
    [
      11,
      [
        [1, 1],
        [2, 2],
      ],
    ],
    [12, 100],
    [13, 7],
    [14, 1],
    [15, 6],
  );
  return encoded(fields);
}

function mutated(seed: Uint8Array, below: (limit: number) => number): Uint8Array {
  let bytes = seed.slice();
  for (let changes = 1 + below(4); changes > 0; changes--) {
    const at = below(bytes.length);
    const kind = below(5);
    if (kind === 0) bytes[at] = below(256);
    else if (kind === 1) bytes[at] = bytes[at]! ^ (1 << below(8));
    else if (kind === 2) bytes = bytes.slice(0, Math.max(1, at));
    else if (kind === 3) bytes.fill(255, at, at + below(12));
    else {
      const from = below(bytes.length);
      bytes.copyWithin(at, from, from + below(40));
    }
  }
  return bytes;
}

/** "valid", or code and place of the error. Anything else that is thrown fails the test. */
async function outcome(bytes: Uint8Array): Promise<string> {
  pprofReader.sniff(new Head(bytes, true));
  const into = new ProfileBuilder(bytes.length % 2 === 0 ? "each" : "merged");
  try {
    await pprofReader.read(sourceOfBytes(bytes), into, into.notes, {});
  } catch (error) {
    if (!(error instanceof FlambeauError)) throw error;
    if (error.code !== "empty-input") expect(error.offset).toBeTypeOf("number");
    return "error";
  }
  const profile = into.finish();
  expect(validate(profile)).toEqual([]);
  // Nothing in a profile can outnumber the bytes it was read from, except stacks by lines per location.
  expect(profile.samples.length + profile.labelSets.length).toBeLessThanOrEqual(bytes.length + 1);
  return "valid";
}

describe("pprofReader with broken input", () => {
  it("gives a valid profile or an error with its place for 6,000 mutations", async () => {
    const below = random(20_240_601);
    const seed = seedMessage();
    expect(await outcome(seed)).toBe("valid");
    const counts = new Map<string, number>();
    for (let run = 0; run < 6000; run++) {
      const result = await outcome(mutated(seed, below));
      counts.set(result, (counts.get(result) ?? 0) + 1);
    }
    expect(counts.get("valid")).toBeGreaterThan(1000);
    expect(counts.get("error")).toBeGreaterThan(100);
  });

  it("gives a valid profile or an error for every place where the file may end", async () => {
    const seed = seedMessage();
    for (let end = 0; end < seed.length; end++) await outcome(seed.subarray(0, end));
  });

  it("gives a valid profile or an error for noise", async () => {
    const below = random(99);
    for (let run = 0; run < 1000; run++) {
      await outcome(Uint8Array.from({ length: 1 + below(300) }, () => below(256)));
    }
  });

  it("expands a location of many lines once, however many samples use it", async () => {
    const lines = Array.from({ length: 2000 }, (): [number, Value] => [4, [[1, 1]]]);
    const samples = Array.from({ length: 500 }, (_, i): [number, Value] => [
      2,
      [
        [1, packed(1)],
        [2, packed(i)],
      ],
    ]);
    const bytes = encoded([
      [
        1,
        [
          [1, 1],
          [2, 1],
        ],
      ],
      ...samples,
      [4, [[1, 1], ...lines]],
      [
        5,
        [
          [1, 1],
          [2, 1],
        ],
      ],
      [6, ""],
      [6, "f"],
    ]);
    const into = new ProfileBuilder();
    await pprofReader.read(sourceOfBytes(bytes), into, into.notes, {});
    expect(into.stackCount).toBe(2000);
  });

  it.each<[string, Fields]>([
    [
      "a location of many lines that is used very often",
      [
        [
          1,
          [
            [1, 1],
            [2, 1],
          ],
        ],
        [
          2,
          [
            [1, packedList(new Array<number>(20_000).fill(1))],
            [2, packed(1)],
          ],
        ],
        [4, [[1, 1], ...Array.from({ length: 2000 }, (): [number, Value] => [4, [[1, 1]]])]],
        [
          5,
          [
            [1, 1],
            [2, 1],
          ],
        ],
        ...["", "f"].map((text): [number, Value] => [6, text]),
      ],
    ],
    [
      "more value types than values",
      [
        ...new Array<[number, Value]>(5000).fill([
          1,
          [
            [1, 1],
            [2, 1],
          ],
        ]),
        [6, ""],
      ],
    ],
    [
      "value types by the hundred for samples without values",
      [
        ...new Array<[number, Value]>(500).fill([
          1,
          [
            [1, 1],
            [2, 1],
          ],
        ]),
        ...new Array<[number, Value]>(5000).fill([2, packed()]),
        [6, ""],
      ],
    ],
  ])("refuses a small file that would take much memory: %s", async (_, fields) => {
    expect(await outcome(encoded(fields))).toBe("error");
  });

  it("decodes and compares a long string once, however many labels and mappings name it", async () => {
    const long = "x".repeat(300_000);
    const fields: [number, Value][] = [
      [
        1,
        [
          [1, 1],
          [2, 1],
        ],
      ],
      [6, ""],
      [6, "n"],
      [6, long],
    ];
    for (let i = 0; i < 20_000; i++) {
      fields.push(
        [
          2,
          [
            [2, packed(1)],
            [
              3,
              [
                [1, 2],
                [3, i],
              ],
            ],
          ],
        ],
        [
          3,
          [
            [1, i + 1],
            [2, i],
            [5, 2],
          ],
        ],
        [13, 2],
      );
    }
    const into = new ProfileBuilder();
    await pprofReader.read(sourceOfBytes(encoded(fields)), into, into.notes, {});
    const profile = into.finish();
    expect(profile.labelSets.length).toBe(20_001);
    expect(profile.mappings.length).toBe(20_000);
  });
});
