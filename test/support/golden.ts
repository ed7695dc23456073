import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";

/**
 * Holds `actual` against the committed file; with FLAMBEAU_UPDATE_GOLDEN=1 writes the file instead.
 * A golden file that does not exist fails: a new one is made on purpose, with the flag.
 */
export function expectGolden(file: URL | string, actual: string): void {
  const path = typeof file === "string" ? file : fileURLToPath(file);
  if (process.env.FLAMBEAU_UPDATE_GOLDEN === "1") {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, actual);
    return;
  }
  if (!existsSync(path)) throw new Error(`${path} is missing: make it with FLAMBEAU_UPDATE_GOLDEN=1`);
  expect(actual).toBe(readFileSync(path, "utf8"));
}
