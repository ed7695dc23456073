import { PIECE, ThreadSamples } from "../../codec/thread-samples.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import type { ProfileEntry } from "./parse-profile.ts";
import type { PendingSamples } from "./pending.ts";
import { meaningOf, scaled } from "./units.ts";

/** Gives stacks and samples to the builder, now that frames and units are known. */
export function handOver(
  entries: readonly ProfileEntry[],
  samples: PendingSamples,
  frames: Int32Array,
  active: number | undefined,
  builder: ProfileBuilder,
  notes: Notes,
): void {
  noteUnknownFrames(samples, frames, notes);
  const stacks = samples.handOver(builder, frames, () => builder.frameNamed("[unknown]"));
  samples.complete();
  const threadName = distinctNames(entries, notes);
  let start = Number.POSITIVE_INFINITY;
  let end = Number.NEGATIVE_INFINITY;
  builder.expectSamples(samples.length);
  entries.forEach((entry, index) => {
    const meaning = meaningOf(entry.unit);
    const type = builder.valueType(meaning.valueType.name, meaning.valueType.unit);
    if (index === (active ?? 0)) builder.meta.defaultValueType = type;
    noteUnit(entry, meaning.isTime, meaning.factor, notes);
    const thread = builder.thread({ name: threadName(entry) });
    const out = new ThreadSamples(builder, type);
    for (let from = entry.first; from < entry.end; from += PIECE) {
      const count = Math.min(PIECE, entry.end - from);
      putStacks(samples.stack.piece(from, count), stacks, out.piece.stack);
      putTimes(samples.at.piece(from, count), meaning.isTime ? meaning.factor : Number.NaN, out.piece.time);
      const weights = samples.weight.piece(from, count);
      for (let i = 0; i < count; i++) {
        out.piece.first[i] = finite(scaled(weights[i]!, meaning.factor), notes);
      }
      out.add(thread, count);
      for (const column of [samples.stack, samples.at, samples.weight]) column.drop(from + count, builder);
    }
    out.flush(thread);
    if (meaning.isTime) {
      if (Number.isFinite(entry.startValue))
        start = Math.min(start, scaled(entry.startValue, meaning.factor));
      if (Number.isFinite(entry.endValue)) end = Math.max(end, scaled(entry.endValue, meaning.factor));
    } else builder.meta.samplesInOrder = true;
  });
  if (end >= start && Number.isFinite(end - start)) builder.meta.duration = end - start;
  builder.meta.observations = samples.length;
}

/** `rows`: the builder's stack for each of ours; undefined: the same. */
function putStacks(stacks: Int32Array | Float64Array, rows: Int32Array | undefined, into: Int32Array): void {
  for (let i = 0; i < stacks.length; i++) {
    const stack = stacks[i]!;
    into[i] = stack < 0 ? -1 : rows === undefined ? stack : rows[stack]!;
  }
}

/** NaN, also as the factor: not known. */
function putTimes(values: Int32Array | Float64Array, factor: number, into: Float64Array): void {
  for (let i = 0; i < values.length; i++) {
    const time = scaled(values[i]!, factor);
    into[i] = Number.isFinite(time) ? time : Number.NaN;
  }
}

/** A sum or a product of large weights may leave the range of doubles. */
function finite(weight: number, notes: Notes): number {
  if (Number.isFinite(weight)) return weight;
  notes.add("skipped", "not-finite", "A sample whose weight is not a finite number was left out.");
  return 0;
}

function noteUnknownFrames(samples: PendingSamples, frames: Int32Array, notes: Notes): void {
  if (samples.highestFrame < frames.length) return;
  notes.add(
    "approximated",
    "missing-frame",
    "Stacks name frames that are not in shared.frames; they are called [unknown].",
    { offset: samples.highestFrameOffset },
  );
}

function noteUnit(entry: ProfileEntry, isTime: boolean, factor: number, notes: Notes): void {
  const { unit, offset } = entry;
  if (factor !== 1) {
    notes.add("information", `unit-${unit}`, `Values in ${unit} were converted to nanoseconds.`, { offset });
  } else if (!isTime && unit !== "none" && unit !== "bytes") {
    notes.add(
      "information",
      "unknown-unit",
      "A profile has a unit that speedscope does not know; it was kept.",
      {
        offset,
      },
    );
  }
}

/** Profiles of one name are different threads: the second `main` is called `main (2)`. */
function distinctNames(entries: readonly ProfileEntry[], notes: Notes): (entry: ProfileEntry) => string {
  const taken = new Set(entries.map((entry) => entry.name));
  const first = new Map<string, ProfileEntry>();
  const last = new Map<string, number>();
  for (const entry of entries) if (!first.has(entry.name)) first.set(entry.name, entry);
  return (entry) => {
    if (first.get(entry.name) === entry) return entry.name;
    notes.add("information", "same-name", "Profiles of the same name were numbered.", {
      offset: entry.offset,
    });
    let number = last.get(entry.name) ?? 1;
    do number++;
    while (taken.has(`${entry.name} (${number})`));
    last.set(entry.name, number);
    taken.add(`${entry.name} (${number})`);
    return `${entry.name} (${number})`;
  };
}
