import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";

/**
 * The builder's stacks for a table of (prefix, frame) rows. A prefix that is not an earlier row is a lie, and the row
 * becomes a root, with a note.
 *
 * `prefixOf` answers -1 for a root, `frameOf` the builder's frame, or -1 where there is none: such a row stands for its
 * prefix.
 */
export function firefoxStacks(
  builder: ProfileBuilder,
  notes: Notes,
  length: number,
  prefixOf: (row: number) => number,
  frameOf: (row: number) => number,
): Int32Array {
  const rows = new Int32Array(length);
  builder.expectStacks(builder.stackCount + length);
  for (let row = 0; row < length; row++) {
    let prefix = prefixOf(row);
    if (prefix >= row || prefix < -1) {
      notes.add(
        "approximated",
        "bad-prefix",
        "A stack continues one that is not before it; it was cut there.",
      );
      prefix = -1;
    }
    const parent = prefix < 0 ? -1 : rows[prefix]!;
    const frame = frameOf(row);
    if (frame < 0) {
      notes.add(
        "approximated",
        "missing-frame",
        "A stack names a frame that is not in the file; it was left out.",
      );
    }
    rows[row] = frame < 0 ? parent : builder.stack(parent, frame);
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
    const known = stack >= 0 && stack < rows.length;
    if (stack >= rows.length) missing++;
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
