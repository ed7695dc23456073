import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { letters } from "../../../../../test/support/letters.ts";
import { type Profile, ProfileBuilder } from "../../../../core/src/index.ts";
import { Hash64 } from "./hash64.ts";
import { idsOf, storedAddress } from "./profile-ids.ts";

const hex = (hash: Hash64): string =>
  hash.hi.toString(16).padStart(8, "0") + hash.lo.toString(16).padStart(8, "0");
const hashOf = (bytes: Uint8Array): string => hex(new Hash64().reset().bytes(bytes).finish());
const idAt = (ids: Uint32Array, row: number): string => `${ids[2 * row + 1]}-${ids[2 * row]}`;

/** `A;B;C` → id of that stack in the profile. */
function stackIdsByPath(profile: Profile): Map<string, string> {
  const ids = idsOf(profile);
  const paths: string[] = [];
  for (let row = 0; row < profile.stacks.length; row++) {
    const parent = profile.stacks.parent[row]!;
    const name = profile.strings.get(profile.frames.name[profile.stacks.frame[row]!]!);
    paths.push(parent < 0 ? name : `${paths[parent]};${name}`);
  }
  return new Map(paths.map((path, row) => [path, idAt(ids.stacks, row)]));
}

describe("Hash64", () => {
  it("stays what it is: ids are part of the stored data", () => {
    expect(hashOf(new Uint8Array())).toBe("f8ea8e2c9d60ad58");
    expect(hashOf(new TextEncoder().encode("main"))).toBe("247448838ae8a0c6");
  });

  it("has no collisions among a million similar words, in neither half more than chance gives", () => {
    const seen = new Set<bigint>();
    const low = new Set<number>();
    const high = new Set<number>();
    const hash = new Hash64();
    const count = 1_000_000;
    for (let i = 0; i < count; i++) {
      hash
        .reset()
        .word(i & 1023)
        .word(i >>> 10)
        .word(0)
        .finish();
      seen.add((BigInt(hash.hi) << 32n) | BigInt(hash.lo));
      low.add(hash.lo);
      high.add(hash.hi);
    }
    expect(seen.size).toBe(count);
    // n²/2³³ = 116 are expected.
    expect(count - low.size).toBeLessThan(200);
    expect(count - high.size).toBeLessThan(200);
  });

  it("tells apart what differs only in where one string ends and the next begins", () => {
    const pair = (a: string, b: string): string => {
      const text = new TextEncoder();
      return hex(new Hash64().reset().bytes(text.encode(a)).bytes(text.encode(b)).finish());
    };
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), fc.string(), (a, b, c, d) => {
        expect(pair(a, b) === pair(c, d)).toBe(a === c && b === d);
      }),
      { seed: 1, numRuns: 2000 },
    );
    expect(pair("ab", "c")).not.toBe(pair("a", "bc"));
    expect(hashOf(new Uint8Array(4))).not.toBe(hashOf(new Uint8Array(5)));
  });
});

describe("ids of frames and stacks", () => {
  it("are the same in every profile that has the stack, whatever else it has", () => {
    const one = stackIdsByPath(letters("A A\nB C\nD ."));
    const other = stackIdsByPath(letters("X A A\nC C B\n. . D"));
    for (const path of ["A", "A;B", "A;C", "A;B;D"]) expect(other.get(path)).toBe(one.get(path));
    expect(new Set([...one.values(), ...other.values()]).size).toBe(6);
  });

  it("tell a caller's stack from its callee's, and recursion from one call", () => {
    const ids = stackIdsByPath(letters("A B A\nB A A\n. . A"));
    expect(new Set(ids.values()).size).toBe(ids.size);
    expect(ids.size).toBe(6);
  });

  it("differ in file, line, column, kind, inlining, mapping and build id", () => {
    const builder = new ProfileBuilder("each");
    const type = builder.valueType("cpu", "nanoseconds");
    const name = builder.string("f");
    const file = builder.string("f.c");
    const at = { start: 0n, end: 1n, fileOffset: 0n };
    const mapping = builder.mapping({ path: "/a", buildId: "1", ...at });
    const frames = [
      { name },
      { name, file },
      { name, line: 1 },
      { name, column: 1 },
      { name, kind: 2 as const },
      { name, inlined: true },
      { name, mapping },
      { name, mapping: builder.mapping({ path: "/a", buildId: "2", ...at }) },
      { name: file, file: name },
    ].map((frame) => builder.frame(frame));
    for (const frame of frames) builder.sampleOf(builder.stack(-1, frame), type, 1);
    const { frames: ids } = idsOf(builder.finish());
    expect(new Set(frames.map((row) => idAt(ids, row))).size).toBe(frames.length);
  });

  it("of frames without a name are offsets in a file, so that load addresses do not matter", () => {
    const native = (start: bigint, address: bigint, name = ""): Profile => {
      const builder = new ProfileBuilder("each");
      const type = builder.valueType("cpu", "nanoseconds");
      const mapping = builder.mapping({
        path: "/x",
        buildId: "a1",
        start,
        end: start + 0x9000n,
        fileOffset: 0x1000n,
      });
      const frame = builder.frame({ name: builder.string(name), mapping, address });
      builder.sampleOf(builder.stack(-1, frame), type, 1);
      return builder.finish();
    };
    const here = native(0x40_0000n, 0x40_2345n);
    const there = native(0x7fff_0000_0000n, 0x7fff_0000_2345n);
    expect(storedAddress(here, 0)).toBe(0x3345n);
    expect(idsOf(here).stacks).toEqual(idsOf(there).stacks);
    expect(idsOf(here).stacks).not.toEqual(idsOf(native(0x40_0000n, 0x40_2346n)).stacks);
    // Outside of every mapping the address stays as it is; with a name it does not count.
    expect(storedAddress(native(0x40_0000n, 0x10n), 0)).toBe(0x10n);
    const named = (address: bigint): Uint32Array => idsOf(native(0x40_0000n, address, "f")).stacks;
    expect(named(0x40_2345n)).toEqual(named(0x40_2399n));
  });

  it("join rows that the store cannot tell apart", () => {
    const builder = new ProfileBuilder("each");
    const type = builder.valueType("cpu", "nanoseconds");
    const name = builder.string("f");
    const rows = [1n, 2n].map((address) => builder.stack(-1, builder.frame({ name, address })));
    for (const row of rows) builder.sampleOf(row, type, 1);
    const { canonical } = idsOf(builder.finish());
    expect(canonical).toEqual(Int32Array.of(0, 0));
    expect(idsOf(letters("A B\nB A")).canonical).toBeUndefined();
  });

  it("take a stack of 100,000 frames", () => {
    const builder = new ProfileBuilder("each");
    builder.valueType("cpu", "nanoseconds");
    let stack = -1;
    for (let i = 0; i < 100_000; i++) stack = builder.stack(stack, builder.frameNamed("again"));
    const { stacks } = idsOf(builder.finish());
    expect(new Set(Array.from({ length: 100_000 }, (_, row) => idAt(stacks, row))).size).toBe(100_000);
  });
});
