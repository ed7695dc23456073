import type { Load } from "../engine/engine.ts";

/** What a stretch of a journal file holds. */
export type SectionKind = "frames" | "stacks" | "series" | "samples";

/** A stretch of a journal file: rows of one kind, samples of one UTC day. */
export interface Section {
  readonly kind: SectionKind;
  /** Of samples: days since the epoch. */
  readonly day: number;
  readonly rows: number;
  /** Rows of samples that belong to a span. */
  readonly spans: number;
  /** From the start of the file. */
  readonly offset: number;
  readonly length: number;
}

/** Columns of the rows of each kind, as RowBinary needs them. */
export const STRUCTURE: Readonly<Record<SectionKind, string>> = {
  frames:
    "tenant String, id UInt64, name String, file String, line UInt32, column UInt32, mapping String, " +
    "build_id String, address UInt64, kind UInt8, inlined UInt8, week UInt16, keep UInt16",
  stacks: "tenant String, service String, stack UInt64, frames Array(UInt64), week UInt16, keep UInt16",
  series:
    "tenant String, day UInt16, type String, service String, series UInt64, labels Map(String, String), keep UInt16",
  // One row a profile: its samples are lists, so that the journal repeats nothing.
  samples:
    "tenant String, type String, service String, ms Int64, dur UInt32, series UInt64, keep UInt16, id UUID, " +
    "stacks Array(UInt64), weights Array(Int64), " +
    "spans Array(UInt64), span_stacks Array(UInt64), span_weights Array(Int64)",
};

const FRAMES = "tenant, id, name, file, line, column, mapping, build_id, address, kind, inlined";
const SECONDS = "toDateTime(intDiv(ms, 1000), 'UTC') AS ts";

/** The inserts that a section becomes; `token` names the section. Samples come last: whoever sees them can resolve them. */
export function loadsOf({ kind, spans }: Pick<Section, "kind" | "spans">, token: string): Load[] {
  switch (kind) {
    case "frames":
      return [
        {
          into: `frames (${FRAMES}, week, keep)`,
          select: `SELECT ${FRAMES}, toDate(week) AS week, keep`,
          token: `${token}-frames`,
        },
      ];
    case "stacks":
      return [
        {
          into: "stacks (tenant, service, stack, frames, week, keep)",
          select: "SELECT tenant, service, stack, frames, toDate(week) AS week, keep",
          token: `${token}-stacks`,
        },
      ];
    case "series":
      return [
        {
          into: "series (tenant, day, type, service, series, labels, keep)",
          select: "SELECT tenant, toDate(day) AS day, type, service, series, labels, keep",
          token: `${token}-series`,
        },
      ];
    case "samples":
      return sampleLoads(spans, token);
  }
}

function sampleLoads(spans: number, token: string): Load[] {
  const loads: Load[] = [
    {
      into: "profiles (tenant, type, service, ts, dur, series, id, value, n, keep)",
      select:
        "SELECT tenant, type, service, fromUnixTimestamp64Milli(ms, 'UTC') AS ts, dur, series, id, " +
        "arraySum(weights) AS value, toUInt32(length(weights)) AS n, keep",
      token: `${token}-profiles`,
    },
    {
      into: "samples (tenant, type, service, ts, dur, series, stack, value, keep)",
      select: `SELECT tenant, type, service, ${SECONDS}, dur, series, stack, value, keep`,
      tail: "ARRAY JOIN stacks AS stack, weights AS value",
      token: `${token}-samples`,
    },
  ];
  if (spans > 0) {
    loads.unshift({
      into: "span_samples (tenant, span, type, service, ts, series, stack, value, keep)",
      select: `SELECT tenant, span, type, service, ${SECONDS}, series, stack, value, keep`,
      tail: "ARRAY JOIN spans AS span, span_stacks AS stack, span_weights AS value",
      token: `${token}-spans`,
    });
  }
  return loads;
}
