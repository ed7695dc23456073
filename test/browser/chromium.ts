import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright";

/** Nothing that goes to the network by itself, and no sandbox: containers do not allow one. */
const ARGS: readonly string[] = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

/** Chromium from the environment variable CHROMIUM, the PATH, or playwright's own; undefined where there is none. */
export function findChromium(): string | undefined {
  if (process.env.CHROMIUM !== undefined) return process.env.CHROMIUM;
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    for (const name of names) if (folder !== "" && existsSync(join(folder, name))) return join(folder, name);
  }
  const own = chromium.executablePath();
  return existsSync(own) ? own : undefined;
}

const path: string | undefined = findChromium();

/** False where no browser can be had: the tests are then skipped, and say so. */
export const haveChromium: boolean = path !== undefined;

if (!haveChromium) {
  console.warn(
    "No Chromium (set CHROMIUM, put one on the PATH, or install playwright's): browser tests are skipped.",
  );
}

export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: path!, args: [...ARGS] });
}
