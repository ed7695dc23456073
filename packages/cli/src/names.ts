import { basename } from "node:path";

/** What is shown as the name of a file. */
export function nameOfFile(path: string): string {
  return path === "-" ? "standard input" : basename(path);
}

/** What is shown as the name of a profile that was read, or merged, from these files. */
export function nameOf(paths: readonly string[]): string {
  const [first = "-", ...rest] = paths;
  return rest.length === 0 ? nameOfFile(first) : `${nameOfFile(first)} + ${rest.length}`;
}
