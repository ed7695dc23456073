import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { findOrInstallChromium } from "./chromium.mjs";
import { build, install } from "./install.mjs";
import { root, run, tool } from "./run.mjs";

const RESULTS = ".cache/test-results.json";
/** A test that never returns cannot be stopped by its own timeout: the whole run ends after this long, in ms. */
const LIMIT = 15 * 60_000;
const AGREEMENT = join(root, ".cache", "agreement");

/** What is checked besides the tests; each counts as one passed or failed. */
const CHECKS = [
  ["types of the packages", () => tool("tsc", ["-b"])],
  ["types of the tests", () => tool("tsc", ["-p", "test/tsconfig.json", "--noEmit"])],
  ["format, lint", () => tool("biome", ["check", "."])],
  ["unused files, exports and dependencies", () => tool("knip", ["--no-progress"])],
];

/**
 * Installs what is missing, builds, checks types, style and unused code, runs every test, and ends with one line:
 * `N passed, N failed, N skipped`. Arguments go to vitest; with any, the checks are left out.
 */
export async function test(args) {
  await install();
  const chromium = await findOrInstallChromium();
  await build();
  const count = { passed: 0, failed: 0, skipped: 0 };
  if (args.length === 0) await check(count);
  await vitest(args, chromium, count);
  printAgreement();
  if (chromium === undefined) skipBrowser(count);
  console.log(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
  process.exit(count.failed === 0 ? 0 : 1);
}

async function check(count) {
  for (const [name, step] of CHECKS) {
    const start = Date.now();
    const { code } = await step();
    count[code === 0 ? "passed" : "failed"]++;
    console.log(
      `${code === 0 ? "ok    " : "FAILED"}  ${name} (${((Date.now() - start) / 1000).toFixed(1)} s)`,
    );
  }
}

async function vitest(args, chromium, count) {
  rmSync(join(root, RESULTS), { force: true });
  rmSync(AGREEMENT, { recursive: true, force: true });
  mkdirSync(AGREEMENT, { recursive: true });
  const projects = chromium === undefined ? ["--project", "node"] : [];
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${RESULTS}`];
  const env = chromium === undefined ? {} : { FLAMBEAU_CHROMIUM: chromium };
  const { code } = await run(
    process.execPath,
    ["node_modules/vitest/vitest.mjs", "run", ...projects, ...reporters, ...args],
    { env, timeout: LIMIT },
  );
  if (code === 124)
    console.log(`\nNot finished after ${LIMIT / 60_000} minutes: a file without a line above hangs.`);
  const failedBefore = count.failed;
  if (existsSync(join(root, RESULTS))) {
    const results = JSON.parse(readFileSync(join(root, RESULTS), "utf8"));
    count.passed += results.numPassedTests;
    count.failed += results.numFailedTests;
    count.skipped += results.numPendingTests + results.numTodoTests;
    // A file that cannot even be loaded has no tests to count.
    count.failed += results.testResults.filter(
      (file) => file.status === "failed" && file.assertionResults.every((one) => one.status !== "failed"),
    ).length;
  }
  if (code !== 0 && count.failed === failedBefore) count.failed++;
}

/** What the corpus tests found: how many expectations of other tools we meet, and how many differ on purpose. */
function printAgreement() {
  const files = existsSync(AGREEMENT) ? readdirSync(AGREEMENT).sort() : [];
  if (files.length > 0) console.log("\nAgreement with other tools' expected outputs:");
  for (const file of files) {
    const { area, agree, deliberate, total, words } = JSON.parse(readFileSync(join(AGREEMENT, file), "utf8"));
    const said = words ?? { agree: "identical", deliberate: "differ on purpose" };
    console.log(`  ${area}: ${agree} of ${total} ${said.agree}, ${deliberate} ${said.deliberate}`);
  }
}

/** Browser tests that could not run are counted, a file each, and said aloud. */
function skipBrowser(count) {
  const pending = [join(root, "packages"), join(root, "test")];
  let files = 0;
  while (pending.length > 0) {
    for (const entry of readdirSync(pending.pop(), { withFileTypes: true })) {
      const path = join(entry.parentPath ?? entry.path, entry.name);
      if (entry.isDirectory() && entry.name !== "node_modules" && entry.name !== "dist") pending.push(path);
      else if (/\.browser\.test\.ts$|\/browser\/.+\.test\.ts$/.test(path)) files++;
    }
  }
  count.skipped += files;
  console.log(
    `\nNO BROWSER: ${files} files of browser tests were skipped, because no Chromium could be found or`,
  );
  console.log("installed. Install Chromium or Chrome, or set FLAMBEAU_CHROMIUM to its path.");
}
