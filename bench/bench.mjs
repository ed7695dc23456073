// `npm run bench`: our commands and the tools they replace, side by side in one run, on inputs made from a real
// capture. Prints Markdown for docs/benchmarks.md. Options:
//   --parts fold,graph,small,pprof,readers   which parts (default: these; viewer measures in Chromium, see
//                                    bench/viewer.mjs; store and ingest need the package chdb and two cores)
//   --sizes 400,1000                 megabytes of perf script text for `fold` (4000 works too, and takes its time)
//   --orders sorted,shuffled         order of the million folded stacks for `graph`
//   --formats firefox,jfr            which inputs for `readers` (default: all; "large" is 1 GB of JSON, and of JFR)
//   --runs 3                         rounds; medians are printed, and medians of each round's ratios
// Inputs and outputs go to bench/.work, or FLAMBEAU_BENCH_WORK: about 6 GB. Peers: FLAMEGRAPH_DIR, INFERNO_DIR,
// JFR_CONVERTER (a jar), PATH.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { fold, graph, ingest, pprof, small, store, viewer } from "./lib/parts.mjs";
import { readers } from "./lib/readers-part.mjs";
import { markdown } from "./lib/table.mjs";
import { machine, tools } from "./lib/tools.mjs";

const { values } = parseArgs({
  options: {
    parts: { type: "string", default: "fold,graph,small,pprof,readers" },
    formats: { type: "string" },
    sizes: { type: "string", default: "400,1000" },
    orders: { type: "string", default: "sorted,shuffled" },
    runs: { type: "string", default: "3" },
  },
});

const parts = new Map(Object.entries({ fold, graph, small, pprof, readers, store, ingest, viewer }));
const options = {
  sizes: values.sizes.split(",").map(Number),
  orders: values.orders.split(","),
  formats: values.formats?.split(","),
  runs: Number(values.runs),
  tell: (line) => console.error(line),
};

for (const [name, path] of Object.entries(tools)) {
  if (path === undefined) options.tell(`not found, left out: ${name} (see the top of bench/bench.mjs)`);
}

console.log(`Machine: ${machine()}. Medians of ${options.runs} rounds, tools in turn, page cache warm.\n`);
for (const name of values.parts.split(",")) {
  const part = parts.get(name);
  if (part === undefined) throw new Error(`there is no part "${name}"`);
  options.tell(`${name}:`);
  for (const table of await part(options)) {
    if (table.lines !== undefined) console.log(`${table.lines.join("\n")}\n`);
    else console.log(table.text === undefined ? markdown(table) : readFileSync(table.text, "utf8"));
  }
}
