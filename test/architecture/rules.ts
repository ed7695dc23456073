import { importsOf } from "./imports.ts";
import { allowedPackages, coreLayer, type Layer, serverFolders } from "./layers.ts";
import { tokens } from "./lexer.ts";

/** A source file: path from the repository root, with forward slashes. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** A broken rule, as a line for people: `path:line: what is wrong`. */
export type Violation = string;

/** Files are read with this many lines in one sitting; longer ones are split or listed as technical debt. */
export const MAX_LINES = 500;

/** Tests, and what records or makes their files: they run in Node and may import what they need. */
const isTest = (path: string): boolean =>
  /\.test\.ts$|\/fixtures\//.test(path) || !path.startsWith("packages/");

/** Path that a relative specifier names, or undefined for a package. */
export function resolved(from: string, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  const parts = from.split("/").slice(0, -1);
  for (const part of specifier.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}

/** `packages/core/src/…` → `core`. */
function packageOf(path: string): string | undefined {
  return /^packages\/([^/]+)\//.exec(path)?.[1];
}

/** Packages import nothing but themselves and what `layers.ts` allows them. */
export function packageBoundaries(files: readonly SourceFile[]): Violation[] {
  return eachImport(files, (file, { specifier, kind, line }) => {
    const from = packageOf(file.path)!;
    const target = resolved(file.path, specifier);
    if (target !== undefined) {
      if (kind === "url" || packageOf(target) === from) return undefined;
      return `${file.path}:${line}: reaches out of its package to ${target}`;
    }
    const rule = allowedPackages(from, file.path).find((allowed) => allowed.matches(specifier));
    if (rule === undefined) return `${file.path}:${line}: ${from} must not import ${specifier}`;
    if (rule.lazily && kind !== "dynamic" && kind !== "type") {
      return `${file.path}:${line}: ${specifier} is loaded lazily only: use import()`;
    }
    return undefined;
  });
}

/** Core's folders see only lower layers; siblings, and readers among themselves, never see each other. */
export function coreLayers(files: readonly SourceFile[]): Violation[] {
  return eachImport(files, (file, { specifier, line }) => {
    const target = resolved(file.path, specifier);
    if (target === undefined || packageOf(file.path) !== "core" || packageOf(target) !== "core")
      return undefined;
    const from = coreLayer(file.path);
    const to = coreLayer(target);
    if (from === undefined)
      return `${file.path}: is in no layer: put it in one, or add the layer to layers.ts`;
    if (to === undefined || mayImport(from, to)) return undefined;
    return `${file.path}:${line}: ${from.name} must not import ${to.name} (${target})`;
  });
}

function mayImport(from: Layer, to: Layer): boolean {
  return to.rank < from.rank || to.name === from.name || to.contract;
}

/** The server's folders: store → ingest, query → http; only store knows a database's client. */
export function serverLayers(files: readonly SourceFile[]): Violation[] {
  return eachImport(files, (file, { specifier, line }) => {
    const target = resolved(file.path, specifier);
    if (target === undefined) return undefined;
    const from = serverFolders(file.path);
    const to = serverFolders(target);
    if (from === undefined || to === undefined) return undefined;
    if (to.rank < from.rank || to.name === from.name) return undefined;
    return `${file.path}:${line}: ${from.name} must not import ${to.name} (${target})`;
  });
}

/** Calls `judge` for every import of the packages' own code; tests may import what they test with. */
function eachImport(
  files: readonly SourceFile[],
  judge: (file: SourceFile, dependency: ReturnType<typeof importsOf>[number]) => Violation | undefined,
): Violation[] {
  const found: Violation[] = [];
  for (const file of files) {
    if (isTest(file.path)) continue;
    for (const dependency of importsOf(file.text)) {
      const violation = judge(file, dependency);
      if (violation !== undefined) found.push(violation);
    }
  }
  return [...new Set(found)];
}

/**
 * Import cycles. `import type` does not count, as in Biome's rule: it is gone when the code runs, and a file may
 * name the type of the file that uses it.
 */
export function importCycles(files: readonly SourceFile[]): Violation[] {
  const graph = new Map<string, string[]>();
  const paths = new Set(files.map((file) => file.path));
  for (const file of files) {
    const targets = importsOf(file.text)
      .filter((dependency) => dependency.kind !== "url" && dependency.kind !== "type")
      .map((dependency) => resolved(file.path, dependency.specifier))
      .filter((target) => target !== undefined && paths.has(target));
    graph.set(file.path, [...new Set(targets as string[])]);
  }
  const done = new Set<string>();
  const found: Violation[] = [];
  for (const start of graph.keys()) {
    const trail: string[] = [];
    const visit = (path: string): void => {
      const seenAt = trail.indexOf(path);
      if (seenAt >= 0) found.push(`import cycle: ${[...trail.slice(seenAt), path].join(" → ")}`);
      if (seenAt >= 0 || done.has(path)) return;
      trail.push(path);
      for (const target of graph.get(path) ?? []) visit(target);
      trail.pop();
      done.add(path);
    };
    visit(start);
  }
  return found;
}

/** Files beyond {@link MAX_LINES}; `exceptions` maps a path to the reason it may stay long for now. */
export function tooLong(
  files: readonly SourceFile[],
  exceptions: ReadonlyMap<string, string> = new Map(),
): Violation[] {
  const found: Violation[] = [];
  for (const { path, text } of files) {
    const lines = text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
    if (lines > MAX_LINES && !exceptions.has(path))
      found.push(`${path}: ${lines} lines, more than ${MAX_LINES}`);
    if (lines <= MAX_LINES && exceptions.has(path)) found.push(`${path}: short again: take it off the list`);
  }
  const known = new Set(files.map((file) => file.path));
  for (const path of exceptions.keys())
    if (!known.has(path)) found.push(`${path}: on the list, but not there`);
  return found;
}

/** Work that was put off in a comment, and tests that keep others from running or do not run themselves. */
export function unfinished(files: readonly SourceFile[]): Violation[] {
  const found: Violation[] = [];
  for (const { path, text } of files) {
    const all = tokens(text);
    all.forEach((token, i) => {
      const mark = token.kind === "comment" ? /\b(?:TODO|FIXME|XXX|HACK)\b/.exec(token.text)?.[0] : undefined;
      if (mark !== undefined) found.push(`${path}:${token.line}: a ${mark}: do it, or open an issue`);
      if (token.kind !== "word" || !["describe", "it", "test"].includes(token.text)) return;
      const modifier = all[i + 1]?.text === "." ? all[i + 2]?.text : undefined;
      if (modifier === undefined || !["only", "skip", "todo"].includes(modifier)) return;
      found.push(
        `${path}:${token.line}: ${token.text}.${modifier}: every test runs, or says when with skipIf`,
      );
    });
  }
  return found;
}
