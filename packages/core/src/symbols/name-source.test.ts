import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { drawElf } from "../../../../test/support/elf.ts";
import { inlinedElf } from "../../../../test/support/inlined-elf.ts";
import { Bytes } from "../../../../test/support/perf-data.ts";
import { mutated, seeded } from "../../../../test/support/reading.ts";
import { type CodeModule, callsAt } from "../codec/code-names.ts";
import { Notes } from "../model/notes.ts";
import { FlambeauError } from "../util/errors.ts";
import { readJitDump } from "./jitdump.ts";
import { readKallsyms } from "./kallsyms.ts";
import { namesFromFiles } from "./name-source.ts";
import { readPerfMap } from "./perf-map.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const SHAPES = readFileSync(
  fileURLToPath(new URL("../../../../fixtures/record/symbols/shapes", import.meta.url)),
);

const module = (path: string, more: Partial<CodeModule> = {}): CodeModule => ({
  path,
  buildId: "",
  pid: -1,
  kernel: undefined,
  dumps: [],
  ...more,
});

/** What a source with these files says of addresses, and the codes of its notes. */
async function ask(
  files: Record<string, Uint8Array>,
  asked: CodeModule,
  addresses: readonly number[],
  kallsyms?: Uint8Array,
): Promise<[names: (string | undefined)[] | undefined, notes: string[]]> {
  const notes = new Notes();
  const table = new Map(Object.entries(files));
  const source = namesFromFiles({
    *find(path) {
      const bytes = table.get(path);
      if (bytes !== undefined) yield bytes;
    },
    kallsyms: () => kallsyms,
  });
  const names = await source.open(asked, notes);
  const codes = notes.list().map(({ code }) => code);
  return [names && addresses.map((address) => names.at(address, 10)), codes];
}

/** A jitdump: loads (name, address, size, number, time) and moves. */
function jitDump(
  loads: readonly (readonly [name: string, address: number, size: number, number: number, time: number])[],
  little = true,
): Uint8Array {
  const bytes = new Bytes(little).u32(0x4a695444, 1, 40, 62, 0, 7).u64(0, 0);
  for (const [name, address, size, number, time] of loads) {
    const text = new Bytes(little).text(name).bytes;
    bytes
      .u32(0, 56 + text.length)
      .u64(time)
      .u32(7, 7)
      .u64(0, address, size, number)
      .raw(text);
  }
  return bytes.bytes;
}

describe("perf-PID.map", () => {
  it("lets later lines take the place of what they overlap", () => {
    const map = readPerfMap(
      encode("100 40 old one\n0x120 0x10 new\nnonsense\n200 0 empty\n7f0000000000 8 far\r\n120 10 newest"),
    );
    expect(
      [0xff, 0x100, 0x11f, 0x120, 0x12f, 0x130, 0x13f, 0x140, 0x7f0000000007].map((at) => map.at(at, 0)),
    ).toEqual([undefined, "old one", "old one", "newest", "newest", "old one", "old one", undefined, "far"]);
    expect(map.length).toBe(4);
  });

  it("agrees with looking at every line from the last, whatever overlaps", () => {
    const random = seeded(5);
    const number = (most: number): number => Math.floor(random() * most);
    const lines = Array.from({ length: 300 }, (_, i) => ({
      start: number(500),
      size: 1 + number(60),
      name: `f${i}`,
    }));
    const map = readPerfMap(
      encode(
        lines.map(({ start, size, name }) => `${start.toString(16)} ${size.toString(16)} ${name}`).join("\n"),
      ),
    );
    for (let address = 0; address < 600; address++) {
      const line = lines.findLast(({ start, size }) => address >= start && address < start + size);
      expect(map.at(address, 0)).toBe(line?.name);
    }
  });
});

describe("a jitdump", () => {
  it.each([true, false])("knows what was there at a time; little endian: %s", (little) => {
    const dump = readJitDump(
      jitDump(
        [
          ["first", 0x100, 0x20, 1, 5],
          ["second", 0x110, 0x20, 2, 50],
        ],
        little,
      ),
    );
    expect([
      dump.at(0x118, 10),
      dump.at(0x118, 60),
      dump.at(0x105, 60),
      dump.at(0x12f, 60),
      dump.at(0x130, 60),
    ]).toEqual(["first", "second", "first", "second", undefined]);
    expect([dump.byNumber(2), dump.byNumber(3), dump.loads]).toEqual(["second", undefined, 2]);
  });

  it("survives any damage", () => {
    const bytes = jitDump([
      ["a", 1, 2, 3, 4],
      ["b", 5, 6, 7, 8],
    ]);
    const random = seeded(9);
    for (let i = 0; i < 1000; i++) {
      try {
        readJitDump(mutated(bytes, random)).at(5, 5);
      } catch (error) {
        expect(error).toBeInstanceOf(FlambeauError);
      }
    }
  });
});

