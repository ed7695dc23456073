import { describe, expect, it } from "vitest";
import { foldedOf } from "../../../../../test/support/letters.ts";
import {
  headOf,
  type Input,
  mutated,
  noteCodes,
  readingError,
  readWith,
  seeded,
} from "../../../../../test/support/reading.ts";
import { FlambeauError } from "../../util/errors.ts";
import { speedscopeReader } from "./index.ts";

const read = (input: Input) => readWith(speedscopeReader, input);
const SCHEMA = "https://www.speedscope.app/file-format-schema.json";
const FRAMES = ["a", "b", "c", "d"].map((name) => ({ name }));

function file(profiles: object[], more: object = {}, frames: object[] = FRAMES): object {
  return { $schema: SCHEMA, profiles, shared: { frames }, ...more };
}

function sampled(samples: unknown[], weights: unknown[], more: object = {}): object {
  return {
    type: "sampled",
    name: "t",
    unit: "none",
    startValue: 0,
    endValue: 100,
    samples,
    weights,
    ...more,
  };
}

/** Events as text: `0 +0, 2 -0` opens frame 0 at 0 and closes it at 2. */
function evented(events: string, more: object = {}): object {
  const list = events.split(", ").map((text) => {
    const [at, event] = text.split(" ");
    return { type: event![0] === "+" ? "O" : "C", frame: Number(event!.slice(1)), at: Number(at) };
  });
  return { type: "evented", name: "t", unit: "none", startValue: 0, endValue: 100, events: list, ...more };
}

