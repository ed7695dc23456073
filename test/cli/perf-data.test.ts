import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { flambeau, scratch, succeed } from "./run.ts";

const dir = scratch();
const fixture = (path: string): string => fileURLToPath(new URL(`../../fixtures/${path}`, import.meta.url));
const DATA = fixture("perf-data/cpp.data");
const SYMBOLS = fixture("record/symbols");

describe("flambeau with perf.data", () => {
  it("finds names in a folder of symbols, by the file's name", async () => {
    const { stdout, stderr } = await succeed(["fold", DATA, "--symfs", SYMBOLS]);
    expect(stdout).toMatch(/^shapes;(?:.*;)?main;run;.*Circle<\w+>::area/m);
    expect(stderr).toContain("--symfs");
  });

  it("finds names beside the recording", async () => {
    copyFileSync(DATA, `${dir.path}/perf.data`);
    copyFileSync(`${SYMBOLS}/shapes`, `${dir.path}/shapes`);
    expect((await succeed(["fold", `${dir.path}/perf.data`])).stdout).toMatch(/[; ]main;run;/);
    const without = await succeed(["fold", `${dir.path}/perf.data`, "--no-symbols", "-q"]);
    expect(without.stdout).toMatch(/^shapes;.*;\[shapes\];\[shapes\]/m);
    expect(without.stderr).toBe("");
  });

  it("finds names in a file so large that only parts of it are read", async () => {
    const folder = `${dir.path}/large`;
    mkdirSync(folder);
    writeFileSync(
      `${folder}/shapes`,
      Buffer.concat([readFileSync(`${SYMBOLS}/shapes`), Buffer.alloc(1 << 21)]),
    );
    const small = await succeed(["fold", DATA, "--symfs", SYMBOLS]);
    expect((await succeed(["fold", DATA, "--symfs", folder])).stdout).toBe(small.stdout);
  });

  it("writes the viewer with the profile in it", async () => {
    const out = `${dir.path}/out.html`;
    await succeed([DATA, "--symfs", SYMBOLS, "-o", out]);
    expect(readFileSync(out, "utf8")).toContain("<html");
  });

  it("reads a compressed pipe from standard input", async () => {
    const { stdout } = await succeed(["info", "--json", "-"], {
      inputFile: fixture("perf-data/cpp-pipe-zstd.data"),
    });
    expect(JSON.parse(stdout)).toMatchObject({ format: "perf-data" });
  });

  it("says that a list of kernel functions cannot be read", async () => {
    const { code, stderr } = await flambeau(["fold", DATA, "--kallsyms", `${dir.path}/nothing`]);
    expect(code).toBe(2);
    expect(stderr).toContain("--kallsyms takes a copy of /proc/kallsyms");
  });
});