describe("the kernel's list", () => {
  const list =
    "ffffffff81000000 T _text\nffffffff81000000 T _stext\nffffffff81000010 t f\nffffffff82000000 D data\nffffffffc0000000 t g\t[mod]\n";

  it("keeps functions with signed addresses", () => {
    const { functions, textStart, hidden } = readKallsyms(encode(list));
    expect(textStart).toBe(-0x7f000000);
    expect(hidden).toBe(false);
    expect(functions.name(functions.find(-0x7f000000 + 0x18))).toBe("f");
    expect(functions.name(functions.find(-0x40000000))).toBe("g");
  });

  it("is moved to where the kernel was when it was recorded; its modules are not", async () => {
    const kernel = { buildId: "", textStart: -0x70000000 };
    const [names, notes] = await ask(
      {},
      module("[kernel.kallsyms]", { kernel }),
      [-0x70000000 + 0x11],
      encode(list),
    );
    expect([names, notes]).toEqual([["f"], []]);
    expect((await ask({}, module("[mod]", { kernel }), [-0x40000000], encode(list)))[0]).toEqual(["g"]);
  });

  it("is taken from the running kernel only where that was recorded", async () => {
    const note = new Bytes()
      .u32(4, 4, 3)
      .raw(encode("GNU\0"))
      .raw(Uint8Array.of(1, 2, 3, 4)).bytes;
    const files = { "/sys/kernel/notes": note, "/proc/kallsyms": encode(list) };
    const of = (buildId: string) =>
      module("[kernel.kallsyms]", { kernel: { buildId, textStart: undefined } });
    expect((await ask(files, of("01020304"), [-0x7f000000 + 0x11]))[0]).toEqual(["f"]);
    expect((await ask(files, of("ffffffff"), []))[0]).toBeUndefined();
    const zeros = { ...files, "/proc/kallsyms": encode("0000000000000000 T _text\n0000000000000000 t f\n") };
    expect(await ask(zeros, of("01020304"), [])).toEqual([undefined, ["kernel-addresses-hidden"]]);
  });
});

describe("names from files", () => {
  const elf = drawElf([{ name: "_Z4mainv", address: 0x400010, size: 0x20 }]);

  it("are those of the recorded file, of its debug file by build id, or none", async () => {
    expect(await ask({ "/bin/a": elf }, module("/bin/a", { buildId: "ab01ff" }), [0x1010, 0x1030])).toEqual([
      ["main", undefined],
      [],
    ]);
    expect(await ask({ "/bin/a": elf }, module("/bin/a", { buildId: "ab02ff" }), [])).toEqual([
      undefined,
      ["build-id-mismatch"],
    ]);
    const debug = { "/usr/lib/debug/.build-id/ab/01ff.debug": elf };
    expect((await ask(debug, module("/bin/a", { buildId: "ab01ff" }), [0x1010]))[0]).toEqual(["main"]);
    const cached = { "~/.debug/.build-id/ab/01ff/elf": elf };
    expect((await ask(cached, module("/bin/a (deleted)", { buildId: "ab01ff" }), [0x1010]))[0]).toEqual([
      "main",
    ]);
    expect((await ask({ "/bin/a": elf }, module("/bin/a (deleted)"), []))[0]).toBeUndefined();
  });

  it("of damaged files are noted, not used", async () => {
    const [names, notes] = await ask({ "/bin/a": encode("#!/bin/sh") }, module("/bin/a"), []);
    expect([names, notes]).toEqual([undefined, ["unusable-symbol-file"]]);
  });

  it("of code made at run time come from its dump, then its map; of one function's file by its number", async () => {
    const files = {
      "/home/jit-7.dump": jitDump([["from dump", 0x100, 0x20, 3, 5]]),
      "/tmp/perf-7.map": encode("100 20 from map\n200 20 only in map\n"),
    };
    const anonymous = module("/tmp/perf-7.map", { pid: 7, dumps: ["/home/jit-7.dump"] });
    expect((await ask(files, anonymous, [0x110, 0x210, 0x300]))[0]).toEqual([
      "from dump",
      "only in map",
      undefined,
    ]);
    const single = module("/home/jitted-7-3.so", { pid: 7 });
    expect((await ask(files, single, [0x80]))[0]).toEqual(["from dump"]);
  });

  it("of a real program agree with what it was built from", async () => {
    const source = namesFromFiles({
      *find() {
        yield SHAPES;
      },
      kallsyms: () => undefined,
    });
    const names = await source.open(module("/shapes"), new Notes());
    const found = new Set(Array.from({ length: 0x2000 }, (_, i) => names?.at(0x2000 + i, 0)));
    for (const name of ["main", "run", "nested", "(anonymous namespace)::Circle<double>::area"]) {
      expect(found).toContain(name);
    }
  });
});

