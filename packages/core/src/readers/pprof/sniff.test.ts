import { describe, expect, it } from "vitest";
import { encoded, type Fields, packed } from "../../../../../test/support/protobuf.ts";
import { Head } from "../reader.ts";
import { sniffPprof } from "./sniff.ts";

const TYPE: Fields = [
  [
    1,
    [
      [1, 1],
      [2, 2],
    ],
  ],
];
const SAMPLE: Fields = [
  [
    2,
    [
      [1, packed(3, 2, 1)],
      [2, packed(10)],
      [
        3,
        [
          [1, 4],
          [2, 5],
        ],
      ],
    ],
  ],
];
const STRINGS: Fields = [
  [6, ""],
  [6, "cpu"],
];

function sniff(bytes: Uint8Array, complete = true): string {
  return sniffPprof(new Head(bytes, complete));
}

const text = (content: string) => new TextEncoder().encode(content);

describe("sniffPprof", () => {
  it.each<[string, Fields]>([
    ["Go's order", [...TYPE, ...SAMPLE, ...STRINGS]],
    ["strings first", [...STRINGS, ...TYPE]],
    [
      "the period's type first",
      [
        [
          11,
          [
            [1, 1],
            [2, 2],
          ],
        ],
        ...STRINGS,
      ],
    ],
    ["a time first", [[9, 1_700_000_000_000_000_000n], ...SAMPLE, ...STRINGS]],
    [
      "a mapping first",
      [
        [
          3,
          [
            [1, 1],
            [2, 4096],
          ],
        ],
        ...SAMPLE,
      ],
    ],
    [
      "lists that are not packed",
      [
        ...TYPE,
        [
          2,
          [
            [1, 1],
            [1, 2],
            [2, 10],
          ],
        ],
      ],
    ],
  ])("says yes to %s", (_, fields) => {
    expect(sniff(encoded(fields))).toBe("yes");
  });

  it("says yes to a head that ends within a field, and maybe where only samples are in sight", () => {
    const bytes = encoded([...TYPE, ...SAMPLE, ...SAMPLE]);
    expect(sniff(bytes.subarray(0, bytes.length - 4), false)).toBe("yes");
    const samples = encoded([...SAMPLE, ...SAMPLE, ...SAMPLE, ...SAMPLE]);
    expect(sniff(samples.subarray(0, samples.length - 2), false)).toBe("maybe");
    expect(sniff(samples)).toBe("no");
  });

  it.each<[string, Uint8Array]>([
    ["nothing", new Uint8Array(0)],
    ["folded text", text("main;a 10\n")],
    ["text after an empty line", text("\n\tmain\n\ta\n")],
    ["JSON", text('{"a": [1, 2]}')],
    ["gzip", Uint8Array.of(0x1f, 0x8b, 8, 0)],
    [
      "OTLP: messages of messages",
      encoded([
        [
          1,
          [
            [1, [[1, "service"]]],
            [2, [[2, "scope"]]],
          ],
        ],
        [
          2,
          [
            [1, [[1, 0]]],
            [5, "x"],
          ],
        ],
      ]),
    ],
    [
      "Perfetto: one field throughout",
      encoded([
        [
          1,
          [
            [8, 5],
            [10, 1],
          ],
        ],
        [1, [[36, [[2, "x"]]]]],
      ]),
    ],
    [
      "packets of two numbers",
      encoded([
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
            [1, 1],
            [2, 2],
          ],
        ],
      ]),
    ],
    ["a first string that is not empty", encoded([...TYPE, [6, "cpu"]])],
    ["a field that pprof lacks", encoded([...TYPE, ...SAMPLE, [16, 1]])],
    [
      "values of a wrong kind",
      encoded([
        ...TYPE,
        [
          2,
          [
            [1, packed(1)],
            [2, packed(1)],
            [4, 1],
          ],
        ],
      ]),
    ],
    ["zeros", new Uint8Array(100)],
  ])("says no to %s", (_, bytes) => {
    expect(sniff(bytes)).toBe("no");
  });
});
