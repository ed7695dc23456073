import { describe, expect, it } from "vitest";
import { letters, validated } from "../../../../test/support/letters.ts";
import { ProfileBuilder } from "../model/builder.ts";
import { FrameKind, type FrameKindCode, type Profile } from "../model/profile.ts";
import type { GroupBy } from "./labels.ts";
import { isInjective, nameFrames } from "./names.ts";

function labels(profile: Profile, groupBy: GroupBy, relabel?: (label: string) => string): string[] {
  const { row, names } = nameFrames(profile, groupBy, { relabel });
  return [...row].map((name) => names.text(name));
}

function placed(): Profile {
  const builder = new ProfileBuilder();
  const mapping = builder.mapping({ path: "/usr/lib/libc.so.6" });
  const name = builder.string("malloc");
  const file = builder.string("src/malloc.c");
  builder.frame({ name, mapping, address: 0x10n });
  builder.frame({ name, file, line: 12, mapping });
  builder.frame({ name: 0, mapping, address: 0x20n });
  builder.frame({ name: 0, address: 0xdeadbeefn });
  builder.frame({ name: builder.string("[libc.so.6]") });
  builder.frame({ name, kind: FrameKind.kernel, line: 3 });
  return validated(builder.finish());
}

describe("nameFrames", () => {
  it("labels frames by function, else module, else address, and merges equal labels", () => {
    const profile = placed();
    expect(labels(profile, "function")).toEqual([
      "malloc",
      "malloc",
      "[libc.so.6]",
      "0xdeadbeef",
      "[libc.so.6]",
      "malloc",
    ]);
    expect([...nameFrames(profile).row]).toEqual([1, 1, 2, 3, 2, 1]);
  });

  it.each<[GroupBy, string[]]>([
    ["file", ["[libc.so.6]", "src/malloc.c", "[libc.so.6]", "0xdeadbeef", "[libc.so.6]", "malloc"]],
    ["module", ["libc.so.6", "libc.so.6", "libc.so.6", "[unknown]", "[unknown]", "[kernel]"]],
    [
      "function+module",
      ["malloc [libc.so.6]", "malloc [libc.so.6]", "[libc.so.6]", "0xdeadbeef", "[libc.so.6]", "malloc"],
    ],
    [
      "function+file",
      ["malloc", "malloc (src/malloc.c)", "[libc.so.6]", "0xdeadbeef", "[libc.so.6]", "malloc"],
    ],
    [
      "function+line",
      ["malloc", "malloc (src/malloc.c:12)", "[libc.so.6]", "0xdeadbeef", "[libc.so.6]", "malloc (:3)"],
    ],
    [
      "function+address",
      ["malloc 0x10", "malloc", "[libc.so.6] 0x20", "0xdeadbeef", "[libc.so.6]", "malloc"],
    ],
  ])("labels frames by %s", (groupBy, expected) => {
    expect(labels(placed(), groupBy)).toEqual(expected);
  });

  it("relabels, and merges what then agrees", () => {
    const profile = letters(`
      a1 a2 b
    `);
    const { row, names } = nameFrames(profile, "function", { relabel: (text) => text.replace(/\d/, "") });
    expect([...row]).toEqual([1, 1, 2]);
    expect([names.length, names.text(0), names.text(1), names.text(2)]).toEqual([3, "", "a", "b"]);
    expect(labels(profile, "function", () => "")).toEqual(["a1", "a2", "b"]);
  });

  it("keeps kinds apart where the input annotated them, else takes the kind that frames agree on", () => {
    const builder = new ProfileBuilder();
    const name = builder.string("f");
    for (const kind of [0, 2, 3] as FrameKindCode[]) builder.frame({ name, kind });
    const other = builder.string("g");
    builder.frame({ name: other, kind: 3 });
    builder.frame({ name: other, kind: 0, inlined: true });
    const inlined = builder.string("h");
    builder.frame({ name: inlined, inlined: true });
    const profile = validated(builder.finish());
    const merged = nameFrames(profile).names;
    expect([1, 2, 3].map((row) => [merged.text(row), merged.kind(row), merged.inlined(row)])).toEqual([
      ["f", 0, false],
      ["g", 3, false],
      ["h", 0, true],
    ]);
    const annotated: Profile = { ...profile, meta: { ...profile.meta, annotated: true } };
    expect([...nameFrames(annotated).row]).toEqual([1, 2, 3, 4, 5, 6]);
    expect(isInjective(nameFrames(annotated))).toBe(true);
    expect(isInjective(nameFrames(profile))).toBe(false);
  });

  it("keeps the bytes of names that are not UTF-8, and names of Object's properties", () => {
    const builder = new ProfileBuilder();
    builder.frame({ name: builder.stringBytes(Uint8Array.of(0xff, 0x61)) });
    builder.frame({ name: 0, address: 1n });
    for (const name of ["__proto__", "constructor"]) builder.frameNamed(name);
    const { row, names } = nameFrames(validated(builder.finish()));
    expect([...names.bytes(row[0]!)]).toEqual([0xff, 0x61]);
    expect([names.text(row[2]!), names.text(row[3]!)]).toEqual(["__proto__", "constructor"]);
  });

  it("names no frames at all", () => {
    const { row, names } = nameFrames(validated(new ProfileBuilder().finish()));
    expect([row.length, names.length, names.text(0), names.bytes(0).length]).toEqual([0, 1, "", 0]);
  });
});