describe("places in the source", () => {
  const source = (bytes: Uint8Array) =>
    namesFromFiles({
      *find(path) {
        if (path === "/bin/small") yield bytes;
      },
      kallsyms: () => undefined,
    });
  const calls = async (bytes: Uint8Array, wanted: Float64Array | undefined, address: number) => {
    const notes = new Notes();
    const names = await source(bytes).open(module("/bin/small"), notes, wanted);
    const found = callsAt(names, address, 0)?.map(({ name, line }) => `${name}:${line}`);
    return [found, notes.list().map(({ code }) => code)];
  };

  it("are told of the addresses that are wanted, with the calls that were inlined there", async () => {
    const wanted = Float64Array.of(0x1017);
    const expected = ["leaf:1", "middle:4", "work:10"];
    expect(await calls(inlinedElf(5), wanted, 0x1017)).toEqual([expected, []]);
    expect(await calls(inlinedElf(5), undefined, 0x1017)).toEqual([["work:0"], []]);
  });
});

describe("calls at an address", () => {
  const place = (name: string, line: number) => ({ name, file: "f.c", line });
  const names = (name: string | undefined, ...places: { name: string; file: string; line: number }[]) => ({
    at: () => name,
    places: () => places,
  });

  it("end with the function that the symbols name", () => {
    expect(callsAt(undefined, 1, 0)).toBeUndefined();
    expect(callsAt(names(undefined), 1, 0)).toBeUndefined();
    expect(callsAt(names("f"), 1, 0)).toEqual([{ name: "f", file: "", line: 0 }]);
    expect(callsAt(names("f", place("g", 1), place("x", 2)), 1, 0)).toEqual([place("g", 1), place("f", 2)]);
    expect(callsAt(names(undefined, place("x", 2)), 1, 0)).toEqual([place("x", 2)]);
    expect(callsAt(names(undefined, place("", 2)), 1, 0)).toBeUndefined();
  });

  it("leave out inlined ones where one has no name", () => {
    expect(callsAt(names("f", place("g", 1), place("", 3), place("x", 2)), 1, 0)).toEqual([place("f", 2)]);
  });
});

describe("names packed in the binary (.gnu_debugdata)", () => {
  /** By xz: an ELF file as {@link drawElf} draws it, whose one local function `hidden` lies at 0x400100. */
  const PACKED = Buffer.from(
    "/Td6WFoAAAFpIt42AgAhARwAAAAQz1jM4B//ALNdAD+RRYRoPYYlmxlHoXirRrTOKFO95Y0lT7NJ1phNDmrsoKQ6xSsqH3pBbkg1veTnPjLcRiEASa+tw3aDyXNoX+tI+JoQ508MuHpcVVUSsyxBaXp2DUgSFUbNWoyarJWQHZekmwcYppISYyVi3U/h9S+x+ZC4FLMIuCxbqhGu575UWeJDKSbDkRpLJ/ZNwnlmdDl0C0KGXzzZsXG1QU2QujECoOaiEbG6ILEDgmMaH9KASvwAAAABoUkGAAHLAYBAAADhKNkYPjANiwIAAAAAAVla",
    "base64",
  );

  /** A stripped binary: what the dynamic linker knows, and a packed section behind it. */
  function stripped(packed: Uint8Array): Uint8Array {
    const drawn = drawElf([{ name: "exported", address: 0x400200, size: 0x10 }]);
    const bytes = new Uint8Array(drawn.length + packed.length);
    bytes.set(drawn);
    bytes.set(packed, drawn.length);
    const view = new DataView(bytes.buffer);
    // The table of symbols becomes that of the dynamic linker, and the note a section with the packed names.
    view.setUint32(0x200 + 2 * 64 + 4, 11, true);
    bytes.set(new TextEncoder().encode(".gnu_debugdata\0"), 0x7c0);
    view.setUint32(0x200 + 64, 0xc0, true);
    view.setUint32(0x200 + 64 + 4, 1, true);
    view.setBigUint64(0x200 + 64 + 24, BigInt(drawn.length), true);
    view.setBigUint64(0x200 + 64 + 32, BigInt(packed.length), true);
    return bytes;
  }

  it("are unpacked, and stand beside those that the dynamic linker knows", async () => {
    const offsets = [0x1100, 0x1110, 0x1200];
    const found = await ask({ "/bin/app": stripped(PACKED) }, module("/bin/app"), offsets);
    expect(found).toEqual([["hidden", undefined, "exported"], []]);
    const damaged = await ask({ "/bin/app": stripped(PACKED.subarray(0, 60)) }, module("/bin/app"), offsets);
    expect(damaged).toEqual([[undefined, undefined, "exported"], ["packed-symbols"]]);
  });
});
