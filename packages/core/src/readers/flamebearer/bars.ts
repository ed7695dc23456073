import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import type { FlamebearerFile } from "./parse.ts";
import type { BarWeights } from "./weights.ts";

/** One row of the picture; a bar's place is the sum of both sides' where there are two. */
interface Level {
  readonly x: Float64Array;
  readonly end: Float64Array;
  /** Row of the builder's stacks, -1 for the root, which stands for everything. */
  readonly stack: Int32Array;
}

/**
 * Turns bars into samples. A bar lies on the one below it:
 *
 * ```
 * level 0   total ─────────────────── 9          [0,9,0,0]
 * level 1   a ─────────── 5   b ───── 4          [0,5,1,1, 0,4,4,2]
 * level 2     c ───────── 4                      [1,4,4,3]       1: how far behind the end of the bar before
 * ```
 *
 * `[offset, total, self, name]`; with two sides `[offset, total, self]` of each before the name.
 */
export function addBars(
  file: FlamebearerFile,
  weights: BarWeights,
  into: ProfileBuilder,
  notes: Notes,
): void {
  let below: Level | undefined;
  for (let level = 0; level < file.ends.length; level++) {
    const start = level === 0 ? 0 : file.ends.at(level - 1);
    below = addLevel(file, start, file.ends.at(level), below, weights, into, notes);
  }
}

function addLevel(
  { bars, names }: FlamebearerFile,
  start: number,
  stop: number,
  below: Level | undefined,
  { double, scales }: BarWeights,
  into: ProfileBuilder,
  notes: Notes,
): Level {
  const width = double ? 7 : 4;
  const count = Math.floor((stop - start) / width);
  if (count * width !== stop - start) {
    notes.add(
      "skipped",
      "odd-level",
      `A level is no list of ${width} numbers for each bar; the rest was left out.`,
    );
  }
  const level: Level = {
    x: new Float64Array(count),
    end: new Float64Array(count),
    stack: new Int32Array(count),
  };
  let parent = 0;
  let left = 0;
  let right = 0;
  const own = new Float64Array(scales.length);
  for (let bar = 0; bar < count; bar++) {
    const at = start + bar * width;
    left += finite(bars.at(at));
    right += double ? finite(bars.at(at + 3)) : 0;
    level.x[bar] = left + right;
    left += finite(bars.at(at + 1));
    right += double ? finite(bars.at(at + 4)) : 0;
    level.end[bar] = left + right;
    if (below === undefined) level.stack[bar] = -1;
    else {
      while (parent + 1 < below.x.length && level.x[bar]! >= below.end[parent]!) parent++;
      checkPlace(level, bar, below, parent, notes);
      const name = nameOf(names, bars.at(at + width - 1), into, notes);
      level.stack[bar] = into.stack(below.stack[parent] ?? -1, into.frame({ name }));
    }
    const self = finite(bars.at(at + 2));
    const other = double ? finite(bars.at(at + 5)) : self;
    scales.forEach((scale, type) => {
      own[type] = scale * (type === 0 ? self : other);
    });
    if (self !== 0 || other !== 0) into.sample(level.stack[bar]!, own);
  }
  return level;
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : 0;
}

/** A bar that reaches beyond the one below belongs to it all the same, but the file is at odds with itself. */
function checkPlace({ x, end }: Level, bar: number, below: Level, parent: number, notes: Notes): void {
  if (x[bar]! >= below.x[parent]! && end[bar]! <= below.end[parent]!) return;
  notes.add(
    "approximated",
    "bar-without-caller",
    "A bar does not lie on one of the level below; it was put on the next.",
  );
}

function nameOf(names: FlamebearerFile["names"], index: number, into: ProfileBuilder, notes: Notes): number {
  const name = Number.isInteger(index) && index >= 0 && index < names.length ? names.at(index) : 0;
  if (name !== 0) return name;
  if (!(index >= 0 && index < names.length)) {
    notes.add("approximated", "missing-name", "A bar names a function that is not in the list of names.");
  }
  return into.string("(unnamed)");
}
