import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { SourceFile } from "./rules.ts";

/** The repository's root folder. */
export const root: string = fileURLToPath(new URL("../..", import.meta.url));

const SKIPPED = new Set([
  "node_modules",
  "dist",
  "generated",
  "gen",
  "golden",
  "assembly",
  ".git",
  ".cache",
  ".work",
]);

/** Every source file (.ts, .tsx, .mjs, .js) below the given folders of the repository. */
export function sourceFiles(folders: readonly string[]): SourceFile[] {
  const found: SourceFile[] = [];
  const pending = [...folders];
  while (pending.length > 0) {
    const folder = pending.pop()!;
    for (const entry of readdirSync(`${root}/${folder}`, { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory() && !SKIPPED.has(entry.name)) pending.push(path);
      else if (entry.isFile() && /\.(?:[mc]?[jt]s|tsx)$/.test(entry.name) && !entry.name.endsWith(".d.ts")) {
        found.push({ path, text: readFileSync(`${root}/${path}`, "utf8") });
      }
    }
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}
