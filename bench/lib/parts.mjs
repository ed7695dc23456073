import { closeSync, existsSync, openSync, readSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { distinctStacks, megabytesOf, perfText, work } from "./inputs.mjs";
import { measure, rounds, warm } from "./measure.mjs";
import { flambeau, root, threads, tools } from "./tools.mjs";

const node = process.execPath;
const out = (name) => join(work, `out-${name}`);

/** A contender: our command with some arguments, its output in a file of its own. */
const ours = (name, args, output) => ({
  name,
  command: node,
  args: [flambeau, ...args],
  output: out(output),
});
const present = (contenders) => contenders.filter((contender) => contender.command !== undefined);

/** `perf script` text → folded stacks. */
export async function fold({ sizes, runs, tell }) {
  const tables = [];
  for (const size of sizes) {
    const input = await perfText(size, tell);
    await warm(input);
    const contenders = present([
      ours("flambeau fold", ["fold", input], "fold.folded"),
      ours("flambeau fold --threads 1", ["fold", "--threads", "1", input], "fold-1.folded"),
      {
        name: "stackcollapse-perf.pl",
        command: tools.stackcollapsePerf,
        args: [input],
        output: out("perl.folded"),
      },
      {
        name: `inferno-collapse-perf -n ${threads}`,
        command: tools.infernoCollapse,
        args: ["-n", String(threads), input],
        output: out("inferno.folded"),
      },
      {
        name: "inferno-collapse-perf -n 1",
        command: tools.infernoCollapse,
        args: ["-n", "1", input],
        output: out("inferno-1.folded"),
      },
    ]);
    const rows = await rounds(contenders, size > 2000 ? 1 : runs, tell);
    tables.push({ title: `fold: perf script text, ${Math.round(megabytesOf(input))} MB`, rows });
  }
  return tables;
}

/** A million distinct folded stacks → SVG. */
export async function graph({ orders, runs, tell }) {
  const tables = [];
  const foldCapture = (text, folded) =>
    measure({ command: node, args: [flambeau, "fold", text], output: folded });
  for (const order of orders) {
    const input = await distinctStacks(order, foldCapture, tell);
    await warm(input);
    const contenders = present([
      ours("flambeau graph", ["graph", input], "graph.svg"),
      { name: "flamegraph.pl", command: tools.flamegraph, args: [input], output: out("perl.svg") },
      {
        name: "inferno-flamegraph",
        command: tools.infernoFlamegraph,
        args: [input],
        output: out("inferno.svg"),
      },
    ]);
    const rows = await rounds(contenders, runs, tell);
    tables.push({
      title: `graph: folded, 1,000,000 distinct stacks, ${order}, ${Math.round(megabytesOf(input))} MB`,
      rows,
    });
  }
  return tables;
}

/** What a user waits for on small files: `info` and `fold` from start to exit, beside Node's start alone. */
export async function small({ runs, tell }) {
  const example = join(root, "examples", "compile.perf.txt.gz");
  const capture = await perfText(400, tell);
  const many = Math.max(runs, 11);
  const start = { name: "node, doing nothing", command: node, args: ["-e", "0"] };
  const rows = await rounds([ours("flambeau info", ["info", example], "info.txt"), start], many, tell);
  const tables = [{ title: `info: the example, ${Math.round(statSync(example).size / 1000)} kB`, rows }];
  for (const kilobytes of [20, 2000, 10_000]) {
    const input = join(work, `perf-script-${kilobytes}kb.txt`);
    writeFileSync(input, headOf(capture, kilobytes * 1000));
    const contenders = present([
      ours("flambeau fold", ["fold", input], "small.folded"),
      start,
      {
        name: "stackcollapse-perf.pl",
        command: tools.stackcollapsePerf,
        args: [input],
        output: out("small-perl.folded"),
      },
    ]);
    tables.push({
      title: `fold: perf script text, ${kilobytes.toLocaleString("en")} kB`,
      rows: await rounds(contenders, many, tell),
    });
  }
  return tables;
}

/** The first bytes of a file, cut after a whole sample. */
function headOf(file, bytes) {
  const buffer = Buffer.alloc(bytes);
  const descriptor = openSync(file, "r");
  const length = readSync(descriptor, buffer, 0, bytes, 0);
  closeSync(descriptor);
  const text = buffer.toString("latin1", 0, length);
  return Buffer.from(text.slice(0, text.lastIndexOf("\n\n") + 2), "latin1");
}

/** pprof against another decoder, on 100 MB made from the capture's stacks and on random ones. */
export async function pprof({ runs, tell }) {
  const script = (name) => join(root, "bench", name);
  const run = (args, output) => measure({ command: node, args, output: out(output) });
  const base = join(work, "pprof-base.pb");
  const files = [join(work, "pprof-real.pb"), join(work, "pprof-random.pb")];
  if (!existsSync(files[0])) {
    tell("  making pprof inputs");
    await run([flambeau, "convert", await perfText(400, tell), "-o", base], "pprof-base.txt");
    await run([script("pprof-inputs.mjs"), "real", base, files[0]], "pprof-real.txt");
  }
  if (!existsSync(files[1])) await run([script("pprof-inputs.mjs"), "random", files[1]], "pprof-random.txt");
  await run([script("pprof.mjs"), ...files, "--runs", String(runs)], "pprof.md");
  return [{ title: "pprof", text: out("pprof.md") }];
}

/** The server's store: rows a second, bytes a sample and memory, on two cores. */
export async function store({ tell }) {
  tell("  writing 30 million rows");
  const command = [join(root, "bench", "store.mjs"), "--rows", "30000000"];
  await measure({ command: node, args: command, output: out("store.md") });
  return [{ title: "store", text: out("store.md") }];
}

/** The viewer beside speedscope, in headless Chromium. */
export async function viewer({ runs }) {
  await measure({
    command: node,
    args: [join(root, "bench", "viewer.mjs"), "--runs", String(runs)],
    output: out("viewer.md"),
  });
  return [{ title: "viewer", text: out("viewer.md") }];
}

/** The server's HTTP front: rows a second, acknowledgements and memory, on two cores. */
export async function ingest({ tell }) {
  tell("  ingest: pprof over HTTP");
  await measure({ command: node, args: [join(root, "bench", "ingest.mjs")], output: out("ingest.md") });
  return [{ title: "ingest", text: out("ingest.md") }];
}
