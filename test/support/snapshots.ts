import { readFileSync } from "node:fs";
import { corpusRoot } from "./corpus.ts";

/** A frame of a speedscope snapshot: weights in the file's own unit. */
export interface SnapshotFrame {
  readonly name: string;
  readonly file: string | null;
  readonly line: number | null;
  readonly selfWeight: number;
  readonly totalWeight: number;
}

/** A profile of a speedscope snapshot. */
export interface SnapshotProfile {
  readonly name: string;
  readonly frames: readonly SnapshotFrame[];
}

/** Profiles of a Jest snapshot file by test name: `name 1`, `name 2` … */
export function snapshots(path: string): Map<string, SnapshotProfile> {
  const found = new Map<string, SnapshotProfile>();
  const text = readFileSync(`${corpusRoot}/${path}`, "utf8");
  for (const [, name, body] of text.matchAll(/^exports\[`(.*?)`\] = `\n(\{[\s\S]*?\n\})\n`;$/gm)) {
    const json = body!
      .replaceAll(/^(\s*)Frame \{/gm, "$1{")
      .replaceAll(": undefined,", ": null,")
      .replaceAll(/,(\s*[}\]])/g, "$1");
    found.set(name!, JSON.parse(json) as SnapshotProfile);
  }
  return found;
}

/** Nanoseconds of each unit in a speedscope snapshot's list of stacks. */
const UNITS: ReadonlyMap<string, number> = new Map([
  ["ns", 1],
  ["µs", 1e3],
  ["ms", 1e6],
  ["s", 1e9],
]);

/**
 * The stacks of a speedscope snapshot as folded lines, added up and sorted; what the events' arguments add to names is
 * taken off. Several profiles of one test are `name 1`, `name 2` …
 */
export function snapshotStacks(path: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const text = readFileSync(`${corpusRoot}/${path}`, "utf8");
  for (const [, name, body] of text.matchAll(/^exports\[`(.*?)`\] = `\n(\{[\s\S]*?\n\})\n`;$/gm)) {
    const weights = new Map<string, number>();
    for (const [, stack, weight, unit] of body!.matchAll(/^ {4}"(.*) ([\d.]+)(ns|µs|ms|s)",$/gm)) {
      const plain = stack!.replaceAll(/ \{[^}]*\}/g, "");
      if (plain.trim() === "") continue;
      weights.set(plain, (weights.get(plain) ?? 0) + Math.round(Number(weight) * UNITS.get(unit!)!));
    }
    found.set(name!, [...weights].map(([stack, weight]) => `${stack} ${weight}`).sort());
  }
  return found;
}
