import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { corpusRoot, haveCorpus } from "../support/corpus.ts";
import { refuse, scratch, shell, succeed } from "./run.ts";

const dir = scratch();
const PERF = fileURLToPath(new URL("../../fixtures/perf-script/cpp.txt", import.meta.url));

describe("flambeau graph", () => {
  it("draws folded stacks from a file and from standard input alike", async () => {
    const file = dir.file("in.folded", "a;b 3\na;c 1\n");
    const fromFile = await succeed(["graph", file]);
    const fromPipe = await succeed(["graph"], { input: "a;b 3\na;c 1\n" });
    expect(fromPipe.stdout).toBe(fromFile.stdout);
    expect(fromFile.stdout).toContain("75.00%");
    const out = `${dir.path}/out.svg`;
    await succeed(["graph", file, "-o", out]);
    expect(readFileSync(out, "utf8")).toBe(fromFile.stdout);
  });

  it("takes every option of flamegraph.pl, abbreviated and with one dash", async () => {
    const attributes = dir.file("names.txt", "b\thref=https://example.org/b\ttitle=the b\n");
    const { stdout } = await succeed(
      [
        "graph",
        ...["--title", "A & B", "--subtitle=sub", "--width", "800", "--height=20", "--minwidth", "0.5%"],
        ...["--fonttype", "Courier", "--fontsize=13.5", "--fontwidth", "0.6", "--countname", "bytes"],
        ...["--nametype=Allocation:", "-color", "mem", "--bgcol", "blue", "--hash", "--inv", "--neg"],
        ...["--notes", "measured twice", "--encoding", "utf-8", "--nameattr", attributes],
        ...["--total", "8", "--fact", "2"],
      ],
      { input: "a;b 3\na;c 1\n" },
    );
    expect(stdout).toContain('encoding="utf-8"');
    expect(stdout).toContain("A &amp; B");
    expect(stdout).toContain("NOTES: measured twice");
    expect(stdout).toContain('width="800"');
    expect(stdout).toContain("https://example.org/b");
    expect(stdout).toContain("bytes");
  });

  it.each([
    ["--reverse"],
    ["--flamechart"],
    ["--random"],
    ["--deterministic"],
    ["--colordiffusion"],
    ["--no-sort"],
    ["--truncate-text-right"],
    ["--uicolor=#123456"],
    ["--search-color=#654321"],
    ["--stroke-color=#abcdef"],
    ["--colors=rust"],
  ])("takes %s", async (option) => {
    expect((await succeed(["graph", option], { input: "a;b 3\na;c 1\n" })).stdout).toContain("</svg>");
  });

  it("titles what it draws", async () => {
    const title = async (...args: string[]): Promise<string | undefined> =>
      /<title>([^<]*)<\/title>/.exec((await succeed(["graph", ...args], { input: "a;b 3\n" })).stdout)?.[1];
    expect(await title()).toBe("Flame Graph");
    expect(await title("--inverted")).toBe("Icicle Graph");
    expect(await title("--flamechart")).toBe("Flame Chart");
    expect(await title("--title=x", "--flame")).toBe("x");
  });

  it("keeps colours in palette.map", async () => {
    await succeed(["graph", "--cp"], { input: "zeta;alpha 3\n", cwd: dir.path });
    const map = readFileSync(`${dir.path}/palette.map`, "utf8");
    expect(map).toMatch(/^alpha->rgb\(\d+,\d+,\d+\)\nzeta->rgb/);
    dir.file("palette.map", map.replace(/alpha->.*/, "alpha->rgb(1,2,3)"));
    const { stdout } = await succeed(["graph", "--cp"], {
      input: "zeta;alpha 3\nzeta;beta 1\n",
      cwd: dir.path,
    });
    expect(stdout).toMatch(/rgb\(1,2,3\)|#010203/);
    expect(readFileSync(`${dir.path}/palette.map`, "utf8")).toMatch(/^alpha->rgb\(1,2,3\)\nbeta->rgb/);
  });

  it("narrows to a function", async () => {
    const { stdout } = await succeed(["graph", "--base", "work"], { input: "main;work;a 3\nmain;idle 9\n" });
    expect(stdout).toContain("work");
    expect(stdout).not.toContain("idle");
  });

  it("answers no stacks with a picture of the error, and exit 2", async () => {
    for (const input of ["", "\n", "a;b 0\n"]) {
      const { stdout } = await refuse(["graph"], { input });
      expect(stdout).toContain("ERROR: ");
      expect(stdout).toContain("</svg>");
    }
  });

  it("draws two columns as a differential", async () => {
    const { stdout } = await succeed(["graph", "--negate"], { input: "a;b 3 5\na;c 1 0\n" });
    expect(stdout).toMatch(/[+-]\d+(\.\d+)?%/);
  });
});

describe("the pipelines, with only the names changed", () => {
  it("perf script | fold | graph", async () => {
    const { stdout, code, stderr } = await shell(`cat "${PERF}" | flambeau fold | flambeau graph`);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("V8_12_Thread");
  });

  it("offcputime -df | graph --color=io --title=Off-CPU", async () => {
    const input = "bash;entry;-;schedule 120\nbash;read;-;finish_task_switch 80\n";
    const file = dir.file("offcpu.folded", input);
    const { stdout, code } = await shell(
      `cat "${file}" | flambeau graph --color=io --title="Off-CPU" --countname=us`,
    );
    expect(code).toBe(0);
    expect(stdout).toContain("<title>Off-CPU</title>");
  });

  it("difffolded a b | graph --negate", async () => {
    const [a, b] = [
      dir.file("before.folded", "x;y 10\nx;z 5\n"),
      dir.file("after.folded", "x;y 20\nx;w 5\n"),
    ];
    const { stdout, code } = await shell(`flambeau difffolded "${a}" "${b}" | flambeau graph --negate`);
    expect(code).toBe(0);
    expect(stdout).toContain("</svg>");
  });

  it("ends quietly when the reader has had enough", async () => {
    const many = dir.file(
      "many.folded",
      Array.from({ length: 200_000 }, (_, i) => `main;f${i} ${i + 1}\n`).join(""),
    );
    const { stdout, stderr, code } = await shell(
      `flambeau fold "${many}" | head -1; echo "\${PIPESTATUS[0]}"`,
    );
    expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
    expect(stdout).toMatch(/^main;f\d+ \d+\n141\n$/);
  });

  it("shows no progress in a pipe", async () => {
    expect((await shell(`flambeau fold "${PERF}" > /dev/null`)).stderr).toBe("");
  });
});

describe("flambeau diff", () => {
  const oldFile = (): string => dir.file("before.folded", "x;y 10\nx;z 5\n");
  const newFile = (): string => dir.file("after.folded", "x;y 20\nx;w 10\n");

  it("draws both sides, or writes them", async () => {
    const out = `${dir.path}/diff.svg`;
    await succeed(["diff", oldFile(), newFile(), "-o", out]);
    const svg = readFileSync(out, "utf8");
    for (const name of ["y", "z", "w"]) expect(svg).toContain(`>${name}`);
    expect((await succeed(["diff", oldFile(), newFile(), "--to", "folded"])).stdout).toBe(
      "x;w 0 10\nx;y 10 20\nx;z 5 0\n",
    );
  });

  it("takes several profiles a side, and normalises", async () => {
    const more = await succeed(["diff", oldFile(), newFile(), "--before", oldFile(), "--to", "folded"]);
    expect(more.stdout).toBe("x;w 0 10\nx;y 20 20\nx;z 10 0\n");
    const normalised = await succeed(["diff", "--normalize", oldFile(), newFile(), "--to", "folded"]);
    expect(normalised.stdout).toBe("x;w 0 10\nx;y 20 20\nx;z 10 0\n");
  });

  it.each([
    ["--width-by=head"],
    ["--width-by=base"],
    ["--diff-color=self"],
    ["--diff-scale=relative"],
    ["--diff-palette=classic"],
  ])("takes %s", async (option) => {
    const { stdout } = await succeed(["diff", option, oldFile(), newFile(), "--to", "svg", "-o", "-"]);
    expect(stdout).toContain("</svg>");
  });
});

describe("flambeau difffolded", () => {
  const folder = `${corpusRoot}/folded`;
  const before = `${folder}/jonhoo__inferno__diff-before.txt`;
  const after = `${folder}/jonhoo__inferno__diff-after.txt`;

  it.skipIf(!haveCorpus).each([
    ["default", []],
    ["normalize", ["-n"]],
    ["striphex", ["-s"]],
  ])("agrees with difffolded.pl and inferno: %s", async (name, options) => {
    expect(existsSync(before)).toBe(true);
    const expected = readFileSync(`${after}.expected.diff-${name}.txt`, "utf8");
    const { stdout } = await succeed(["difffolded", ...options, before, after]);
    expect(stdout.trim().split("\n").sort()).toEqual(expected.trim().split("\n").sort());
  });

  it("cuts scaled counts to whole numbers", async () => {
    const a = dir.file("n1.folded", "x 1\ny 2\n");
    const b = dir.file("n2.folded", "x 5\ny 5\n");
    expect((await succeed(["difffolded", "-n", a, b])).stdout).toBe("x 3 5\ny 6 5\n");
  });
});
