import { execFileSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { dumpInputs } from "./dump-inputs.mjs";
import { work } from "./inputs.mjs";
import { jfrRecording, jfrTable } from "./jfr.mjs";
import { jsonInputs } from "./json-inputs.mjs";
import { median, warm } from "./measure.mjs";
import { otherInputs, textInputs } from "./text-inputs.mjs";
import { root } from "./tools.mjs";

const MEGABYTES = 200;
/** The size that JSON.parse cannot read: V8's strings end at 512 MB. */
const LARGE = 1000;

const script = fileURLToPath(new URL("reading.mjs", import.meta.url));

/** Runs a contender in a process of its own; a failure answers with its reason. */
function run(contender, file, reader) {
  try {
    const output = execFileSync(process.execPath, [script, contender, file, reader], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
    return JSON.parse(output);
  } catch (error) {
    return { failed: /\w*Error: .*/.exec(String(error.stderr))?.[0] ?? "failed" };
  }
}

async function inputFile(name, megabytes, write, tell) {
  const file = join(work, `readers-${name}-${megabytes}mb`);
  if (!existsSync(file)) {
    tell(`  writing ${file} …`);
    await write(file, megabytes * 1e6, await import(join(root, "packages/core/dist/index.js")));
  }
  return file;
}

/** Every contender in turn, several rounds: lines of a table. */
async function compare(name, file, reader, contenders, { runs, tell }) {
  const results = new Map(contenders.map((contender) => [contender, []]));
  for (let round = 0; round < runs; round++) {
    // Before each round: other work on the machine may push the file out of the page cache.
    await warm(file);
    for (const contender of contenders) {
      const result = run(contender, file, reader);
      results.get(contender).push(result);
      tell(
        `  ${round + 1}/${runs} ${name}, ${contender}: ${result.failed ?? `${result.seconds.toFixed(2)} s`}`,
      );
    }
  }
  const megabytes = statSync(file).size / 1e6;
  const cell = (contender) => {
    const all = results.get(contender);
    if (all === undefined) return ["", ""];
    const [{ failed }] = all;
    if (failed !== undefined) return [failed.slice(0, 60), ""];
    const speed = median(all.map(({ seconds }) => megabytes / seconds));
    return [`${speed.toFixed(0)} MB/s`, `${(median(all.map(({ memory }) => memory)) / 1e6).toFixed(0)} MB`];
  };
  const ratios = (contender) => {
    const base = results.get("parse");
    const all = results.get(contender);
    if (base === undefined || base.some(({ failed }) => failed) || all.some(({ failed }) => failed))
      return "";
    const faster = median(all.map(({ seconds }, i) => base[i].seconds / seconds));
    const less = median(all.map(({ memory }, i) => memory / base[i].memory));
    return `${faster.toFixed(1)}×, ${(less * 100).toFixed(0)} %`;
  };
  const cells = contenders.flatMap((contender) => [
    ...cell(contender),
    ...(contenders.includes("parse") && contender !== "parse" ? [ratios(contender)] : []),
  ]);
  return `| ${name}, ${megabytes.toFixed(0)} MB | ${cells.join(" | ")} |`;
}

/** MB/s and peak memory of every reader for whose format an input can be made. */
export async function readers(options) {
  const { tell, formats } = options;
  const wanted = ([name]) => formats === undefined || formats.includes(name);
  const tables = [];
  const json = [
    "| JSON | every sample | peak | against parse | merged | peak | against parse | JSON.parse + walk | peak |",
    "|---|---|---|---|---|---|---|---|---|",
  ];
  for (const [name, { reader, write }] of Object.entries(jsonInputs).filter(wanted)) {
    const file = await inputFile(name, MEGABYTES, write, tell);
    json.push(await compare(name, file, reader, ["each", "merged", "parse"], options));
  }
  if (wanted(["large"])) {
    const { reader, write } = jsonInputs["chrome-trace"];
    const file = await inputFile("chrome-trace", LARGE, write, tell);
    json.push(await compare("chrome-trace", file, reader, ["each", "merged", "parse"], options));
  }
  if (json.length > 2) tables.push({ lines: json });
  const others = ["| other formats | every sample | peak | merged | peak |", "|---|---|---|---|---|"];
  for (const [name, { reader, write }] of Object.entries({
    ...textInputs,
    ...otherInputs,
    ...dumpInputs,
  }).filter(wanted)) {
    const file = await inputFile(name, MEGABYTES / 2, write, tell);
    others.push(await compare(name, file, reader, ["each", "merged"], options));
  }
  const recording = wanted(["jfr"]) ? await jfrRecording(tell) : undefined;
  if (recording !== undefined)
    others.push(await compare("jfr", recording, "jfr", ["each", "merged"], options));
  if (others.length > 2) tables.push({ lines: others });
  if (recording !== undefined) tables.push(await jfrTable(recording, options));
  if (recording !== undefined && wanted(["large"]))
    tables.push(await jfrTable(await jfrRecording(tell, LARGE), options));
  return tables;
}
