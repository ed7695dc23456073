import type { Notes } from "../../model/notes.ts";
import type { Locations } from "./locations.ts";
import { LinearRegex } from "./re2.ts";
import { RegexError } from "./re2-parse.ts";

/** What pruning does to a location: leaves it, drops it, or drops only what it calls and some inlined lines. */
export const Pruning = { none: 0, whole: 1, beneath: 2 } as const;

/** The file's two patterns, as text; empty where not given. */
export interface Patterns {
  readonly drop: string;
  readonly keep: string;
}

/**
 * Decides per location what `drop_frames` and `keep_frames` do, as google/pprof's profile/prune.go does: a
 * function whose simplified name matches the first pattern as a whole and not the second is dropped with all
 * that it calls. Lines of partly dropped locations are removed here. Undefined: there is nothing to prune.
 */
export function findPruning(
  locations: Locations,
  { drop, keep }: Patterns,
  notes: Notes,
): Uint8Array | undefined {
  if (drop === "") return undefined;
  try {
    const dropRegex = new LinearRegex(`^(${drop})$`);
    const keepRegex = keep === "" ? undefined : new LinearRegex(`^(${keep})$`);
    return pruningOf(
      locations,
      memoized((name) => dropRegex.test(name) && keepRegex?.test(name) !== true),
    );
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    notes.add(
      "skipped",
      "drop-frames",
      `The file's drop_frames were not applied: a pattern ${error.message}.`,
    );
    return undefined;
  }
}

/** Answers by simplified function name, each asked once. */
function memoized(drops: (simplified: string) => boolean): (name: string) => boolean {
  const known = new Map<string, boolean>();
  return (name) => {
    let answer = known.get(name);
    if (answer === undefined) {
      answer = drops(simplifiedName(name));
      known.set(name, answer);
    }
    return answer;
  };
}

function pruningOf(locations: Locations, drops: (name: string) => boolean): Uint8Array | undefined {
  const cuts = new Int32Array(locations.length).fill(-1);
  let any = false;
  for (let row = 0; row < locations.length; row++) {
    for (let line = locations.lineCount(row) - 1; line >= 0; line--) {
      const name = locations.lineName(row, line);
      if (name === "" || !drops(name)) continue;
      cuts[row] = line;
      any = true;
      break;
    }
  }
  if (!any) return undefined;
  const pruning = new Uint8Array(locations.length + 1);
  cuts.forEach((line, row) => {
    if (line < 0) return;
    const whole = line === locations.lineCount(row) - 1;
    pruning[row] = whole ? Pruning.whole : Pruning.beneath;
    if (!whole) locations.dropLinesWithin(row, line);
  });
  return pruning;
}

/** A function's name without a leading dot (PowerPC) and without its argument list. */
export function simplifiedName(name: string): string {
  const bare = name.startsWith(".") ? name.slice(1) : name;
  for (const match of bare.matchAll(/\(anonymous namespace\)|operator\(\)|\(/g)) {
    if (match[0] === "(") return bare.slice(0, match.index);
  }
  return bare;
}
