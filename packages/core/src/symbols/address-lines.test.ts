import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync, inflateSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { drawElf } from "../../../../test/support/elf.ts";
import { inlinedElf } from "../../../../test/support/inlined-elf.ts";
import { mutated, seeded } from "../../../../test/support/reading.ts";
import { FlambeauError } from "../util/errors.ts";
import { type AddressLines, addressLines, linesAt } from "./address-lines.ts";
import type { UnpackSection } from "./dwarf/sections.ts";
import { type ElfFile, parseElf } from "./elf.ts";
import { readableName } from "./readable-name.ts";

const unpack: UnpackSection = (packed, method, size) =>
  method === "zlib" ? inflateSync(packed, { maxOutputLength: size }) : undefined;

const shown = (lines: AddressLines, offset: number): string[] =>
  linesAt(lines, offset).map(({ name, file, line, column }) => `${name} ${file}:${line}:${column}`);

describe.each([4, 5] as const)("debug information of DWARF %i", (version) => {
  const lines = addressLines(inlinedElf(version));

  it("tells line and inlined calls of an address, the innermost first", () => {
    expect(lines.complete).toBe(true);
    expect(shown(lines, 0x1017)).toEqual([
      "leaf /src/small.c:1:93",
      "middle /src/small.c:4:10",
      "work /src/small.c:10:38",
    ]);
    expect(shown(lines, 0x1000)).toEqual(["work /src/small.c:10:21"]);
    expect(shown(lines, 0x104a)).toEqual(["_start /src/small.c:13:30"]);
    expect(linesAt(lines, 0x10)).toEqual([]);
    expect(linesAt(lines, 0x9999)).toEqual([]);
  });

  it("reads what is wanted, and what that refers to", () => {
    const some = addressLines(inlinedElf(version), { wanted: Float64Array.of(0x10, 0x1017) });
    expect(shown(some, 0x1017)).toEqual(shown(lines, 0x1017));
    const none = addressLines(inlinedElf(version), { wanted: Float64Array.of(0x10, 0x9999) });
    expect([none.start.length, none.complete]).toEqual([0, true]);
  });

  it("keeps what can be read of damaged files, in bounded time", () => {
    const random = seeded(version);
    const original = inlinedElf(version);
    let some = 0;
    for (let i = 0; i < 750; i++) {
      try {
        const wanted = i % 2 === 0 ? undefined : Float64Array.of(0x1000, 0x1017, 0x104a);
        const found = addressLines(mutated(original, random), { unpack, wanted });
        for (const offset of [0x1000, 0x1017, 0x104a]) expect(linesAt(found, offset).length).toBeLessThan(10);
        for (let row = 0; row < found.caller.length; row++) expect(found.caller[row]).toBeLessThan(row);
        if (found.start.length > 0) some++;
      } catch (error) {
        expect(error).toBeInstanceOf(FlambeauError);
        expect((error as FlambeauError).offset).toBeTypeOf("number");
      }
    }
    expect(some).toBeGreaterThan(100);
  });

  it("keeps what can be read where the sections alone are damaged", () => {
    const random = seeded(version + 10);
    const original = inlinedElf(version);
    const { sections } = parseElf(original);
    const debug = sections.filter(({ name }) => name.startsWith(".debug_"));
    let whole = 0;
    for (let i = 0; i < 750; i++) {
      const bytes = original.slice();
      for (let n = 0; n < 3; n++) {
        const { offset, size } = debug[Math.floor(random() * debug.length)]!;
        bytes[offset + Math.floor(random() * size)] = Math.floor(random() * 256);
      }
      if (addressLines(bytes).complete) whole++;
    }
    expect(whole).toBeGreaterThan(50);
    expect(whole).toBeLessThan(750);
  });
});

describe("a file without debug information", () => {
  it("has no lines", () => {
    const lines = addressLines(drawElf([{ name: "main", address: 0x400010, size: 0x20 }]));
    expect([lines.start.length, lines.complete]).toEqual([0, true]);
  });
});

