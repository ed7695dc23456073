import type { ValueType } from "../../model/profile.ts";

/** A row of a table. */
interface Row {
  readonly trace: string;
  /** What stands on top of the trace: an allocated class, a monitor; or empty. */
  readonly leaf: string;
  readonly weights: readonly number[];
}

/** One table of the file. */
export interface Section {
  readonly types: readonly ValueType[];
  readonly rows: Row[];
  /** "rounded": the row's weight is a percentage of the total; "bad": it is no row. */
  add(text: string): "exact" | "rounded" | "bad";
}

/** Decimal commas where the language of the machine has them. */
const RANK = "^ *\\d+ +(\\d{1,3}[.,]\\d{2})% +\\d{1,3}[.,]\\d{2}% +";
/** `1 78.94% 78.94%    2654 300556 java.io.RandomAccessFile.close0`. */
const COUNTED = new RegExp(`${RANK}(\\d{1,15}) (\\d+)(?: (.*))?$`);
/** `1 44.69% 44.69%  1161280 14516  1161280 14516 302032 java.util.zip.ZipEntry`. */
const SITE = new RegExp(`${RANK}(\\d{1,15}) +(\\d{1,15}) +(\\d{1,15}) +(\\d{1,15}) (\\d+)(?: (.*))?$`);

/** The table that `kind` begins, or undefined for one without weights. `said`: the rest of its first line. */
export function sectionOf(kind: string, said: string): Section | undefined {
  if (kind === "CPU SAMPLES") return samples();
  if (kind === "CPU TIME") return times(said, "time", "calls", false);
  if (kind === "MONITOR TIME") return times(said, "contention", "contentions", true);
  return kind === "SITES" ? sites() : undefined;
}

function samples(): Section {
  const rows: Row[] = [];
  return {
    types: [{ name: "samples", unit: "count" }],
    rows,
    add(text) {
      const match = COUNTED.exec(text);
      if (match === null) return "bad";
      rows.push({ trace: match[3]!, leaf: "", weights: [Number(match[2])] });
      return "exact";
    },
  };
}

/** `CPU TIME (ms) BEGIN (total = 633138)`: rows have their share of the total, and how often it happened. */
function times(said: string, time: string, count: string, named: boolean): Section {
  const total = Number(/\(total = (\d{1,15})(?: ms)?\)/.exec(said)?.[1] ?? "0") * 1e6;
  const rows: Row[] = [];
  return {
    types: [
      { name: time, unit: "nanoseconds" },
      { name: count, unit: "count" },
    ],
    rows,
    add(text) {
      const match = COUNTED.exec(text);
      if (match === null) return "bad";
      // In hundredths of a percent, which are whole.
      const share = Number(match[1]!.replace(/[.,]/, ""));
      const weights = [Math.round((total * share) / 1e4), Number(match[2])];
      rows.push({ trace: match[3]!, leaf: named ? (match[4] ?? "").trim() : "", weights });
      return "rounded";
    },
  };
}

function sites(): Section {
  const rows: Row[] = [];
  return {
    types: [
      { name: "inuse_space", unit: "bytes" },
      { name: "inuse_objects", unit: "count" },
      { name: "alloc_space", unit: "bytes" },
      { name: "alloc_objects", unit: "count" },
    ],
    rows,
    add(text) {
      const match = SITE.exec(text);
      if (match === null) return "bad";
      rows.push({
        trace: match[6]!,
        leaf: (match[7] ?? "").trim(),
        weights: [match[2], match[3], match[4], match[5]].map(Number),
      });
      return "exact";
    },
  };
}
