#!/usr/bin/env node
// How long a frame of <flame-graph> takes while zooming, panning and hovering: in headless Chromium under software
// rendering, on made-up trees. Prints per tree how long its first picture takes, from the merged tree (with its layout)
// and from the graph (where a Worker has laid it out); then one line per gesture: percentiles of the time between two
// frames and of the element's own work in them.
//
//   node bench/viewer-frames.mjs [--nodes 1000000,10000000] [--size 1920x1000] [--scale 1]
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { chromium } from "playwright";

const { values: options } = parseArgs({
  options: {
    nodes: { type: "string", default: "1000000,10000000" },
    size: { type: "string", default: "1920x1000" },
    scale: { type: "string", default: "1" },
    levels: { type: "string", default: "60" },
    json: { type: "boolean", default: false },
  },
});
const [width, height] = options.size.split("x").map(Number);

/** The element and the trees as one script. */
async function script() {
  const result = await build({
    entryPoints: [new URL("../test/browser/element/entry.ts", import.meta.url).pathname],
    bundle: true,
    write: false,
    format: "iife",
    minify: true,
    conditions: ["source"],
    logLevel: "warning",
  });
  return result.outputFiles[0].text;
}

/** Runs in the page: lets `act` move something 120 times, a frame each. */
async function frames(act) {
  const between = [];
  const work = [];
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const original = window.requestAnimationFrame;
  // The element draws in its own callback: its time is measured around it.
  window.requestAnimationFrame = (callback) =>
    original((time) => {
      const start = performance.now();
      callback(time);
      work.push(performance.now() - start);
    });
  await frame();
  let last = performance.now();
  for (let step = 0; step < 120; step++) {
    act(step);
    await new Promise((resolve) => original(resolve));
    const now = performance.now();
    between.push(now - last);
    last = now;
  }
  window.requestAnimationFrame = original;
  const part = (list, share) =>
    list.sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * share))] ?? 0;
  return {
    frame: { p50: part(between, 0.5), p95: part(between, 0.95), max: part(between, 1) },
    work: { p50: part(work, 0.5), p95: part(work, 0.95), max: part(work, 1) },
  };
}

const gestures = {
  // What the machine itself does to frames at this moment.
  nothing: () => {},
  zoom: (step) => {
    const graph = document.querySelector("flame-graph");
    const total = graph.graph.total[0];
    const span = total * 0.93 ** (step < 60 ? step : 120 - step);
    graph.view = { rect: 0, from: 0.31 * (total - span), to: 0.31 * (total - span) + span };
  },
  pan: (step) => {
    const graph = document.querySelector("flame-graph");
    const total = graph.graph.total[0];
    const span = total * 0.2;
    const from = ((total - span) * step) / 120;
    graph.view = { rect: 0, from, to: from + span };
  },
  hover: (step) => {
    const graph = document.querySelector("flame-graph");
    const canvas = graph.shadowRoot.querySelector(".pane canvas");
    const { left, top, width, height } = canvas.getBoundingClientRect();
    const clientX = left + ((step * 37) % width);
    const clientY = top + height - 20 - ((step * 53) % (height - 40));
    canvas.dispatchEvent(
      new PointerEvent("pointermove", { clientX, clientY, pointerType: "mouse", bubbles: true }),
    );
  },
  "zoom to a frame": (step) => {
    const graph = document.querySelector("flame-graph");
    if (step % 30 === 0) graph.zoomTo(step % 60 === 0 ? graph.graph.levels[6] : 0);
  },
};

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
const source = await script();
const rows = [];
for (const nodes of options.nodes.split(",").map(Number)) {
  for (const dark of [false]) {
    const page = await browser.newPage({
      viewport: { width, height },
      deviceScaleFactor: Number(options.scale),
      colorScheme: dark ? "dark" : "light",
    });
    await page.setContent(
      '<!doctype html><body style="margin:0"><flame-graph style="height:100vh"></flame-graph>',
    );
    await page.addScriptTag({ content: source });
    const first = await page.evaluate(
      async ([length, levels]) => {
        const graph = globalThis.fixture.syntheticGraph({ length, levels });
        const element = document.querySelector("flame-graph");
        const tree = globalThis.fixture.treeOf(graph);
        const painted = () =>
          new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
        let start = performance.now();
        element.tree = tree;
        await painted();
        const fromTree = performance.now() - start;
        element.graph = null;
        await painted();
        start = performance.now();
        element.graph = graph;
        await painted();
        return { length: graph.length, fromTree, paint: performance.now() - start };
      },
      [nodes, Number(options.levels)],
    );
    rows.push({ nodes: first.length, what: "tree to picture", ms: first.fromTree });
    rows.push({ nodes: first.length, what: "graph to picture", ms: first.paint });
    for (const [what, gesture] of Object.entries(gestures)) {
      const result = await page.evaluate(`(${frames})(${gesture})`);
      rows.push({ nodes: first.length, what, ...result });
    }
    await page.close();
  }
}
await browser.close();

if (options.json) console.log(JSON.stringify(rows, null, 2));
else {
  const ms = (value) => value.toFixed(1).padStart(6);
  for (const { nodes, what, ms: time, frame, work } of rows) {
    const label = `${String(nodes).padStart(9)}  ${what.padEnd(16)}`;
    if (frame === undefined) console.log(`${label} ${ms(time)} ms`);
    else {
      console.log(
        `${label} frame p50 ${ms(frame.p50)} p95 ${ms(frame.p95)} max ${ms(frame.max)}   work p50 ${ms(work.p50)} p95 ${ms(work.p95)} max ${ms(work.max)}`,
      );
    }
  }
}