describe("hostile debug information", () => {
  /** A file of the given sections. */
  const fileOf = (parts: Readonly<Record<string, Uint8Array>>): ElfFile => {
    const bytes = Buffer.concat(Object.values(parts));
    let offset = 0;
    const sections = Object.entries(parts).map(([name, { length: size }]) => {
      const section = { name, type: 1, offset, size, entrySize: 0, link: 0, packed: false };
      offset += size;
      return section;
    });
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return { bytes, view, wide: true, littleEndian: true, sections, segments: [], buildId: "" };
  };

  it("is left alone where 5,000 units ask for 5,000 long tables", () => {
    const units = Buffer.alloc(5_000 * 12);
    for (let i = 0; i < 5_000; i++) {
      units.writeUInt32LE(8, i * 12);
      units.writeUInt16LE(4, i * 12 + 4);
      units.writeUInt32LE(i * 3, i * 12 + 6);
      units.writeUInt8(8, i * 12 + 10);
      units.writeUInt8(1, i * 12 + 11);
    }
    // Entries without attributes, of three bytes, codes below 128: each table begins a little later than the one before.
    const table = Buffer.alloc(3 * 100_000);
    for (let i = 0; i < table.length; i += 5) table[i] = 1 + (i % 120);
    const lines = addressLines(fileOf({ ".debug_info": units, ".debug_abbrev": table }));
    expect([lines.complete, lines.start.length]).toEqual([false, 0]);
  });

  it("is refused where it claims to unpack to more than it should, or lies about it", () => {
    const packed = (size: number): ElfFile => {
      const header = Buffer.alloc(24);
      header.writeUInt32LE(1, 0);
      header.writeBigUInt64LE(BigInt(size), 8);
      const file = fileOf({ ".debug_info": Buffer.concat([header, deflateSync(Buffer.alloc(1000))]) });
      return { ...file, sections: file.sections.map((section) => ({ ...section, packed: true })) };
    };
    expect(addressLines(packed(1000), { unpack }).start).toHaveLength(0);
    expect(() => addressLines(packed(2 ** 40), { unpack })).toThrow(/claims to unpack/);
    expect(() => addressLines(packed(2000), { unpack })).toThrow(/does not unpack to what it claims/);
    expect(() => addressLines(packed(1000))).toThrow(/cannot be read here/);
  });
});

const folder = mkdtempSync(join(tmpdir(), "flambeau-dwarf-"));
afterAll(() => rmSync(folder, { recursive: true }));

const C = `
#include <stdlib.h>
static inline __attribute__((always_inline)) int leaf(int x) { volatile int y = x; return y * 3; }
static int by_value(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }
__attribute__((noinline, cold)) static void never(int x) { if (x) abort(); }
int main(int argc, char **argv) {
  int v[8];
  for (int i = 0; i < 8; i++) v[i] = leaf(i ^ argc);
  qsort(v, 8, sizeof *v, by_value);
  never(v[0] > 1000);
  return v[0] == 5;
}`;
const CPP = `
#include <algorithm>
#include <functional>
#include <vector>
namespace shop {
struct Cart {
  std::vector<int> items;
  __attribute__((noinline)) int total() const { int sum = 0; for (int i : items) sum += i * i; return sum; }
};
template <class F> __attribute__((noinline)) int each(int n, F f) { int s = 0; for (int i = 0; i < n; i++) s += f(i); return s; }
}
int main(int argc, char **) {
  shop::Cart cart;
  for (int i = 0; i < argc + 5; i++) cart.items.push_back(i);
  std::sort(cart.items.begin(), cart.items.end(), std::greater<int>());
  return cart.total() + shop::each(5, [&](int i) { return i * argc; });
}`;
const RUST = `
mod shop { pub struct Cart<T>(pub Vec<T>); impl<T: Copy + Into<u64>> Cart<T> {
  #[inline(never)] pub fn total(&self) -> u64 { self.0.iter().map(|x| (*x).into() * 3).sum() } } }
fn main() { let n = std::env::args().count() as u32; println!("{}", shop::Cart(vec![n, 2, 3]).total()); }`;
const GO = `package main
func square(x int) int { return x * x }
func sum(n int) int { s := 0; for i := 0; i < n; i++ { s += square(i) }; return s }
func main() { println(sum(100)) }
`;

interface Build {
  readonly title: string;
  readonly source: readonly [name: string, text: string];
  readonly tool: string;
  readonly args: readonly string[];
}

