import { existsSync, readFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** The other tools are found on this machine, never part of the repository: an environment variable, then PATH. */
function find(name, folders) {
  return folders
    .filter((folder) => folder !== undefined && folder !== "")
    .map((folder) => join(folder, name))
    .find(existsSync);
}

const path = (process.env.PATH ?? "").split(delimiter);
const flameGraph = (name) => find(name, [process.env.FLAMEGRAPH_DIR, ...path]);
const inferno = (name) =>
  find(name, [process.env.INFERNO_DIR, process.env.INFERNO_DIR && `${process.env.INFERNO_DIR}/bin`, ...path]);

/** Paths of the tools that are there; undefined for those that are not. */
export const tools = {
  stackcollapsePerf: flameGraph("stackcollapse-perf.pl"),
  flamegraph: flameGraph("flamegraph.pl"),
  infernoCollapse: inferno("inferno-collapse-perf"),
  infernoFlamegraph: inferno("inferno-flamegraph"),
  /** The jar of async-profiler's converter (tools.profiler:jfr-converter of Maven Central, before version 4 async-profiler-converter). */
  jfrConverter: [process.env.JFR_CONVERTER].find((jar) => jar !== undefined && existsSync(jar)),
};

const manifest = JSON.parse(readFileSync(join(root, "packages/cli/package.json"), "utf8"));

/** The built command, as users start it. */
export const flambeau = join(root, "packages/cli", manifest.bin.flambeau);

/** The machine, for the heading of the table. */
export function machine() {
  const [first] = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `${cpus().length} × ${first?.model.trim() ?? "unknown processor"}, ${memory}, ${process.platform}, Node ${process.version}`;
}

export const threads = cpus().length;
export { root };
