import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { npm, root, run } from "./run.mjs";
import { fingerprint, isFresh, writeStamp } from "./stamp.mjs";

const LOCK = join(root, "package-lock.json");

/** The stamp lies inside node_modules, so that deleting the folder deletes the stamp. */
const INSTALLED = "node_modules/.flambeau-installed";
const BUILT = ".cache/built";

function manifests() {
  const packages = readdirSync(join(root, "packages")).map((name) => `packages/${name}/package.json`);
  return ["package.json", "package-lock.json", ".npmrc", ...packages];
}

/**
 * Installs the dependencies, unless nothing changed since. `npm ci` first: it installs exactly what the lock file
 * says. It fails where the lock file names other platforms' binaries that the registry lacks; `npm install` works
 * there, and what it does to the lock file is undone.
 */
export async function install() {
  const print = fingerprint(manifests());
  if (isFresh(INSTALLED, print)) return;
  console.log("Installing dependencies …");
  const exact = existsSync(LOCK)
    ? await npm(["ci", "--no-audit", "--no-fund"], { quiet: true })
    : { code: 1 };
  if (exact.code !== 0) {
    const lock = existsSync(LOCK) ? readFileSync(LOCK) : undefined;
    const loose = await npm(["install", "--no-audit", "--no-fund"], { quiet: true });
    if (lock !== undefined) writeFileSync(LOCK, lock);
    if (loose.code !== 0) {
      console.error(`${loose.output}\nnpm could not install the dependencies (exit code ${loose.code}).`);
      process.exit(1);
    }
  }
  writeStamp(INSTALLED, print);
}

/** The `flambeau` command that the build makes: what packages/cli/package.json names. */
export function command() {
  const { bin } = JSON.parse(readFileSync(join(root, "packages/cli/package.json"), "utf8"));
  return join(root, "packages/cli", typeof bin === "string" ? bin : bin.flambeau);
}

/** Builds every package, unless no source changed since. */
export async function build() {
  const print = fingerprint([...manifests(), "tsconfig.base.json", "tsconfig.json", "scripts", "packages"]);
  if (isFresh(BUILT, print) && existsSync(command())) return;
  console.log("Building …");
  const { code, output } = await run(process.execPath, ["scripts/build.mjs"], { quiet: true });
  if (code !== 0) {
    console.error(`${output}\nThe build failed (exit code ${code}).`);
    process.exit(1);
  }
  writeStamp(BUILT, print);
}
