import { existsSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { flambeau, refuse, scratch, succeed } from "./run.ts";

const dir = scratch();
const fixture = (path: string): string => fileURLToPath(new URL(`../../fixtures/${path}`, import.meta.url));

const PERF = fixture("perf-script/cpp.txt");
const GO_CPU = fixture("pprof/go-cpu.pb.gz");
const GO_HEAP = fixture("pprof/go-heap.pb.gz");
const NODE = fixture("v8-cpuprofile/documents.cpuprofile");
const JFR = fixture("jfr/hot-jdk.jfr.gz");
const TWO_EVENTS = fixture("perf-script/two-events.txt");

interface Info {
  format: string;
  wrappers: string[];
  samples: number;
  distinctStacks: number;
  valueTypes: { name: string; unit: string; total: number; default: boolean }[];
  notes: { code: string }[];
}

async function info(file: string, ...more: string[]): Promise<Info> {
  const { stdout } = await succeed(["info", "--json", file, ...more]);
  return JSON.parse(stdout) as Info;
}

function total(profile: Info, name: string): number | undefined {
  return profile.valueTypes.find((type) => type.name === name)?.total;
}

/** Sum of the counts of folded lines. */
function sumOf(folded: string): number {
  return folded
    .trim()
    .split("\n")
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}

describe("flambeau", () => {
  it("says its version and what it can do", async () => {
    expect((await succeed(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    const { stdout } = await succeed(["--help"]);
    for (const name of ["info", "fold", "graph", "diff", "difffolded", "convert"]) {
      expect(stdout).toContain(`flambeau ${name}`);
      const help = await succeed([name, "--help"]);
      expect(help.stdout).toContain("Examples:\n");
      expect((await succeed(["help", name])).stdout).toBe(help.stdout);
    }
  });

  it("writes the picture to a file, or to a temporary one whose place it says", async () => {
    const out = `${dir.path}/cpu.svg`;
    const written = await succeed([GO_CPU, "-o", out]);
    expect(written.stdout).toBe("");
    expect(readFileSync(out, "utf8")).toContain("main.");
    // An option that only a picture has asks for one.
    const { stdout } = await succeed([GO_CPU, "--title", "t"], { env: { TMPDIR: dir.path } });
    expect(dirname(dirname(stdout.trim()))).toBe(dir.path);
    expect(readFileSync(stdout.trim(), "utf8")).toContain("<svg");
  });

  it("reads standard input, and writes other formats by ending or --to", async () => {
    const out = `${dir.path}/cpu.folded`;
    await succeed(["-", "-o", out, "--quiet"], { inputFile: GO_CPU });
    const { stdout } = await succeed(["--to", "folded", "-q"], { inputFile: GO_CPU });
    expect(stdout).toBe(readFileSync(out, "utf8"));
    expect(sumOf(stdout)).toBe(total(await info(GO_CPU), "cpu"));
  });

  it("merges several files, or keeps them side by side", async () => {
    const a = dir.file("a.folded", "x;y 1\n");
    const b = dir.file("b.folded", "x;y 2\nz 4\n");
    expect((await succeed([a, b, "--to", "folded"])).stdout).toBe("x;y 3\nz 4\n");
    expect((await succeed([a, b, a, "--separate", "--to", "folded"])).stdout).toBe(
      "a.folded;x;y 1\na.folded (2);x;y 1\nb.folded;x;y 2\nb.folded;z 4\n",
    );
  });

  it("says which types are taken as one, and refuses those that cannot be", async () => {
    const { stdout, stderr } = await succeed([GO_CPU, NODE, "--separate", "--to", "folded"]);
    expect(stderr).toContain("wall/nanoseconds of one input is taken as cpu/nanoseconds");
    expect(stdout).toContain("documents.cpuprofile;");
    expect((await refuse([GO_CPU, GO_HEAP, "--to", "folded"])).stderr).toContain("count different things");
  });

  it("refuses what is neither a command nor a file", async () => {
    expect((await refuse(["inof", PERF])).stderr).toContain("cannot read inof: there is no such file");
    expect((await refuse([PERF, "-o", `${dir.path}/x.xyz`])).stderr).toContain("--to folded");
    expect((await refuse([dir.path])).stderr).toContain("is a directory");
    expect((await refuse([PERF, "-o", `${dir.path}/no/such/dir.svg`])).stderr).toContain("cannot write");
  });
});

describe("flambeau info", () => {
  it("tells format, totals, threads and the heaviest functions", async () => {
    const { stdout } = await succeed(["info", PERF]);
    expect(stdout).toMatch(/format +Linux perf script \(perf-script\)/);
    expect(stdout).toMatch(/cpu-clock\/nanoseconds +[\d.]+ (s|ms) +\(default\)/);
    expect(stdout).toMatch(/threads +\S/);
    expect(stdout).toMatch(/most self +[\d.]+% /);
  });

  it("writes one JSON object per file", async () => {
    const { stdout } = await succeed(["info", "--json", GO_CPU, NODE]);
    const objects = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Info);
    expect(objects.map((object) => object.format)).toEqual(["pprof", "v8-cpuprofile"]);
    expect(objects[0]!.wrappers).toEqual(["gzip"]);
    expect(total(objects[0]!, "samples")).toBeGreaterThan(100);
  });

  it("reads gzip of any format, from a pipe as well", async () => {
    const zipped = dir.file("perf.txt.gz", gzipSync(readFileSync(PERF)));
    const plain = await info(PERF);
    expect(await info(zipped)).toMatchObject({ ...plain, file: zipped, wrappers: ["gzip"] });
    const { stdout } = await succeed(["info", "--json"], { inputFile: zipped });
    expect(JSON.parse(stdout)).toMatchObject({ samples: plain.samples, file: "standard input" });
  });

  it("reads the same without WebAssembly", async () => {
    expect(await info(PERF, "--plain")).toEqual(await info(PERF));
  });
});

describe("flambeau fold", () => {
  it("weighs by period, and has the thread's name as root", async () => {
    const { stdout } = await succeed(["fold", PERF]);
    expect(sumOf(stdout)).toBe(total(await info(PERF), "cpu-clock"));
    const lines = stdout.split("\n");
    expect([...lines].sort()).toEqual(["", ...lines.slice(0, -1).sort()]);
    expect(stdout).toMatch(/^shapes;/m);
  });

  it("marks, names and filters as the Perl script's options say", async () => {
    const plain = await succeed(["fold", PERF]);
    expect(plain.stdout).not.toContain("_[k]");
    const kernel = await succeed(["fold", "--kernel", PERF]);
    expect(kernel.stdout).toMatch(/_\[k\](;| )/);
    expect(kernel.stdout.replaceAll("_[k]", "").split("\n").sort()).toEqual(plain.stdout.split("\n").sort());
    expect((await succeed(["fold", "--pid", PERF])).stdout).toMatch(/^shapes-(\?|\d+);/m);
    expect((await succeed(["fold", "--tid", PERF])).stdout).toMatch(/^shapes-(\?|\d+)\/\d+;/m);
    const java = fixture("perf-script/java-perf-map.txt");
    expect((await succeed(["fold", "--all", java])).stdout).toMatch(/_\[j\]/);
    expect((await succeed(["fold", "--jit", java])).stdout).not.toContain("_[k]");
  });

  it("begins stacks at a function, without the thread's name", async () => {
    const input = "a;b;main;c 1\nx;y 2\n";
    const { stdout } = await succeed(["fold", "--skip-after", "main"], { input });
    expect(stdout).toBe("main;c 1\nx;y 2\n");
  });

  it("leaves inlined functions out", async () => {
    const { stdout } = await succeed(["fold", "--no-inline"], { input: "a;b_[i];c 1\na;b_[i] 2\n" });
    expect(stdout).toBe("a 2\na;c 1\n");
  });

  it("counts one event, says which, and counts another when asked", async () => {
    const first = await succeed(["fold", TWO_EVENTS]);
    expect(first.stderr).toContain("choose with --event");
    const profile = await info(TWO_EVENTS);
    const [chosen, other] = [true, false].map(
      (isDefault) =>
        profile.valueTypes.find((type) => type.default === isDefault && !/samples$/.test(type.name))!,
    );
    expect(sumOf(first.stdout)).toBe(chosen!.total);
    const second = await succeed(["fold", "--event", other!.name, TWO_EVENTS]);
    expect(second.stderr).toBe("");
    expect(sumOf(second.stdout)).toBe(other!.total);
    // Without what perf says of the event behind its name.
    const plain = other!.name.replace(/\/.*/, "");
    expect((await succeed(["fold", `--event-filter=${plain}`, TWO_EVENTS])).stdout).toBe(second.stdout);
    expect((await refuse(["fold", "--event", "nonsense", TWO_EVENTS])).stderr).toContain(plain);
  });

  it("reads no more of a recording than the value type that is shown, and says so", async () => {
    const usual = await succeed(["fold", JFR]);
    expect(usual.stderr).toMatch(/only cpu was folded, not .*alloc_sample_bytes.*; choose with --event/);
    for (const type of ["cpu", "alloc_sample_bytes", "mutex_delay"]) {
      const chosen = await succeed(["fold", "--type", type, JFR]);
      // Times count from the first sample of any kind, so that here everything is read.
      const all = await succeed(["fold", "--type", type, "--to-time", "1h", JFR]);
      expect([chosen.stderr, chosen.stdout]).toEqual(["", all.stdout]);
      if (type === "cpu") expect(usual.stdout).toBe(all.stdout);
    }
    expect((await succeed(["graph", JFR])).stderr).toContain("left unread");
    expect((await succeed(["graph", "--type", "cpu", JFR])).stderr).toBe("");
    expect((await refuse(["fold", "--type", "nonsense", JFR])).stderr).toContain("alloc_sample_bytes/bytes");
  });

  it("folds other profiles, by any of their value types", async () => {
    for (const { name, total: sum } of (await info(GO_HEAP)).valueTypes) {
      const { stdout } = await succeed(["fold", "--type", name, GO_HEAP]);
      expect(sumOf(stdout || "x 0")).toBe(sum);
    }
  });
});

describe("the filters", () => {
  const input = "main;parse;read 1\nmain;parse 2\nmain;draw;main;read 4\nidle 8\n";
  it.each([
    [["--focus", "^read$"], "main;draw;main;read 4\nmain;parse;read 1\n"],
    [["--ignore", "read", "--ignore", "idle"], "main;parse 2\n"],
    [["--hide", "^main$"], "draw;read 4\nidle 8\nparse 2\nparse;read 1\n"],
    [["--prune", "parse|draw"], "idle 8\nmain;draw 4\nmain;parse 3\n"],
    [["--trim-root", "^(parse|draw)$"], "draw;main;read 4\nidle 8\nparse 2\nparse;read 1\n"],
    [["--collapse-recursion=cycles"], "idle 8\nmain;parse 2\nmain;parse;read 1\nmain;read 4\n"],
  ])("%j", async (options, expected) => {
    expect((await succeed(["fold", ...options], { input })).stdout).toBe(expected);
  });

  it("by thread, label and time", async () => {
    const all = sumOf((await succeed(["fold", PERF])).stdout);
    const early = sumOf((await succeed(["fold", "--to-time", "50ms", PERF])).stdout);
    const late = sumOf((await succeed(["fold", "--from-time", "50ms", PERF])).stdout);
    expect(early).toBeGreaterThan(0);
    expect(early + late).toBe(all);
    const thread = await succeed(["fold", "--thread", "/^V8/", PERF]);
    expect(
      thread.stdout
        .trim()
        .split("\n")
        .every((line) => line.startsWith("V8_12_Thread;")),
    ).toBe(true);
    const none = await refuse(["fold", "--label", "no=such", GO_CPU]);
    expect(none.stderr).toContain("no sample passes the filters");
    expect((await refuse(["fold", "--focus", "("], { input })).stderr).toContain("regular expression");
    expect((await refuse(["fold", "--from-time", "1s", GO_CPU])).stderr).toContain("have no times");
  });

  it("with or without threads as root frames, by module or file", async () => {
    expect((await succeed(["fold", "--no-threads-as-roots", PERF])).stdout).not.toMatch(/^V8_12_Thread;/m);
    expect((await succeed(["fold", "--group-by", "module", PERF])).stdout).toMatch(/;libc\.so\.6[; ]/);
  });
});

describe("flambeau convert", () => {
  it.each(["chrome-trace", "v8-cpuprofile", "firefox", "speedscope"])(
    "keeps single samples for %s",
    async (to) => {
      const { stderr } = await succeed(["convert", PERF, "-o", `${dir.path}/timed.${to}`, "--to", to]);
      expect(stderr).not.toContain("Samples have no time");
      const back = await info(`${dir.path}/timed.${to}`);
      const sum = back.valueTypes.find((type) => type.default)!.total;
      const idle = to === "v8-cpuprofile" ? 40_000_000 : 0;
      expect(sum - total(await info(PERF), "cpu-clock")!).toBeLessThanOrEqual(idle + 1000);
      expect(sum).toBeGreaterThan(200_000_000);
    },
  );

  it.each(["pb.gz", "pb", "speedscope.json", "folded", "folded.gz"])("to .%s and back", async (ending) => {
    const out = `${dir.path}/converted.${ending}`;
    await succeed(["convert", GO_CPU, "-o", out, "-q"]);
    const [before, after] = [await info(GO_CPU), await info(out)];
    const cpu = after.valueTypes.find((type) => type.default)!.total;
    expect(cpu).toBe(total(before, "cpu"));
    expect(after.wrappers).toEqual(ending.endsWith("gz") ? ["gzip"] : []);
  });

  it("writes the tree, the picture, and compressed pprof to a pipe", async () => {
    const tree = await succeed(["convert", "--to", "tree-json", "-q"], { input: "a;b 2\n" });
    expect(JSON.parse(tree.stdout)).toMatchObject({ total: 2 });
    expect((await succeed(["convert", "--to", "svg"], { input: "a;b 2\n" })).stdout).toContain("</svg>");
    const pprof = await succeed(["convert", "--to=pprof", "-q"], { input: "a;b 2\n" });
    expect(gunzipSync(pprof.bytes).includes("samples")).toBe(true);
  });

  it("says what the format cannot hold", async () => {
    const { stderr } = await succeed(["convert", GO_CPU, "-o", `${dir.path}/lossy.folded`]);
    expect(stderr).toContain("flambeau: note: folded stacks have no labels");
  });

  it("needs to know the format", async () => {
    expect((await refuse(["convert", GO_CPU])).stderr).toContain("--to pprof");
    expect((await refuse(["convert", "--to", "xml", GO_CPU])).stderr).toContain("Allowed choices are svg");
  });

  it("leaves an older result alone when the input cannot be read", async () => {
    const out = dir.file("kept.folded", "old");
    await refuse(["convert", dir.file("empty.txt", ""), "-o", out]);
    expect(readFileSync(out, "utf8")).toBe("old");
    await refuse(["convert", "no-such-file", "-o", `${dir.path}/never.folded`]);
    expect(existsSync(`${dir.path}/never.folded`)).toBe(false);
  });
});

describe("exit", () => {
  it.each([
    [["graph", "--nonsense"], "unknown option '--nonsense'"],
    [["graph", "--t", "x"], "option --t is ambiguous"],
    [["graph", "--width", "abc"], "whole number"],
    [["fold", "--threads=0"], "whole number"],
    [["fold", "--from", "nonsense"], 'there is no input format "nonsense"'],
    [["difffolded", "one"], "missing required argument 'head'"],
    [["diff", "one"], "needs two profiles"],
    [["convert", "--to"], "argument missing"],
  ])("2 for %j", async (args, message) => {
    expect((await refuse(args, { input: "a 1\n" })).stderr).toContain(message);
  });

  it("70 with a trace for a fault of ours", async () => {
    // A module that fails in the middle of the work, as a bug would.
    const broken = dir.file(
      "broken.mjs",
      "Float64Array.prototype.slice = () => { throw new TypeError('oops'); };",
    );
    const { code, stderr } = await flambeau(["fold"], {
      input: "a 1\n",
      env: { NODE_OPTIONS: `--import ${broken}` },
    });
    expect(code).toBe(70);
    expect(stderr).toContain("this is a bug in flambeau");
    expect(stderr).toMatch(/TypeError: oops\n\s+at /);
  });
});
