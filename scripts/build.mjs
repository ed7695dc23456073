#!/usr/bin/env node
// Builds everything that runs: generated sources first (they are imported by the rest), then, side by side,
// the type check that also emits the libraries (tsc -b) and the bundle of the command (esbuild).
// Every step is quick when nothing changed, so tests and `npm start` can call it each time.
import { spawn } from "node:child_process";
import { cpSync, existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { BUDGET, buildViewer, pageFolder } from "./build-viewer.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const cliDist = join(root, "packages/cli/dist");

/** Scripts that write sources under `generated/`; each skips its work when its output is newer than its input. */
const generators = ["scripts/build-kernel.mjs", "scripts/build-svg-script.mjs"];

/** Runs a Node script in the repository's root and fails when it fails. */
function node(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: "inherit" });
    child.on("error", reject);
    child.on("exit", (code) =>
      code === 0 ? resolve() : reject(new Error(`${args.join(" ")} ended with exit code ${code}`)),
    );
  });
}

function checkTypes() {
  return node([join(root, "node_modules/typescript/bin/tsc"), "-b"]);
}

/**
 * The command as one entry and shared pieces: a subcommand is loaded when it is used, so that `info` on a small
 * file does not pay for the rest. Dependencies are bundled: the installed package starts with few file reads.
 */
async function bundleCommand() {
  const result = await build({
    absWorkingDir: root,
    entryPoints: commandEntries,
    outdir: cliDist,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    conditions: ["source"],
    packages: "bundle",
    // `open` brings a program of its own, which it looks for beside its source; the server is loaded by who serves.
    external: ["open", "@flambeau/server"],
    // What is CommonJS inside the bundle asks for Node's modules by `require`, which ESM does not have.
    banner: {
      js: 'import { createRequire as flambeauRequire } from "node:module"; const require = flambeauRequire(import.meta.url);',
    },
    chunkNames: "chunks/[name]-[hash]",
    // Names stay, so that a stack trace in a bug report can be read.
    minifyWhitespace: true,
    minifySyntax: true,
    sourcemap: "linked",
    sourcesContent: false,
    legalComments: "linked",
    metafile: true,
    logLevel: "warning",
  });
  removeStaleChunks(new Set(Object.keys(result.metafile.outputs).map((path) => join(root, path))));
}

/** The viewer's pages; the command carries a copy of them. */
async function buildPages() {
  const size = await buildViewer();
  const kilobytes = `${(size / 1000).toFixed(1)} kB in gzip`;
  console.log(`viewer in a page with a profile: ${kilobytes} (at most ${BUDGET / 1000})`);
  cpSync(pageFolder, join(cliDist, "page"), { recursive: true });
}

/** The command itself, and the program of its worker threads, which is found beside the chunk that starts it. */
const commandEntries = {
  main: "packages/cli/src/main.ts",
  "chunks/scan-worker": "packages/cli/src/parallel/scan-worker.ts",
};

/** Chunk names hold a hash of their content: old ones would pile up. */
function removeStaleChunks(current) {
  const chunks = join(cliDist, "chunks");
  if (!existsSync(chunks)) return;
  for (const name of readdirSync(chunks)) {
    const path = join(chunks, name);
    if (!current.has(path)) rmSync(path);
  }
}

try {
  for (const script of generators) if (existsSync(join(root, script))) await node([script]);
  // `--no-types`: only what runs, for tests; whoever changes types sees them checked elsewhere.
  await Promise.all([
    bundleCommand(),
    buildPages(),
    ...(process.argv.includes("--no-types") ? [] : [checkTypes()]),
  ]);
} catch (error) {
  console.error(`build: ${error.message}`);
  process.exitCode = 1;
}