describe("speedscope", () => {
  it("reads sampled stacks, root first, one after the other", async () => {
    const profile = await read(
      file([
        sampled([[0, 1, 2], [0, 1, 2], [0, 1, 3], [0]], [1, 1, 4, 2.5], {
          unit: "milliseconds",
          startValue: 10,
        }),
      ]),
    );
    expect(foldedOf(profile)).toEqual(["a 2500000", "a;b;c 2000000", "a;b;d 4000000"]);
    expect([...profile.samples.time!]).toEqual([10e6, 11e6, 12e6, 16e6]);
    expect(profile.valueTypes).toEqual([{ name: "time", unit: "nanoseconds" }]);
    expect(profile.threads).toEqual([{ name: "t" }]);
    expect(profile.meta.duration).toBe(90e6);
    expect(noteCodes(profile)).toEqual(["unit-milliseconds×1"]);
  });

  it("reads events: what stood between two of them is a sample", async () => {
    const profile = await read(
      file([
        evented("5 +0, 5 +1, 7 -1, 7 +2, 7 +2, 10 -2, 12 -2, 14 -0, 20 +3, 21 -3", { unit: "nanoseconds" }),
      ]),
    );
    expect(foldedOf(profile)).toEqual(["a 2", "a;b 2", "a;c 2", "a;c;c 3", "d 1"]);
    expect([...profile.samples.time!]).toEqual([5, 7, 10, 12, 20]);
    expect(profile.notes).toEqual([]);
  });

  it("repairs events that do not fit, and says where", async () => {
    const closedOutside = await read(file([evented("0 +0, 1 +1, 3 -0, 4 -1, 5 +2, 6 -2")]));
    expect(foldedOf(closedOutside)).toEqual(["a 1", "a;b 2", "c 1"]);
    expect(noteCodes(closedOutside)).toEqual(["close-out-of-order×1", "close-without-open×1"]);
    const open = await read(file([evented("0 +0, 1 +1")]));
    expect(foldedOf(open)).toEqual(["a 1", "a;b 99"]);
    expect(noteCodes(open)).toEqual(["never-closed×2"]);
    const backwards = await read(file([evented("5 +0, 3 +1, 8 -1, 9 -0")]));
    expect(foldedOf(backwards)).toEqual(["a 1", "a;b 3"]);
    const text = JSON.stringify(file([evented("5 +0, 3 +1, 8 -1, 9 -0")]));
    expect(backwards.notes).toMatchObject([
      { code: "time-goes-back", places: [{ offset: text.indexOf('{"type":"O","frame":1') }] },
    ]);
  });

  it("reads keys in any order", async () => {
    const ordered = { shared: { frames: FRAMES }, $schema: SCHEMA };
    const entry = {
      weights: [2],
      samples: [[0, 1]],
      endValue: 2,
      startValue: 0,
      unit: "bytes",
      name: "x",
      type: "sampled",
    };
    const first = await read({ ...ordered, profiles: [entry] });
    const last = await read({ profiles: [entry], ...ordered });
    expect(foldedOf(first)).toEqual(["a;b 2"]);
    expect(foldedOf(last)).toEqual(["a;b 2"]);
    expect(first.valueTypes).toEqual([{ name: "space", unit: "bytes" }]);
  });

  it("gives each unit a value type, and shows the active profile's", async () => {
    const profile = await read(
      file(
        [
          sampled([[0]], [1.1], { unit: "seconds", name: "time" }),
          sampled([[1]], [7], { unit: "bytes", name: "space" }),
          sampled([[2]], [3], { unit: "apples", name: "fruit" }),
        ],
        { activeProfileIndex: 1, name: "group", exporter: "x@1" },
      ),
    );
    expect(profile.valueTypes.map(({ name, unit }) => `${name}/${unit}`)).toEqual([
      "time/nanoseconds",
      "space/bytes",
      "weight/apples",
    ]);
    expect([0, 1, 2].map((type) => foldedOf(profile, type).filter((line) => !line.endsWith(" 0")))).toEqual([
      ["a 1100000000"],
      ["b 7"],
      ["c 3"],
    ]);
    expect(profile.meta).toMatchObject({
      defaultValueType: 1,
      title: "group",
      producer: "x@1",
      comments: ["active profile: space"],
    });
    expect(noteCodes(profile)).toEqual(["unit-seconds×1", "unknown-unit×1"]);
  });

  it("keeps profiles of one name apart", async () => {
    const names = ["one", "one", "one (2)", "one"];
    const profile = await read(file(names.map((name) => sampled([[0]], [1], { name }))));
    expect(profile.threads.map((thread) => thread.name)).toEqual(["one", "one (3)", "one (2)", "one (4)"]);
    expect([...profile.samples.thread!]).toEqual([0, 1, 2, 3]);
  });

  it("keeps file, line and column of frames, merges frames that agree", async () => {
    const frames = [
      { name: "f", file: "x.py", line: 3, col: 4 },
      { name: "f", file: "x.py", line: 3, col: 4 },
      {},
    ];
    const profile = await read(file([sampled([[0], [1], [2], [9]], [1, 1, 1, 1])], {}, frames));
    expect(foldedOf(profile)).toEqual(["[unknown] 2", "f 2"]);
    const { strings } = profile;
    expect([strings.get(profile.frames.file[0]!), profile.frames.line[0], profile.frames.column[0]]).toEqual([
      "x.py",
      3,
      4,
    ]);
    expect(noteCodes(profile)).toEqual(["nameless-frame×1", "missing-frame×1"]);
  });

  it("tells weights that are missing, too many, or no numbers", async () => {
    const without = await read(
      file([{ type: "sampled", name: "t", unit: "none", startValue: 0, endValue: 8, samples: [[0], [1]] }]),
    );
    expect(foldedOf(without)).toEqual(["a 4", "b 4"]);
    expect(noteCodes(without)).toEqual(["no-weights×1"]);
    expect(noteCodes(await read(file([sampled([[0]], [1, 2, 3])])))).toEqual(["weights-mismatch×2"]);
    const odd = await read(file([sampled([[0], [1], [2]], [null, -2, 5])]));
    expect(foldedOf(odd)).toEqual(["b -2", "c 5"]);
    expect(noteCodes(odd)).toEqual(["not-finite×1"]);
  });

  it("keeps weights finite, whatever their unit", async () => {
    const profile = await read(
      file([sampled([[0], [1]], [1.7e308, 1], { unit: "seconds", startValue: 1e308 })]),
    );
    expect(noteCodes(profile)).toContain("not-finite×1");
  });

  it("keeps what comes before the end of a cut-off file", async () => {
    const text = JSON.stringify({
      $schema: SCHEMA,
      shared: { frames: FRAMES },
      profiles: [evented("0 +0, 4 +1, 6 -1, 9 -0")],
    });
    const cut = text.indexOf('"at":9');
    const profile = await read(text.slice(0, cut));
    expect(foldedOf(profile)).toEqual(["a 4", "a;b 2"]);
    expect(profile.notes.find((note) => note.code === "truncated")!.places).toEqual([{ offset: cut }]);
    expect((await readingError(speedscopeReader, text.slice(0, 60))).code).toBe("truncated");
  });

  it.each([
    ["{}", "malformed", undefined],
    ['{"profiles":[]}', "malformed", undefined],
    ['{"profiles":[{"samples":[[0,-1]]}]}', "malformed", 25],
    ['{"profiles":[{"samples":[[0.5]]}]}', "malformed", 25],
    ['{"profiles":[{"samples":[0]}]}', "malformed", 25],
    ['{"profiles":{}}', "malformed", 12],
  ])("refuses %s", async (text, code, offset) => {
    const error = await readingError(speedscopeReader, text);
    expect([error.code, error.offset]).toEqual([code, offset]);
  });

  it("survives 100,000 frames, sampled and evented, and hostile names", async () => {
    const depth = 100_000;
    const deep = sampled([Array.from({ length: depth }, (_, i) => i % 2)], [1]);
    expect((await read(file([deep]))).stacks.length).toBe(depth);
    const events = Array.from({ length: depth }, (_, at) => ({ type: "O", frame: 0, at }));
    const profile = await read(
      file([{ type: "evented", name: "e", unit: "none", startValue: 0, endValue: depth, events }]),
    );
    expect(profile.stacks.length).toBe(depth);
    const names = ["__proto__", "<script>", "]]>", "constructor", "\u0000;"].map((name) => ({ name }));
    const hostile = await read(
      file(
        [
          sampled(
            names.map((_, i) => [i]),
            names.map(() => 1),
            { name: "__proto__" },
          ),
        ],
        {},
        names,
      ),
    );
    expect(foldedOf(hostile)).toEqual(names.map(({ name }) => `${name} 1`).sort());
  });

  it("knows its format by content", () => {
    const yes = [
      file([]),
      { profiles: [sampled([], [])] },
      { shared: { frames: [] }, profiles: [evented("0 +0")] },
    ];
    expect(yes.map((input) => speedscopeReader.sniff(headOf(input)))).toEqual(["yes", "yes", "yes"]);
    const no = [
      '{"nodes":[]}',
      '[{"$schema":"speedscope"}]',
      '{"name":"\\"$schema\\":\\"speedscope"}',
      "",
      "a;b 1",
    ];
    expect(no.map((text) => speedscopeReader.sniff(headOf(text, "x.speedscope.json")))).toEqual(
      no.map(() => "no"),
    );
  });

  it("reads or refuses whatever is broken, never fails otherwise", async () => {
    const random = seeded(4);
    const seeds = [
      file([sampled([[0, 1], [0], []], [1, 2, 3])]),
      file([evented("0 +0, 1 +1, 3 -1, 4 -0")], { activeProfileIndex: 0 }),
    ].map((input) => new TextEncoder().encode(JSON.stringify(input)));
    const outcomes = { read: 0, refused: 0 };
    for (let round = 0; round < 3000; round++) {
      try {
        await read(mutated(seeds[round % 2]!, random));
        outcomes.read++;
      } catch (error) {
        if (!(error instanceof FlambeauError)) throw error;
        outcomes.refused++;
      }
    }
    expect(outcomes.read).toBeGreaterThan(100);
    expect(outcomes.refused).toBeGreaterThan(100);
  });
});
