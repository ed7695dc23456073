import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { root, run, tool } from "./run.mjs";

const NAMES = [
  "chromium",
  "chromium-browser",
  "google-chrome",
  "google-chrome-stable",
  "chrome",
  "microsoft-edge",
];
const PLACES = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
];

/** Chromium or a browser built from it on this machine: FLAMBEAU_CHROMIUM, PATH, the usual places. */
function onThisMachine() {
  const given = process.env.FLAMBEAU_CHROMIUM;
  if (given !== undefined && existsSync(given)) return given;
  const folders = (process.env.PATH ?? "").split(delimiter);
  return [...folders.flatMap((folder) => NAMES.map((name) => join(folder, name))), ...PLACES].find(
    existsSync,
  );
}

/** The browser that Playwright has downloaded for this user, if it has. */
async function ofPlaywright() {
  try {
    const { chromium } = await import(join(root, "node_modules/playwright/index.mjs"));
    const path = chromium.executablePath();
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Path of a Chromium for the browser tests; installs one where there is none (Playwright's, or Debian's as root).
 * Undefined where none can be had.
 */
export async function findOrInstallChromium() {
  const found = onThisMachine() ?? (await ofPlaywright());
  if (found !== undefined) return found;
  console.log("No Chromium found: installing one for the browser tests …");
  await tool("playwright", ["install", "chromium"], { quiet: true, timeout: 240_000 });
  const downloaded = await ofPlaywright();
  if (downloaded !== undefined) return downloaded;
  if (existsSync("/etc/debian_version") && process.getuid?.() === 0) {
    await run("apt-get", ["update"], { quiet: true, timeout: 120_000 });
    await run("apt-get", ["install", "-y", "--no-install-recommends", "chromium"], {
      quiet: true,
      timeout: 300_000,
    });
  }
  return onThisMachine();
}
