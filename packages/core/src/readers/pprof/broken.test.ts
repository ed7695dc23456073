import { describe, expect, it } from "vitest";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { codes, read, readFields, SMALL } from "../../../../../test/support/pprof-fields.ts";
import { encoded, packed } from "../../../../../test/support/protobuf.ts";
import { FlambeauError } from "../../util/errors.ts";

describe("pprofReader with files that are wrong", () => {
  it("notes samples with more or fewer values than types", async () => {
    const profile = await readFields([...SMALL, [2, [[2, packed(1, 2)]]], [2, [[1, packed(1)]]]]);
    expect([...profile.samples.weights[0]!]).toEqual([10, 20, 5, 1, 0]);
    expect(codes(profile)).toEqual(["value-count 2"]);
  });

  it("skips unknown fields and groups with a note", async () => {
    const extra = encoded([
      [99, 1],
      [98, "x"],
    ]);
    const profile = await read(Uint8Array.of(...encoded(SMALL), ...extra, 0xa3, 0x06, 0x08, 1, 0xa4, 0x06));
    expect(foldedOf(profile)).toEqual(["main 5", "main;a 10", "main;b 20"]);
    expect(codes(profile)).toEqual(["unknown-field 3"]);
  });

  it("keeps what stands before the end of a truncated file", async () => {
    const whole = encoded([...SMALL.slice(4), ...SMALL.slice(0, 4)]);
    const profile = await read(whole.subarray(0, whole.length - 3));
    expect(foldedOf(profile)).toEqual(["main;a 10", "main;b 20"]);
    expect(profile.notes.map(({ kind, code, places }) => ({ kind, code, places }))).toEqual([
      { kind: "truncated", code: "truncated", places: [{ offset: whole.length - 7 }] },
    ]);
  });

  it("skips samples that are no sound messages", async () => {
    const bad = Uint8Array.of(0x0a, 9, 1);
    const profile = await readFields([...SMALL, [2, bad], [2, Uint8Array.of(0x0a, 1, 0x80)]]);
    expect(profile.samples.length).toBe(3);
    expect(codes(profile)).toEqual(["malformed-sample 2"]);
  });

  it.each([
    ["an empty input", new Uint8Array(0), "empty-input"],
    ["text", new TextEncoder().encode("main;a 10\n"), "malformed"],
    ["a first string that is not empty", encoded([[6, "x"]]), "malformed"],
    ["two profiles in a row", encoded([...SMALL, [9, 5], ...SMALL, [9, 6]]), "unsupported"],
  ])("refuses %s", async (_, bytes, code) => {
    const error = await read(bytes).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FlambeauError);
    expect((error as FlambeauError).code).toBe(code);
  });
});
