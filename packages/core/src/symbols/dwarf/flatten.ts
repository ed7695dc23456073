import { sortRows } from "../../util/merge-sort.ts";
import type { StretchRows } from "./entries.ts";
import type { LineRows } from "./line-program.ts";

/** Stretches without gaps or overlaps: from `start[i]` to `start[i + 1]` it is `row[i]`; -1 is nothing. */
export interface Flat {
  readonly start: readonly number[];
  readonly row: readonly number[];
}

class FlatBuilder implements Flat {
  readonly start: number[] = [];
  readonly row: number[] = [];

  /** From here on it is this row. */
  add(start: number, row: number): void {
    const last = this.start.length - 1;
    if (last >= 0 && this.start[last]! >= start) {
      this.row[last] = row;
      if (last > 0 && this.row[last - 1] === row) {
        this.start.pop();
        this.row.pop();
      }
      return;
    }
    if (last >= 0 ? this.row[last] === row : row < 0) return;
    this.start.push(start);
    this.row.push(row);
  }
}

/**
 * The innermost scope of each stretch. Scopes lie in one another; where damaged ones overlap, the inner one is cut.
 *
 * ```
 *   f ──────────────          f  g  h  g  f
 *     g ─────────       →     ──────────────
 *        h ──
 * ```
 */
export function innermost(stretches: StretchRows): Flat {
  const starts = stretches.column("start");
  const depths = stretches.column("depth");
  const rows = sorted(starts, (row) => depths[row]!);
  const flat = new FlatBuilder();
  const open: { end: number; scope: number }[] = [];
  const closeUntil = (offset: number): void => {
    while (open.length > 0 && open.at(-1)!.end <= offset) {
      const { end } = open.pop()!;
      flat.add(end, open.at(-1)?.scope ?? -1);
    }
  };
  for (const row of rows) {
    const start = starts[row]!;
    closeUntil(start);
    const end = Math.min(stretches.get("end", row), open.at(-1)?.end ?? Number.POSITIVE_INFINITY);
    if (end <= start) continue;
    const scope = stretches.get("scope", row);
    flat.add(start, scope);
    open.push({ end, scope });
  }
  closeUntil(Number.POSITIVE_INFINITY);
  return flat;
}

/** The line of each stretch; where sequences overlap, the one that begins first is kept. */
export function lineStretches(lines: LineRows): Flat {
  const offsets = lines.column("offset");
  const numbers = lines.column("line");
  const starts: number[] = [];
  for (let i = 0; i < offsets.length; i++) if (i === 0 || numbers[i - 1] === -1) starts.push(i);
  const keys = Float64Array.from(starts, (row) => offsets[row]!);
  const flat = new FlatBuilder();
  let covered = -1;
  for (const sequence of sorted(keys, () => 0)) {
    for (let row = starts[sequence]!; row < offsets.length; row++) {
      const last = numbers[row] === -1;
      if (offsets[row]! >= covered) {
        flat.add(offsets[row]!, last ? -1 : row);
        covered = offsets[row]!;
      } else if (!last && (offsets[row + 1] ?? 0) > covered) {
        flat.add(covered, row);
      }
      if (last) break;
    }
  }
  return flat;
}

/** Rows in the order of their keys, then of `second`. */
function sorted(keys: Float64Array, second: (row: number) => number): Uint32Array {
  const rows = Uint32Array.from(keys, (_, row) => row);
  sortRows(rows, keys);
  // Few rows begin at the same place: those are put in order one by one.
  for (let i = 1; i < rows.length; i++) {
    const row = rows[i]!;
    let to = i;
    while (to > 0 && keys[rows[to - 1]!] === keys[row] && second(rows[to - 1]!) > second(row)) {
      rows[to] = rows[to - 1]!;
      to--;
    }
    rows[to] = row;
  }
  return rows;
}
