// Chromium for the viewer's benchmark: a fresh browser per run, and what it can tell about time and memory.
import { createReadStream, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { delimiter, join, normalize } from "node:path";
import { chromium } from "playwright";

function findChromium() {
  const given = process.env.FLAMBEAU_CHROMIUM ?? process.env.CHROMIUM;
  if (given !== undefined) return given;
  for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
    const folder = (process.env.PATH ?? "").split(delimiter).find((path) => existsSync(join(path, name)));
    if (folder !== undefined) return join(folder, name);
  }
  return undefined;
}

const TYPES = { html: "text/html", js: "text/javascript", css: "text/css", json: "application/json" };

/** Serves folders under names, `{ page: "/path" }`, isolated from other origins so that memory can be measured. */
export async function serveFolders(folders) {
  const server = createServer((request, response) => {
    const [, name, ...rest] = decodeURIComponent(new URL(request.url, "http://localhost").pathname).split(
      "/",
    );
    const path = normalize(join(folders[name] ?? "/nonexistent", rest.join("/") || "index.html"));
    if (!Object.hasOwn(folders, name) || !path.startsWith(folders[name]) || !existsSync(path)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      "content-type": TYPES[path.split(".").at(-1)] ?? "application/octet-stream",
      "content-length": statSync(path).size,
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
    });
    createReadStream(path, { highWaterMark: 1 << 20 }).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { origin: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

/** A page in a browser of its own. */
export async function openBrowser() {
  const server = await chromium.launchServer({
    executablePath: findChromium(),
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--enable-blink-features=ForceEagerMeasureMemory",
      "--js-flags=--max-old-space-size=8192",
    ],
  });
  const browser = await chromium.connect(server.wsEndpoint());
  const page = await browser.newPage({ viewport: { width: 1920, height: 1000 } });
  await page.addInitScript(watchTasks);
  return {
    page,
    peakMemory: () => peakMemory(server.process().pid),
    close: async () => {
      await browser.close();
      await server.close();
    },
  };
}

/** Runs in the page: keeps the longest task of its main thread. */
function watchTasks() {
  globalThis.benchLongest = 0;
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries())
      globalThis.benchLongest = Math.max(globalThis.benchLongest, duration);
  }).observe({ type: "longtask", buffered: true });
}

/** The most memory that the largest process of the browser ever held, in bytes: the one that runs the page. */
function peakMemory(root) {
  let most = 0;
  const pids = [root];
  for (const pid of pids) {
    try {
      for (const task of readdirSync(`/proc/${pid}/task`))
        pids.push(...readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean));
      const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
      if (!command.includes("--type=renderer")) continue;
      const status = readFileSync(`/proc/${pid}/status`, "utf8");
      most = Math.max(most, 1024 * Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0));
    } catch {
      // It has ended meanwhile.
    }
  }
  return most;
}

/** Bytes that the page's and its workers' JavaScript holds, array buffers included. */
export async function heapOf(page) {
  const { bytes } = await page.evaluate(() => performance.measureUserAgentSpecificMemory());
  return bytes;
}

/** Where frames take this long in all, a few of them are enough: milliseconds. */
const MOST_MS = 6000;

/**
 * Does something for as many frames, one step before each, and answers the times between frames in milliseconds,
 * sorted.
 */
export async function framesDuring(page, count, step) {
  await page.evaluate(() => {
    globalThis.benchFrames = [];
    let last;
    const tick = (now) => {
      if (last !== undefined) globalThis.benchFrames.push(now - last);
      last = now;
      globalThis.benchTick = requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  });
  const start = Date.now();
  for (let i = 0; i < count && Date.now() - start < MOST_MS; i++) {
    await step(i);
    const due = start + ((i + 1) * 1000) / 60 - Date.now();
    if (due > 0) await new Promise((resolve) => setTimeout(resolve, due));
  }
  return page.evaluate(() => {
    cancelAnimationFrame(globalThis.benchTick);
    return globalThis.benchFrames.sort((a, b) => a - b);
  });
}

export function percentile(sorted, part) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
