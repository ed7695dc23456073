import { FORMAT, ProfileField } from "../../codec/pprof-schema.ts";
import { ProtobufReader, WireType } from "../../codec/protobuf.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import { Ranges } from "./ranges.ts";

/**
 * Where everything lies in a pprof message. The first pass finds it, because the tables that samples refer to
 * may stand behind them, and usually do.
 */
export class Sections {
  readonly sampleTypes: Ranges = new Ranges();
  readonly mappings: Ranges = new Ranges();
  readonly locations: Ranges = new Ranges();
  readonly functions: Ranges = new Ranges();
  readonly strings: Ranges = new Ranges();
  /** Runs of sample fields that follow each other, tags included. */
  readonly sampleRuns: Ranges = new Ranges();
  sampleCount = 0;
  /** String indices of the comments. */
  readonly comments: number[] = [];
  periodType: { readonly start: number; readonly end: number } | undefined;
  period = 0;
  timeNanos = 0n;
  durationNanos = 0;
  /** String indices; 0 where not given. */
  dropFrames = 0;
  keepFrames = 0;
  defaultSampleType = 0;
  docUrl = 0;

  /** True where nothing was found that makes a profile. */
  get isEmpty(): boolean {
    return this.sampleCount + this.sampleTypes.length + this.strings.length === 0;
  }
}

/**
 * Walks the top-level fields. An input that ends within a field keeps what was before it, with a note; one that
 * is no protobuf at some place, or two profiles in a row, is an error.
 */
export function findSections(bytes: Uint8Array, notes: Notes): Sections {
  const sections = new Sections();
  const reader = new ProtobufReader(bytes, 0, bytes.length, FORMAT);
  try {
    while (reader.at < reader.end) {
      const runStart = reader.at;
      const runEnd = walkSamples(bytes, runStart, sections);
      if (runEnd > runStart) {
        sections.sampleRuns.add(runStart, runEnd);
        reader.at = runEnd;
      } else if (reader.next()) takeField(reader, sections, notes);
    }
  } catch (error) {
    if (!(error instanceof FlambeauError) || error.code !== "truncated") throw error;
    notes.add(
      "truncated",
      "truncated",
      "The file ends within a field; what stands before it was kept.",
      error.offset === undefined ? {} : { offset: error.offset },
    );
  }
  return sections;
}

/** Passes over the sample fields that stand at `at`, counting them; returns where something else begins. */
function walkSamples(bytes: Uint8Array, at: number, sections: Sections): number {
  const end = bytes.length;
  let count = 0;
  // A length of up to four bytes; anything else (and what is cut off) goes the careful way.
  while (at + 5 < end && bytes[at] === SAMPLE_TAG) {
    let next = at + 2;
    let length = bytes[at + 1]!;
    if (length >= 128) {
      length = (length & 127) | (bytes[at + 2]! << 7);
      next = at + 3;
      if (length >= 1 << 14) {
        length = (length & 0x3fff) | (bytes[at + 3]! << 14);
        next = at + 4;
        if (length >= 1 << 21) {
          length = (length & 0x1fffff) | (bytes[at + 4]! << 21);
          next = at + 5;
          if (length >= 1 << 28) break;
        }
      }
    }
    if (length > end - next) break;
    at = next + length;
    count++;
  }
  sections.sampleCount += count;
  return at;
}

/** Tag of the field `sample`, length-delimited. */
export const SAMPLE_TAG: number = ProfileField.sample * 8 + WireType.bytes;

function takeField(reader: ProtobufReader, sections: Sections, notes: Notes): void {
  const { field, wire, tagAt } = reader;
  if (wire === WireType.bytes) takeMessage(reader, sections, notes);
  else if (wire === WireType.varint) {
    const low = reader.signed();
    takeNumber(reader, field, low, sections, tagAt, notes);
  } else {
    reader.skip();
    noteUnknown(notes, tagAt);
  }
}

function takeMessage(reader: ProtobufReader, sections: Sections, notes: Notes): void {
  const { field, tagAt } = reader;
  const length = reader.length();
  const start = reader.at;
  const end = start + length;
  reader.at = end;
  if (field === ProfileField.sample) {
    sections.sampleCount++;
    sections.sampleRuns.add(tagAt, end);
  } else if (field === ProfileField.stringTable) {
    if (sections.strings.length === 0 && length > 0) {
      throw reader.malformed("the first string of a pprof file must be empty", tagAt);
    }
    sections.strings.add(start, end);
  } else if (field === ProfileField.location) sections.locations.add(start, end);
  else if (field === ProfileField.function) sections.functions.add(start, end);
  else if (field === ProfileField.mapping) sections.mappings.add(start, end);
  else if (field === ProfileField.sampleType) sections.sampleTypes.add(start, end);
  else if (field === ProfileField.periodType) sections.periodType = { start, end };
  else if (field === ProfileField.comment) {
    const packed = new ProtobufReader(reader.bytes, start, end, FORMAT);
    while (packed.at < packed.end) sections.comments.push(packed.signed());
  } else noteUnknown(notes, tagAt);
}

function takeNumber(
  reader: ProtobufReader,
  field: number,
  value: number,
  sections: Sections,
  tagAt: number,
  notes: Notes,
): void {
  if (field === ProfileField.timeNanos) {
    const { high, low } = reader;
    if (sections.timeNanos !== 0n) {
      throw new FlambeauError("unsupported", "two pprof profiles stand one after the other in this file", {
        format: FORMAT,
        offset: tagAt,
        hint: "Split the file, or merge the profiles with: go tool pprof -proto A B.",
      });
    }
    sections.timeNanos = BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low));
  } else if (field === ProfileField.durationNanos) sections.durationNanos = value;
  else if (field === ProfileField.period) sections.period = value;
  else if (field === ProfileField.comment) sections.comments.push(value);
  else if (field === ProfileField.dropFrames) sections.dropFrames = value;
  else if (field === ProfileField.keepFrames) sections.keepFrames = value;
  else if (field === ProfileField.defaultSampleType) sections.defaultSampleType = value;
  else if (field === ProfileField.docUrl) sections.docUrl = value;
  else noteUnknown(notes, tagAt);
}

function noteUnknown(notes: Notes, offset: number): void {
  notes.add("skipped", "unknown-field", "A field that pprof's format does not define was skipped.", {
    offset,
  });
}
