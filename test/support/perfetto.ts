import { type Profile, totalsOf } from "../../packages/core/src/model/profile.ts";
import { encoded, type Fields, packed, type Value } from "./protobuf.ts";

/** Packets of sequence 1, unless they say otherwise. */
export const trace = (...packets: Fields[]): Uint8Array =>
  encoded(
    packets.map((fields) => {
      const own = fields.some(([field]) => field === 10);
      return [1, encoded(own ? fields : [[10, 1], ...fields])] as const;
    }),
  );
export const at = (time: number, field: number, value: Value, ...more: Fields): Fields => [
  [8, time],
  [field, value],
  ...more,
];
export const text = (field: number, iid: number, str: string): Fields[number] => [
  field,
  [
    [1, iid],
    [2, str],
  ],
];
export const types = (profile: Profile): string[] =>
  profile.valueTypes.map(({ name, unit }, row) => `${name}/${unit} ${totalsOf(profile)[row]}`);

/** libc.so at 0x10 (native), app.work (JIT), [kernel]. */
export const INTERNED: Fields = [
  text(17, 1, "system"),
  text(17, 2, "libc.so"),
  text(17, 3, "[kernel]"),
  text(16, 1, "\u0001\u007f"),
  [
    19,
    [
      [1, 1],
      [2, 1],
      [7, 1],
      [7, 2],
    ],
  ],
  [
    19,
    [
      [1, 2],
      [7, packed(3)],
    ],
  ],
  text(5, 1, "app.main"),
  text(5, 2, "vfs_read"),
  text(18, 1, "Main.java"),
  [
    6,
    [
      [1, 1],
      [2, 1],
      [5, 1],
      [6, 42],
      [7, 4],
    ],
  ],
  [
    6,
    [
      [1, 2],
      [3, 1],
      [4, 16],
    ],
  ],
  [
    6,
    [
      [1, 3],
      [2, 2],
      [3, 2],
      [7, 2],
    ],
  ],
  [
    7,
    [
      [1, 1],
      [2, packed(1, 2)],
    ],
  ],
  [
    7,
    [
      [1, 2],
      [2, 1],
      [2, 2],
      [2, 3],
    ],
  ],
];
export const DEFAULTS: Fields = [
  [
    12,
    [
      [
        1,
        [
          [2, 100],
          [4, 1],
        ],
      ],
    ],
  ],
];
export const perf = (tid: number, iid: number): Fields => [
  [2, 7],
  [3, tid],
  [4, iid],
];
export const SYMBOLS: Fields = [
  [
    61,
    [
      [1, "/system/libc.so"],
      [2, "\u0001\u007f"],
      [
        3,
        [
          [1, 16],
          [
            2,
            [
              [1, "memcpy"],
              [2, "mem.c"],
              [3, 9],
            ],
          ],
          [2, [[1, "read"]]],
        ],
      ],
    ],
  ],
];
export const PERF: Fields[] = [
  [
    [13, 1],
    [12, INTERNED],
    [59, DEFAULTS],
  ],
  [
    [
      2,
      [
        [
          1,
          [
            [1, 7],
            [3, "com.example"],
          ],
        ],
        [
          2,
          [
            [1, 8],
            [2, "worker"],
            [3, 7],
          ],
        ],
      ],
    ],
  ],
  at(1000, 66, perf(7, 1), [13, 2]),
  at(2000, 66, perf(8, 2), [13, 2]),
];

export const TRACK: Fields = [
  [
    60,
    [
      [1, 77],
      [
        4,
        [
          [1, 7],
          [2, 8],
          [5, "worker"],
        ],
      ],
    ],
  ],
];
export const event = (type: number, name = 0, track = 77): Fields => [
  [9, type],
  [11, track],
  ...(name > 0 ? [[10, name] as const] : []),
];
export const SPANS: Fields[] = [
  [
    [13, 1],
    [12, [text(2, 1, "outer"), text(2, 2, "inner")]],
    [
      60,
      [
        [1, 77],
        [
          4,
          [
            [1, 7],
            [2, 8],
            [5, "worker"],
          ],
        ],
      ],
    ],
  ],
  at(100, 11, event(1, 1), [13, 2]),
  at(130, 11, event(1, 2), [13, 2]),
  at(150, 11, event(2), [13, 2]),
  at(200, 11, event(2), [13, 2]),
  at(210, 11, event(3, 1), [13, 2]),
];
