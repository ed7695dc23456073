import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "./run.mjs";

const SKIPPED = new Set(["node_modules", "dist", "generated", "golden"]);

/** Every file at or below the given paths (from the root), tests and what is built left out, in order. */
function filesBelow(paths) {
  const found = [];
  for (const path of paths) {
    const full = join(root, path);
    if (!existsSync(full)) continue;
    if (statSync(full).isFile()) found.push(path);
    else {
      const names = readdirSync(full).filter(
        (name) => !SKIPPED.has(name) && !/\.test\.ts$|tsbuildinfo$/.test(name),
      );
      found.push(...filesBelow(names.sort().map((name) => `${path}/${name}`)));
    }
  }
  return found;
}

/** A hash over names and contents of the files at or below the given paths. */
export function fingerprint(paths) {
  const hash = createHash("sha256").update(process.version).update(process.platform).update(process.arch);
  for (const path of filesBelow(paths)) hash.update(`\0${path}\0`).update(readFileSync(join(root, path)));
  return hash.digest("hex");
}

/** True where the stamp file holds this fingerprint: nothing changed since it was written. */
export function isFresh(stamp, print) {
  const file = join(root, stamp);
  return existsSync(file) && readFileSync(file, "utf8") === print;
}

export function writeStamp(stamp, print) {
  const file = join(root, stamp);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, print);
}
