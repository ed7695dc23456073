// Draws the picture in the README anew: the example profile, by our own command, photographed by Chromium.
// Usage: npm run build && node scripts/docs-image.mjs
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright";
import { findOrInstallChromium } from "./setup/chromium.mjs";
import { command } from "./setup/install.mjs";
import { root } from "./setup/run.mjs";

const folder = mkdtempSync(join(tmpdir(), "flambeau-image-"));
const svg = join(folder, "example.svg");
const example = join(root, "examples/compile.perf.txt.gz");
const options = ["--title", "Compiling with AssemblyScript", "--minwidth", "3", "--height", "15"];
execFileSync(process.execPath, [command(), "graph", ...options, example, "-o", svg], { stdio: "inherit" });

const browser = await chromium.launch({ executablePath: await findOrInstallChromium() });
const page = await browser.newPage({ viewport: { width: 1200, height: 800 } });
await page.goto(pathToFileURL(svg).href);
const picture = await page.locator("svg").first().boundingBox();
await page.setViewportSize({ width: 1200, height: Math.ceil(picture?.height ?? 800) });
mkdirSync(join(root, "docs/images"), { recursive: true });
await page.screenshot({ path: join(root, "docs/images/example.png") });
await browser.close();
rmSync(folder, { recursive: true });
