// `npm run bench -- --parts viewer`, or by itself: the viewer side by side with speedscope (npm, a devDependency) in
// headless Chromium with software rendering, on the same files, a fresh browser per run.
// Options: --runs 3, --inputs NAME,…, --only flambeau. Needs a build. Inputs (1.4 GB) go to bench/.work, or
// FLAMBEAU_BENCH_WORK; peak memory needs /proc.
import { execFileSync } from "node:child_process";
import { mkdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { framesDuring, heapOf, openBrowser, percentile, serveFolders } from "./lib/browser.mjs";
import { flambeau } from "./lib/tools.mjs";
import { input } from "./lib/viewer-inputs.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..");
const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "3" },
    inputs: { type: "string", default: "speedscope-140mb.json,folded-200mb.folded,folded-1gb.folded" },
    only: { type: "string" },
  },
});
const work = process.env.FLAMBEAU_BENCH_WORK ?? join(here, ".work");
mkdirSync(work, { recursive: true });
const tell = (line) => console.error(line);

/** Longer than this nobody waits: milliseconds. */
const PATIENCE = 180_000;
const FRAMES = 120;

const viewers = [
  {
    name: "flambeau",
    url: (origin, file) => `${origin}/flambeau/?url=${encodeURIComponent(`/inputs/${file}`)}`,
    drawn: graphIsDrawn,
    graph: "flame-graph",
  },
  {
    name: "flambeau, page with the profile in it",
    url: (origin, file) => `${origin}/inputs/${file}.html`,
    drawn: graphIsDrawn,
    graph: "flame-graph",
  },
  {
    name: "speedscope 1.25",
    url: (origin, file) => `${origin}/speedscope/#profileURL=${encodeURIComponent(`/inputs/${file}`)}`,
    drawn: () => document.querySelectorAll("canvas").length > 2 && document.title.endsWith(" - speedscope"),
    graph: "canvas",
    /** A JavaScript text cannot be longer than 512 MB. */
    largest: 512e6,
  },
];

/** Runs in the page: true when the graph is there to be drawn in the next frame. */
function graphIsDrawn() {
  const graph = document.querySelector("flame-graph")?.graph;
  return graph !== undefined && graph !== null && graph.length > 1;
}

/** The page with the profile in it, as the command writes it. */
function packedPage(file) {
  const path = `${file}.html`;
  tell(`writing ${path} …`);
  execFileSync(process.execPath, [flambeau, file, "-o", path, "--quiet"]);
}

async function measure({ url, drawn, graph }, origin, file) {
  const { page, peakMemory, close } = await openBrowser();
  try {
    const errors = [];
    page.on("pageerror", (error) => errors.push(error.message));
    const start = Date.now();
    await page.goto(url(origin, file), { waitUntil: "commit" });
    await page
      .waitForFunction(drawn, null, { timeout: PATIENCE, polling: 20 })
      .catch(() => Promise.reject(new Error(errors[0] ?? `nothing after ${PATIENCE / 1000} s`)));
    await page.evaluate(
      () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
    );
    const open = Date.now() - start;
    const longest = await page.evaluate(() => globalThis.benchLongest);
    const peak = peakMemory();
    const heap = await heapOf(page);
    const frames = await interact(page, graph).catch(() => ({
      hover: undefined,
      zoom: undefined,
      pan: undefined,
    }));
    return { open, longest, peak, heap, ...frames };
  } catch (error) {
    return { failed: error.message.split("\n")[0] };
  } finally {
    await close();
  }
}

/** 95th percentile of the time between frames while the pointer moves, the wheel zooms, and the view is dragged. */
async function interact(page, graph) {
  const boxes = await page
    .locator(graph)
    .evaluateAll((all) =>
      all
        .map((one) => one.getBoundingClientRect())
        .map(({ x, y, width, height }) => ({ x, y, width, height })),
    );
  const box = boxes.sort((a, b) => b.width * b.height - a.width * a.height)[0];
  const x = box.x + box.width / 2;
  const y = box.y + Math.min(200, box.height / 2);
  const worst = async (step) => percentile(await framesDuring(page, FRAMES, step), 0.95);
  const hover = await worst((i) =>
    page.mouse.move(box.x + ((i * 37) % box.width), box.y + 60 + ((i * 11) % Math.min(400, box.height - 80))),
  );
  await page.mouse.move(x, y);
  await page.keyboard.down("Control");
  const zoom = await worst((i) => page.mouse.wheel(0, i < FRAMES * 0.6 ? -60 : 40));
  await page.keyboard.up("Control");
  await page.mouse.down();
  const pan = await worst((i) => page.mouse.move(x + Math.sin(i / 8) * 300, y));
  await page.mouse.up();
  return { hover, zoom, pan };
}

function median(list) {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

function row(name, runs, first) {
  const fine = runs.filter(({ failed }) => failed === undefined);
  if (fine.length === 0) return `| ${name} | ${runs[0].failed} | | | | | | |`;
  const of = (key) => median(fine.map((run) => run[key]));
  // Only rounds in which both could open it.
  const ratios = (key) =>
    runs.map((run, i) => run[key] / first?.[i]?.[key]).filter((value) => Number.isFinite(value));
  const ratio = (key) => (ratios(key).length === 0 ? "" : ` (${median(ratios(key)).toFixed(1)}×)`);
  const ms = (key) => (fine.some((run) => run[key] === undefined) ? "crashed" : `${of(key).toFixed(1)} ms`);
  const mb = (key) => `${(of(key) / 1e6).toFixed(0)} MB${ratio(key)}`;
  return (
    `| ${name} | ${(of("open") / 1000).toFixed(2)} s${ratio("open")} | ${mb("heap")} | ${mb("peak")} | ` +
    `${of("longest").toFixed(0)} ms | ${ms("hover")} | ${ms("zoom")} | ${ms("pan")} |`
  );
}

const server = await serveFolders({
  flambeau: join(root, "packages/viewer/dist/page"),
  speedscope: join(root, "node_modules/speedscope/dist/release"),
  inputs: work,
});
for (const name of values.inputs.split(",")) {
  const file = input(name, work, tell);
  packedPage(file);
  const { size } = statSync(file);
  const contenders = viewers.filter(
    ({ name: own }) => values.only === undefined || own.startsWith(values.only),
  );
  const results = contenders.map(() => []);
  for (let run = 0; run < Number(values.runs); run++) {
    for (const [i, viewer] of contenders.entries()) {
      const tooLarge = size > (viewer.largest ?? Number.POSITIVE_INFINITY);
      const result = tooLarge ? { failed: "cannot open it" } : await measure(viewer, server.origin, name);
      tell(`${name}, ${viewer.name}: ${JSON.stringify(result)}`);
      results[i].push(result);
    }
  }
  console.log(`### ${name}, ${Math.round(size / 1e6)} MB\n`);
  console.log(
    "| | first picture | JavaScript memory | peak memory of the page's process | longest task | hover | zoom | pan |",
  );
  console.log("|---|---|---|---|---|---|---|---|");
  for (const [i, { name: own }] of contenders.entries())
    console.log(row(own, results[i], i === 0 ? undefined : results[0]));
  console.log("");
}
server.close();
