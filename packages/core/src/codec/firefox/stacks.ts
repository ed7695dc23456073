import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import type { NumberColumn } from "../json.ts";

/** Rows of the file's table that are looked at together. */
const AT_ONCE = 1 << 14;

/**
 * The builder's stacks for a table of (prefix, frame) rows. A prefix that is not an earlier row is a lie, and the row
 * becomes a root, with a note. A `prefix` below 0 or NaN is none; `byOffset`: it says how many rows back, 0 is none.
 *
 * `rowOf` answers the builder's frame for one of the file, or -1 where there is none: such a row stands for its prefix.
 */
export function firefoxStacks(
  builder: ProfileBuilder,
  notes: Notes,
  frame: NumberColumn,
  prefix: NumberColumn,
  byOffset: boolean,
  rowOf: (frame: number) => number,
): Int32Array {
  const rows = new Int32Array(frame.length);
  builder.expectStacks(builder.stackCount + rows.length);
  let first = 0;
  let frames = frame.piece(0, 0);
  let prefixes = frames;
  for (let row = 0; row < rows.length; row++) {
    if (row - first === frames.length) {
      first = row;
      frames = frame.piece(row, Math.min(AT_ONCE, rows.length - row));
      prefixes = prefix.piece(row, Math.max(0, Math.min(AT_ONCE, prefix.length - row)));
    }
    let before = row - first < prefixes.length ? prefixes[row - first]! : -1;
    if (byOffset) before = before === 0 ? -1 : row - before;
    if (before >= row || before < -1 || before % 1 > 0) {
      notes.add(
        "approximated",
        "bad-prefix",
        "A stack continues one that is not before it; it was cut there.",
      );
      before = -1;
    }
    const parent = before >= 0 ? rows[before]! : -1;
    const number = frames[row - first]!;
    const own = number % 1 === 0 ? rowOf(number) : -1;
    if (own < 0) {
      notes.add(
        "approximated",
        "missing-frame",
        "A stack names a frame that is not in the file; it was left out.",
      );
    }
    rows[row] = own < 0 ? parent : builder.stack(parent, own);
  }
  return rows;
}

/**
 * Puts the builder's stacks for samples' rows of the file's table into `into`: -1 for none, with a note where the file
 * names one that it has not.
 */
export function firefoxStacksOf(
  rows: Int32Array,
  stacks: Int32Array | Float64Array,
  notes: Notes,
  into: Int32Array,
): void {
  let missing = 0;
  for (let i = 0; i < stacks.length; i++) {
    const stack = stacks[i]!;
    // Not `%`, which takes its time on doubles: a column with nulls has nothing else.
    const whole = Math.floor(stack) === stack;
    const known = whole && stack >= 0 && stack < rows.length;
    if (stack >= 0 && !known) missing++;
    into[i] = known ? rows[stack]! : -1;
  }
  if (missing === 0) return;
  notes.add(
    "approximated",
    "missing-stack",
    "A sample names a stack that is not in the file; it has none.",
    undefined,
    missing,
  );
}
