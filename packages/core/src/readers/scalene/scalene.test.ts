import { describe, expect, it } from "vitest";
import { foldedWith } from "../../../../../test/support/folded-with.ts";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { bytesOf, headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { scaleneReader } from "./index.ts";

const line = (
  lineno: number,
  text: string,
  python: number,
  c: number,
  sys: number,
  malloc: number,
): object => ({
  lineno,
  line: text,
  n_cpu_percent_python: python,
  n_cpu_percent_c: c,
  n_sys_percent: sys,
  n_malloc_mb: malloc,
});

const file = {
  alloc_samples: 2,
  elapsed_time_sec: 2,
  program: "/app/w.py",
  files: {
    "/app/w.py": {
      functions: [{ line: "hot", lineno: 3 }],
      lines: [line(1, "x = 1\n", 0, 0, 0, 1.5), line(4, "    x()\n", 25, 10, 5, 0)],
    },
    __proto__x: { lines: [line(7, "x", 1, 0, 0, 0)], functions: [] },
  },
  stacks: [],
};

describe("scalene reader", () => {
  it("reads lines with their time and what they allocated", async () => {
    expect(scaleneReader.sniff(headOf(file))).toBe("yes");
    const profile = await readWith(scaleneReader, file);
    const text = ({ name, file: path, line: at }: { name: string; file: string; line: number }) =>
      `${name}@${path}:${at}`;
    expect(foldedWith(profile, 0, text)).toEqual([
      "<module>@/app/w.py:1 0",
      "<module>@__proto__x:7 20000000",
      "hot@/app/w.py:4 800000000",
    ]);
    expect(foldedWith(profile, 1, text)).toContain("<module>@/app/w.py:1 1572864");
    const native = profile.labelSets.findIndex((set) => set[0]?.value === "native");
    const row = profile.samples.labels!.indexOf(native);
    expect([profile.labelSets[native], profile.samples.weights[0]![row]]).toEqual([
      [{ key: "code", value: "native" }],
      2e8,
    ]);
    expect(profile.meta).toMatchObject({ title: "/app/w.py", duration: 2e9 });
    expect(noteCodes(profile)).toEqual(["lines-only×1"]);
  });

  it("reads the samples with stacks that scalene 2 has", async () => {
    const frame = (name: string, kind: string, line: number | null, ip: number | null): object => ({
      display_name: name,
      filename_or_module: kind === "py" ? "/app/w.py" : name === "" ? "" : "/lib/libpython.so",
      ip,
      kind,
      line,
      offset: null,
    });
    const { alloc_samples, ...rest } = file;
    const modern = {
      alloc_samples,
      async_profile: true,
      combined_stacks: [
        [[frame("<module>", "py", 9, null), frame("hot", "py", 4, null)], 41],
        [
          [
            frame("<module>", "py", 9, null),
            frame("PyObject_Vectorcall", "native", null, 4096),
            frame("", "native", null, 8192),
          ],
          3,
        ],
      ],
      ...rest,
      stacks: [[["/app/w.py hot:4;"], { count: 41 }]],
    };
    expect(scaleneReader.sniff(headOf(modern))).toBe("yes");
    expect(scaleneReader.sniff(headOf(JSON.stringify(modern).slice(0, 400)))).toBe("yes");
    const profile = await readWith(scaleneReader, modern);
    expect(profile.valueTypes.map(({ name, unit }) => `${name}/${unit}`)).toEqual([
      "samples/count",
      "cpu/nanoseconds",
      "malloc/bytes",
    ]);
    expect(profile.meta.defaultValueType).toBe(1);
    const named = foldedWith(profile, 0, ({ name, line: at }) => `${name}:${at}`).filter(
      (text) => !text.endsWith(" 0"),
    );
    expect(named).toContain("<module>:9;hot:4 41");
    expect(named).toHaveLength(2);
    const native = profile.frames.address.indexOf(4096n);
    expect(profile.mappings[profile.frames.mapping[native]!]!.path).toBe("/lib/libpython.so");
    expect(profile.frames.name[profile.frames.address.indexOf(8192n)]).toBe(0);
    expect(noteCodes(profile)).toEqual(["lines-only×1"]);
    await readMutations(scaleneReader, bytesOf(modern), 500);
  });

  it("finds the function of a line by indentation", async () => {
    const text = [
      "class A:",
      "    def f(self):",
      "        for i in x:",
      "",
      "            g(i)",
      "# end",
      "    y = 1",
      "def h():",
      "    g(1)",
      "h()",
    ];
    const lines = text.map((one, i) => line(i + 1, `${one}\n`, 1, 0, 0, 0));
    const functions = [
      { line: "h", lineno: 8 },
      { line: "A.f", lineno: 2 },
    ];
    const profile = await readWith(scaleneReader, { ...file, files: { "a.py": { lines, functions } } });
    const names = Array.from(profile.frames.name, (name) => profile.strings.get(name));
    expect(names).toEqual(["<module>", "A.f", "A.f", "A.f", "A.f", "A.f", "<module>", "h", "h", "<module>"]);
  });

  it("notes stacks, a cut file, and has percentages where the time is not known", async () => {
    const filled = await readWith(scaleneReader, { ...file, stacks: [[["a"], {}]], elapsed_time_sec: null });
    expect(noteCodes(filled)).toEqual(["stacks×1", "lines-only×1"]);
    expect(filled.valueTypes[0]).toEqual({ name: "cpu", unit: "percent" });
    const text = JSON.stringify(file);
    const cut = await readWith(scaleneReader, text.slice(0, text.indexOf("__proto__x")));
    expect(noteCodes(cut)).toEqual(["truncated×1", "lines-only×1"]);
    expect((await readingError(scaleneReader, "{")).code).toBe("truncated");
  });

  it("reads or refuses mutations", async () => {
    expect(await readMutations(scaleneReader, bytesOf(file), 3000)).toBeGreaterThan(100);
  });
});
