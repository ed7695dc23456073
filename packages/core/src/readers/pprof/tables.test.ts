import { describe, expect, it } from "vitest";
import { foldedOf } from "../../../../../test/support/letters.ts";
import {
  codes,
  locations,
  readFields,
  SMALL,
  sample,
  strings,
  valueType,
} from "../../../../../test/support/pprof-fields.ts";
import { type Fields, packed } from "../../../../../test/support/protobuf.ts";

describe("pprofReader: tables", () => {
  it("keeps unsymbolised frames by address and mapping", async () => {
    const profile = await readFields([
      valueType(1, 1),
      sample(packed(1, 2), packed(1)),
      [
        3,
        [
          [1, 9],
          [5, 2],
        ],
      ],
      [
        4,
        [
          [1, 1],
          [2, 9],
          [3, -1],
        ],
      ],
      [4, [[1, 2]]],
      ...strings("n", "/lib/x.so"),
    ]);
    const { frames } = profile;
    expect([...frames.address]).toEqual([0n, 2n ** 64n - 1n]);
    expect([...frames.name].map((name) => profile.strings.get(name))).toEqual(["[unknown]", ""]);
    expect(profile.mappings[frames.mapping[1]!]!.path).toBe("/lib/x.so");
    expect(codes(profile)).toEqual(["nameless-frame 1"]);
  });

  it("finds ids of all 64 bits", async () => {
    const ids = [2n ** 64n - 1n, 2n ** 63n, 2n ** 53n + 1n, 2n ** 53n, 2n ** 35n, 1_000_000n];
    const profile = await readFields([
      valueType(1, 1),
      [
        2,
        [
          [1, packed(...ids.map((id) => BigInt.asIntN(64, id)))],
          [2, packed(1)],
        ],
      ],
      ...ids.flatMap(
        (id, i): Fields => [
          [
            4,
            [
              [1, BigInt.asIntN(64, id)],
              [4, [[1, BigInt.asIntN(64, id)]]],
            ],
          ],
          [
            5,
            [
              [1, BigInt.asIntN(64, id)],
              [2, i + 2],
            ],
          ],
        ],
      ),
      ...strings("n", "a", "b", "c", "d", "e", "f"),
    ]);
    expect(foldedOf(profile)).toEqual(["f;e;d;c;b;a 1"]);
    expect(profile.notes).toEqual([]);
  });

  it("notes ids that lie, and never crashes on them", async () => {
    const profile = await readFields([
      valueType(1, 77),
      sample(packed(1, 50), packed(1)),
      sample(packed(-1), packed(1)),
      [
        4,
        [
          [1, 1],
          [2, 8],
          [3, 7],
          [
            4,
            [
              [1, 99],
              [2, -5],
            ],
          ],
        ],
      ],
      [
        4,
        [
          [1, 1],
          [3, 8],
        ],
      ],
      ...strings("n"),
    ]);
    expect(foldedOf(profile)).toEqual(["[unknown] 1", "[unknown]; 1"]);
    expect(codes(profile).sort()).toEqual([
      "bad-line-number 1",
      "duplicate-id 1",
      "missing-function 1",
      "missing-location 2",
      "missing-mapping 1",
      "missing-string 1",
    ]);
  });

  it("keeps the bytes of names that are not UTF-8", async () => {
    const profile = await readFields([
      valueType(1, 1),
      sample(packed(1), packed(1)),
      ...locations(1, 2),
      ...strings("n", Uint8Array.of(0x66, 0xff)),
    ]);
    expect([...profile.strings.view(profile.frames.name[0]!)]).toEqual([0x66, 0xff]);
  });

  it("takes a function's place for an id that it lacks", async () => {
    const profile = await readFields([
      ...SMALL.filter(([field]) => field !== 5),
      [5, [[2, 3]]],
      [5, [[2, 4]]],
      [5, [[2, 5]]],
    ]);
    expect(foldedOf(profile)).toEqual(["main 5", "main;a 10", "main;b 20"]);
    expect(codes(profile)).toEqual(["no-function-id 3"]);
  });

  it("says what frames cannot hold: system names, start lines, folded functions", async () => {
    const profile = await readFields([
      valueType(1, 1),
      sample(packed(1), packed(1)),
      [
        4,
        [
          [1, 1],
          [3, 1],
          [4, [[1, 1]]],
          [5, 1],
        ],
      ],
      [
        5,
        [
          [1, 1],
          [2, 2],
          [3, 3],
          [5, 9],
        ],
      ],
      ...strings("n", "f()", "_Z1fv"),
    ]);
    expect(foldedOf(profile)).toEqual(["f() 1"]);
    expect(codes(profile)).toEqual(["folded-functions 1", "system-names 1", "start-lines 1"]);
  });
});
