import { RubyHash, type RubyValue } from "../../codec/ruby-marshal.ts";
import { FlambeauError } from "../../util/errors.ts";
import { columnOf, type Dump, type DumpFrame } from "./dump.ts";

/** Takes a dump out of the hash that Marshal holds. */
export function readMarshalDump(value: RubyValue, dump: Dump, format: string): void {
  if (!(value instanceof RubyHash)) {
    throw new FlambeauError("malformed", "the Marshal data holds no hash", { format, offset: 0 });
  }
  dump.mode = text(value.get("mode"));
  dump.interval = number(value.get("interval"), 1);
  dump.missed = number(value.get("missed_samples"));
  const frames = value.get("frames");
  if (frames instanceof RubyHash) for (const entry of frames.entries) dump.frames.push(frameOf(...entry));
  for (const key of ["raw", "raw_lines", "raw_timestamp_deltas", "raw_sample_timestamps"] as const) {
    const list = value.get(key);
    if (!Array.isArray(list)) continue;
    const column = columnOf(dump, key);
    for (const item of list) column.push(number(item, Number.NaN));
  }
}

function frameOf(id: RubyValue, frame: RubyValue): DumpFrame {
  const fields = frame instanceof RubyHash ? frame : new RubyHash();
  const edges = fields.get("edges");
  return {
    id: number(id, Number.NaN),
    name: text(fields.get("name")),
    file: text(fields.get("file")),
    line: number(fields.get("line")),
    samples: number(fields.get("samples")),
    edges:
      edges instanceof RubyHash
        ? [...edges.entries].flatMap(([callee, count]) => [number(callee, Number.NaN), number(count)])
        : [],
  };
}

function text(value: RubyValue): string {
  return typeof value === "string" ? value : "";
}

function number(value: RubyValue, missing = 0): number {
  const given = typeof value === "bigint" ? Number(value) : value;
  return typeof given === "number" && Number.isFinite(given) ? given : missing;
}
