import { closeSync, openSync, readFileSync, statSync, writeSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { flambeau, refuse, scratch, succeed } from "./run.ts";

const dir = scratch();
const fixture = (path: string): string => fileURLToPath(new URL(`../../fixtures/${path}`, import.meta.url));
const commands = ["info", "fold", "graph"] as const;

describe("input that is nothing", () => {
  it.each(commands)("%s: an empty file", async (command) => {
    const { stderr } = await refuse([command, dir.file("empty", "")]);
    expect(stderr).toContain("empty: the input is empty");
  });

  it.each(commands)("%s: a binary that is no profile", async (command) => {
    const noise = Uint8Array.from({ length: 100_000 }, (_, i) => (Math.imul(i + 7, 2654435761) >>> 13) & 255);
    const { stderr } = await refuse([command, dir.file("noise.bin", noise)]);
    expect(stderr).toContain("no known profile format; it looks like binary data that begins with");
    expect((await refuse([command, process.execPath])).stderr).toContain("an ELF program");
  });

  it("text without a stack", async () => {
    expect((await refuse(["fold"], { input: "Dear Sir,\nplease find enclosed\n" })).stderr).toContain(
      "Dear Sir,",
    );
    const asked = await refuse(["fold", "--from", "folded"], { input: "Dear Sir,\nplease find enclosed\n" });
    expect(asked.stderr).toMatch(/folded|count/);
    await refuse(["fold", "--from", "perf-script"], { input: "Dear Sir,\n" });
    await refuse(["fold", "--from", "pprof"], { input: "Dear Sir,\n" });
    await refuse(["fold", "--from", "speedscope"], { input: "Dear Sir,\n" });
    await refuse(["fold", "--from", "v8-cpuprofile"], { input: "Dear Sir,\n" });
  });
});

describe("truncated input keeps what came, with a note", () => {
  const cases: [string, string][] = [
    ["gzip", fixture("pprof/go-cpu.pb.gz")],
    ["pprof", fixture("pprof/go-goroutine-raw.pb")],
    ["cpuprofile", fixture("v8-cpuprofile/documents.cpuprofile")],
    ["speedscope", fixture("speedscope/py-spy-threads.json")],
    ["perf", fixture("perf-script/cpp.txt")],
  ];
  it.each(cases)("%s, cut at many places: a result with a note, or a clear refusal", async (_, path) => {
    const whole = readFileSync(path);
    for (const part of [0.999, 0.9, 0.5, 0.1]) {
      const cut = dir.file("cut", whole.subarray(0, Math.floor(whole.length * part)));
      const { code, stderr } = await flambeau(["fold", cut]);
      expect([0, 2]).toContain(code);
      expect(stderr).not.toMatch(/^\s+at /m);
      if (code === 2) expect(stderr).toMatch(/^flambeau: /);
    }
  });

  it("gzip names the place", async () => {
    const stacks = Array.from(
      { length: 20_000 },
      (_, i) => `main;f${Math.imul(i, 2654435761) >>> 0} 1\n`,
    ).join("");
    const zipped = gzipSync(stacks);
    const cut = dir.file("cut.gz", zipped.subarray(0, zipped.length / 2));
    const { stdout, stderr } = await succeed(["fold", cut]);
    expect(stderr).toMatch(
      /note: the gzip data ends too early; what came before is kept \(at byte offset [\d,]+\)/,
    );
    expect(stdout.split("\n").length).toBeGreaterThan(5_000);
  });
});

describe("input that is extreme", () => {
  it("a stack of 100,000 frames", async () => {
    const deep = dir.file(
      "deep.folded",
      `${Array.from({ length: 100_000 }, (_, i) => `f${i}`).join(";")} 5\na;b 3\n`,
    );
    expect((await succeed(["info", deep])).stdout).toContain("100,000 frames at most");
    expect((await succeed(["fold", deep])).stdout).toBe(
      `a;b 3\n${readFileSync(deep, "utf8").split("\n")[0]}\n`,
    );
    const { stdout, stderr } = await succeed(["graph", deep]);
    expect(stdout).toContain("</svg>");
    expect(stderr).toContain("100,001 rows");
    for (const to of ["pprof", "speedscope", "tree-json"]) await succeed(["convert", "-q", "--to", to, deep]);
    await succeed(["diff", deep, deep, "-o", `${dir.path}/deep.svg`]);
    await succeed(["graph", "--reverse", deep]);
    await succeed(["graph", "--flamechart", deep]);
  });

  it("a line of 100 MB", async () => {
    const path = `${dir.path}/long.folded`;
    const file = openSync(path, "w");
    writeSync(file, "a;b 3\na;");
    const piece = Buffer.alloc(1_000_000, "x");
    for (let i = 0; i < 100; i++) writeSync(file, piece);
    writeSync(file, " 5\na;c 1\n");
    closeSync(file);
    const out = `${dir.path}/long.out`;
    await succeed(["fold", path, "-o", out]);
    // In another order, but the same lines.
    expect(statSync(out).size).toBe(statSync(path).size);
    const { stdout } = await succeed(["info", path]);
    expect(stdout.length).toBeLessThan(2000);
  });

  it("weights that are negative or not finite", async () => {
    const input = "a;b -5\na;c NaN\na;d Infinity\na;e 1e999\na;f 7\n";
    const { stdout, stderr } = await succeed(["fold"], { input });
    expect(stdout).toBe("a;b -5\na;f 7\n");
    expect(stderr).toMatch(/skipped.*line 2/);
    expect(stderr).toMatch(/not a finite number.*line 4/);
    expect((await succeed(["graph"], { input })).stderr).toContain("negative");
  });

  it("invalid UTF-8 passes through fold as it came", async () => {
    const input = Buffer.from([0x61, 0x3b, 0xff, 0xfe, 0x80, 0x20, 0x35, 0x0a]);
    const folded = await succeed(["fold"], { input });
    expect(folded.bytes.equals(input)).toBe(true);
    const drawn = await succeed(["graph"], { input });
    expect(Buffer.from(drawn.stdout).equals(drawn.bytes)).toBe(true);
    expect(drawn.stdout).toContain("\ufffd");
  });
});

describe("names that are traps", () => {
  const input =
    "__proto__;constructor 3\n<script>alert(1)</script>;]]>;</style> 4\ntoString;hasOwnProperty;valueOf 2\n";

  it("are names like any other", async () => {
    const { stdout } = await succeed(["fold"], { input });
    expect(stdout.split("\n").sort()).toEqual(input.split("\n").sort());
    const again = await succeed(["convert", "--to", "speedscope", "-q"], { input });
    const back = await succeed(["fold", "-q"], { input: again.stdout });
    expect(back.stdout.split("\n").sort()).toEqual(input.split("\n").sort());
    const tree = await succeed(["convert", "--to", "tree-json", "-q"], { input });
    expect(tree.stdout).toContain("__proto__");
  });

  it("never become markup in the picture", async () => {
    const { stdout } = await succeed(
      ["graph", "--title", "</title><script>x</script>", "--notes", "--><script>y</script>"],
      { input },
    );
    const markup = stdout.replace(/<!--.*?-->/gs, "");
    expect(markup.match(/<script/g)).toHaveLength(1);
    expect(stdout).not.toContain("--><script");
    expect(stdout).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    const drawnPart = markup.slice(0, markup.lastIndexOf("<script"));
    expect(drawnPart).not.toContain("]]>");
  });

  it("are made harmless for the terminal", async () => {
    const { stdout } = await succeed(["info"], { input: "a;\x1b[31mred\x07x 3\n" });
    expect(stdout).toContain("\\x1b[31mred\\x07x");
    expect(stdout).not.toContain("\x1b");
  });
});

describe("wrapped input", () => {
  const wrapped = (name: string): string =>
    fileURLToPath(new URL(`../../packages/core/src/wrappers/fixtures/${name}`, import.meta.url));

  it("reads the only profile in a zip archive, or the file that it is told", async () => {
    const { stderr } = await refuse(["fold", "--entry", "run/none", wrapped("two.zip")]);
    expect(stderr).toContain("run/README.txt, run/java.perf");
    expect(stderr).toContain("--entry");
    const plain = await succeed(["fold", fixture("perf-script/java-perf-map.txt")]);
    const chosen = await succeed(["fold", "--entry", "java.perf", wrapped("two.zip")]);
    expect(chosen.stdout).toBe(plain.stdout);
    const found = await succeed(["fold", wrapped("two.zip")]);
    expect(found.stdout).toBe(plain.stdout);
    expect(found.stderr).toContain("run/java.perf was read: the other file is no profile");
    for (const file of ["one.zst", "one.lz4", "nested.zip"]) {
      expect((await succeed(["fold", wrapped(file)])).stdout).toBe(plain.stdout);
    }
  });
});