const c = (title: string, ...args: string[]): Build => ({
  title,
  source: ["fixture.c", C],
  tool: "gcc",
  args: ["-O2", "-g", ...args, "fixture.c"],
});
const BUILDS: readonly Build[] = [
  c("gcc, DWARF 4", "-gdwarf-4"),
  c("gcc, DWARF 5", "-gdwarf-5"),
  c("gcc, packed by zlib", "-gz=zlib"),
  c("gcc, sections of functions", "-ffunction-sections", "-Wl,--gc-sections"),
  c("gcc, not optimised", "-O0"),
  { title: "g++", source: ["fixture.cpp", CPP], tool: "g++", args: ["-O2", "-g", "fixture.cpp"] },
  {
    title: "rustc",
    source: ["fixture.rs", RUST],
    tool: "rustc",
    args: ["-O", "-g", "-Csymbol-mangling-version=v0", "fixture.rs"],
  },
  { title: "go", source: ["fixture.go", GO], tool: "go", args: ["build", "fixture.go"] },
];
const installed = (tool: string, ...args: string[]): boolean =>
  spawnSync(tool, args).status === 0 && process.platform === "linux";
const ORACLE = installed("llvm-symbolizer", "--version");
if (!ORACLE) console.warn("llvm-symbolizer is not installed: lines are not compared with it");

/** What llvm-symbolizer says of addresses: for each `name file:line:column`, the innermost first. */
function oracle(path: string, addresses: readonly bigint[]): string[][] {
  const args = ["-e", path, "--inlines", "--functions=linkage", "--no-demangle", "--output-style=LLVM"];
  const input = addresses.map((address) => `0x${address.toString(16)}`).join("\n");
  const answer = execFileSync("llvm-symbolizer", args, { input, encoding: "utf8", maxBuffer: 1 << 28 });
  return answer
    .trimEnd()
    .split("\n\n")
    .map((group) => {
      const lines = group.split("\n");
      return lines.flatMap((name, i) => (i % 2 === 0 ? [`${plain(name)} ${lines[i + 1]}`] : []));
    });
}

/**
 * A name without what the symbol table adds to it: `.part.0` of clones, `.abi0` of Go's assembly. Debug information
 * leaves the scope of names out that have no linker's name; ours says it.
 */
const plain = (name: string): string =>
  readableName(name)
    .replace(/\.(?:cold|part\.\d+|constprop\.\d+|isra\.\d+|abi0)/g, "")
    .replace(/^(?:[^<:]+::)+/, "")
    // What is made from a lambda has no linker's name, and is written differently.
    .replace(/^.*<lambda\(.*$/, "lambda");

describe.skipIf(!ORACLE)("lines and inlined calls as llvm-symbolizer tells them", () => {
  it.each(BUILDS)(
    "$title",
    ({ title, source: [name, text], tool, args }) => {
      if (!installed(tool, tool === "go" ? "version" : "--version"))
        return console.warn(`${tool} is not installed: ${title} skipped`);
      writeFileSync(join(folder, name), text);
      const path = join(folder, `fixture-${BUILDS.findIndex((build) => build.title === title)}`);
      const [last] = args.slice(-1);
      execFileSync(tool, [...args.slice(0, -1), "-o", path, last!], { cwd: folder, stdio: "pipe" });
      const bytes = readFileSync(path);
      const lines = addressLines(bytes, { unpack });
      expect(lines.complete).toBe(true);
      const { offset, address } = parseElf(bytes).segments.find(({ executable }) => executable)!;
      const known = Array.from(lines.start).filter((_, i) => lines.place[i]! >= 0);
      const step = Math.max(1, Math.floor(known.length / 500));
      const offsets = known.filter((_, i) => i % step === 0);
      const theirs = oracle(
        path,
        offsets.map((at) => BigInt(at) - offset + address),
      );
      const ours = offsets.map((at) =>
        linesAt(lines, at).map((place) => `${plain(place.name)} ${place.file}:${place.line}:${place.column}`),
      );
      const places = (found: string[][]) =>
        found.map((group) => group.map((text) => text.replace(/^.* (?=\/)/, "")));
      expect(places(ours)).toEqual(places(theirs));
      // Linkers give functions with the same code one address: which name is told there is a matter of choice.
      const same = ours.filter((group, i) => group.join() === theirs[i]!.join()).length;
      expect(same / ours.length).toBeGreaterThanOrEqual(tool === "gcc" ? 1 : 0.8);
      console.log(`${title}: ${offsets.length} addresses as llvm-symbolizer, ${same} with the same names`);
    },
    15_000,
  );
});
