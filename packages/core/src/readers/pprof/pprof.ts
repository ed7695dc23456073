import { FORMAT, THREADS_COMMENT, TIME_LABEL } from "../../codec/pprof-schema.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import type { ValueType } from "../../model/profile.ts";
import { FlambeauError } from "../../util/errors.ts";
import { type ByteSource, readAll } from "../../util/source.ts";
import type { Reader, ReadOptions } from "../reader.ts";
import { LabelDecoder } from "./labels.ts";
import { LocationTreeBuilder } from "./location-tree.ts";
import { Locations } from "./locations.ts";
import { findPruning } from "./prune.ts";
import { SampleDecoder } from "./samples.ts";
import { findSections, type Sections } from "./sections.ts";
import { sniffPprof } from "./sniff.ts";
import { addStacks } from "./stacks.ts";
import { Functions, Mappings, Strings } from "./tables.ts";
import { ThreadKeys } from "./thread-keys.ts";
import { TimeLabels } from "./time-labels.ts";
import { addValueTypes, defaultValueType, readValueType } from "./value-types.ts";

/**
 * pprof's protobuf format. Source: google/pprof, proto/profile.proto and the package `profile`.
 *
 * The tables stand behind the samples that use them, so the input is held in memory once and walked twice: to
 * find the tables, then to decode the samples in place. What repeats (stacks, label sets) is found by its bytes.
 */
export const pprofReader: Reader = {
  id: FORMAT,
  title: "pprof",
  priority: 500,
  extensions: [".pb.gz", ".pprof", ".pb", ".prof"],
  carries: {
    time: true,
    threads: false,
    labels: true,
    lines: true,
    inlined: true,
    severalValueTypes: true,
  },
  sniff: sniffPprof,
  read: readPprof,
};

/** Protobuf messages end at 2 GiB, by the format's own rule. */
const MAX_SIZE = 0x7fffffff;

async function readPprof(
  source: ByteSource,
  into: ProfileBuilder,
  notes: Notes,
  options: ReadOptions,
): Promise<void> {
  if (source.size !== undefined && source.size > MAX_SIZE) throw tooLarge(source.size);
  const bytes = await readAll(source);
  if (bytes.length > MAX_SIZE) throw tooLarge(bytes.length);
  if (bytes.length === 0) throw new FlambeauError("empty-input", "the file is empty", { format: FORMAT });
  const sections = findSections(bytes, notes);
  if (sections.isEmpty) {
    throw new FlambeauError("malformed", "no pprof profile: there are no samples, value types or strings", {
      format: FORMAT,
      offset: 0,
    });
  }
  const strings = new Strings(bytes, sections.strings, into, notes);
  readMeta(bytes, sections, strings, into, notes);
  const mappings = new Mappings(bytes, sections.mappings, strings, into, notes);
  const functions = new Functions(bytes, sections.functions, notes);
  const tables = { strings, functions, mappings };
  const locations = new Locations(bytes, sections.locations, tables, into, notes);
  const { dropFrames = "", keepFrames = "" } = into.meta;
  const pruning = findPruning(locations, { drop: dropFrames, keep: keepFrames }, notes);
  const samples = readSamples(bytes, sections, strings, into, notes, options);
  const tree = new LocationTreeBuilder(
    samples.bytes,
    samples.stacks,
    locations.ids,
    locations.length,
  ).build();
  noteMissing(tree.missing, notes);
  const rowOf = addStacks(tree, locations, pruning, into, bytes.length);
  addSamples(samples, (stack) => (stack < 0 ? -1 : rowOf(tree.leaf[stack]!)), strings, sections, into, notes);
  options.onProgress?.(bytes.length);
}

function readSamples(
  bytes: Uint8Array,
  sections: Sections,
  strings: Strings,
  into: ProfileBuilder,
  notes: Notes,
  options: ReadOptions,
): SampleDecoder {
  const timeKey = strings.indexOf(TIME_LABEL);
  const times = timeKey < 0 ? undefined : new TimeLabels(timeKey, sections.timeNanos);
  const samples = new SampleDecoder(bytes, sections.sampleCount, into.valueTypes.length, times, notes);
  samples.decode(sections, options.onProgress);
  return samples;
}

/** Turns the numbers of stacks and label sets into rows of the profile, in place, and hands the columns over. */
function addSamples(
  samples: SampleDecoder,
  rowOf: (stack: number) => number,
  strings: Strings,
  sections: Sections,
  into: ProfileBuilder,
  notes: Notes,
): void {
  const { length, stack, labels, weights, time } = samples;
  for (let row = 0; row < length; row++) stack[row] = rowOf(stack[row]!);
  const keys = threadKeys(sections, strings, notes);
  const rows = new LabelDecoder(samples.bytes, strings, keys, into, notes).decode(
    samples.bytes,
    samples.labelSets,
  );
  const thread = rows.thread === undefined ? undefined : new Int32Array(length).fill(-1);
  for (let row = 0; row < length; row++) {
    const set = labels[row]! - 1;
    if (set < 0) continue;
    labels[row] = rows.labels[set]!;
    if (thread !== undefined) thread[row] = rows.thread![set]!;
  }
  into.sampleBatch({ length, stack, weights, time, thread, labels });
  if (into.mode === "merged") into.meta.observations = length;
}

function threadKeys(sections: Sections, strings: Strings, notes: Notes): ThreadKeys | undefined {
  for (const comment of sections.comments) {
    const keys = ThreadKeys.of(strings.text(comment));
    if (keys === undefined) continue;
    notes.add(
      "information",
      "threads-from-labels",
      "The threads were taken from labels, as a comment of the file says.",
    );
    return keys;
  }
  return undefined;
}

/** Everything about the recording as a whole. */
function readMeta(
  bytes: Uint8Array,
  sections: Sections,
  strings: Strings,
  into: ProfileBuilder,
  notes: Notes,
): void {
  const { meta } = into;
  meta.format = FORMAT;
  addValueTypes(bytes, sections, strings, into, notes);
  meta.defaultValueType = defaultValueType(sections, strings, into, notes);
  if (sections.timeNanos !== 0n) {
    meta.timeOrigin = sections.timeNanos;
    meta.clock = "unix";
  }
  if (sections.durationNanos !== 0) meta.duration = sections.durationNanos;
  const type = periodType(bytes, sections, strings, notes);
  if (type !== undefined || sections.period !== 0) {
    meta.period = { type: type ?? { name: "", unit: "" }, value: sections.period };
  }
  const comments = sections.comments
    .map((comment) => strings.text(comment))
    .filter((comment) => !comment.startsWith(THREADS_COMMENT));
  if (comments.length > 0) meta.comments = comments;
  if (sections.dropFrames !== 0) meta.dropFrames = strings.text(sections.dropFrames);
  if (sections.keepFrames !== 0) meta.keepFrames = strings.text(sections.keepFrames);
  if (sections.docUrl !== 0) meta.docUrl = strings.text(sections.docUrl);
}

function periodType(
  bytes: Uint8Array,
  sections: Sections,
  strings: Strings,
  notes: Notes,
): ValueType | undefined {
  const { periodType: range } = sections;
  return range === undefined ? undefined : readValueType(bytes, range.start, range.end, strings, notes);
}

function noteMissing(count: number, notes: Notes): void {
  if (count === 0) return;
  notes.add(
    "skipped",
    "missing-location",
    "A stack refers to a location that the file does not hold; the frame is unknown.",
    undefined,
    count,
  );
}

function tooLarge(size: number): FlambeauError {
  return new FlambeauError("too-large", `${size} bytes: a pprof file ends at 2 GiB`, { format: FORMAT });
}
