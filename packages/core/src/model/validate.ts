import { isDuration, isPeriod, isTime } from "./facts.ts";
import type { FrameTable, Profile, StackTable } from "./profile.ts";

/**
 * States every invariant of a profile. Returns one sentence per broken rule (empty: the profile is sound), with
 * the numbers involved; at most one sentence per rule, because one fault tends to break a million rows.
 */
export function validate(profile: Profile): string[] {
  const faults: string[] = [];
  checkStrings(profile, faults);
  checkFrames(profile, faults);
  checkStacks(profile.stacks, profile.frames, faults);
  checkSamples(profile, faults);
  checkMeta(profile, faults);
  return faults;
}

/** The first row for which `broken` holds, or -1. */
function firstRow(length: number, broken: (row: number) => boolean): number {
  for (let row = 0; row < length; row++) if (broken(row)) return row;
  return -1;
}

function requireRows(faults: string[], length: number, rule: string, broken: (row: number) => boolean): void {
  const row = firstRow(length, broken);
  if (row >= 0) faults.push(`row ${row} of ${length}: ${rule}`);
}

function checkStrings({ strings }: Profile, faults: string[]): void {
  if (strings.length < 1) faults.push("strings: there is no string 0");
  else if (strings.offsets[1] !== strings.offsets[0]) faults.push("strings: string 0 is not empty");
  requireRows(
    faults,
    strings.length,
    "strings: offsets decrease",
    (row) => strings.offsets[row]! > strings.offsets[row + 1]!,
  );
  if (strings.offsets[strings.length]! > strings.bytes.length)
    faults.push("strings: offsets end beyond the bytes");
}

function checkFrames({ frames, strings, mappings }: Profile, faults: string[]): void {
  for (const [column, values] of Object.entries(frames)) {
    if (typeof values !== "number" && values.length !== frames.length) {
      faults.push(`frames: column ${column} has ${values.length} rows, not ${frames.length}`);
    }
  }
  requireRows(
    faults,
    frames.length,
    "frames: name is no string",
    (row) => frames.name[row]! >= strings.length,
  );
  requireRows(
    faults,
    frames.length,
    "frames: file is no string",
    (row) => frames.file[row]! >= strings.length,
  );
  requireRows(
    faults,
    frames.length,
    "frames: no such mapping",
    (row) => frames.mapping[row]! < -1 || frames.mapping[row]! >= mappings.length,
  );
  requireRows(
    faults,
    frames.length,
    "frames: neither name nor address",
    (row) => frames.name[row] === 0 && frames.address[row] === 0n && frames.mapping[row] === -1,
  );
  requireRows(faults, frames.length, "frames: unknown kind", (row) => frames.kind[row]! > 6);
  const seen = new Set<string>();
  requireRows(faults, frames.length, "frames: the same frame twice", (row) => {
    const key = [
      frames.name,
      frames.file,
      frames.line,
      frames.column,
      frames.mapping,
      frames.address,
      frames.kind,
      frames.inlined,
    ]
      .map((column) => column[row])
      .join();
    if (seen.has(key)) return true;
    seen.add(key);
    return false;
  });
}

function checkStacks(stacks: StackTable, frames: FrameTable, faults: string[]): void {
  if (stacks.parent.length !== stacks.length)
    faults.push(`stacks: ${stacks.parent.length} parents, not ${stacks.length}`);
  if (stacks.frame.length !== stacks.length)
    faults.push(`stacks: ${stacks.frame.length} frames, not ${stacks.length}`);
  requireRows(
    faults,
    stacks.length,
    "stacks: parent is not an earlier row",
    (row) => stacks.parent[row]! >= row || stacks.parent[row]! < -1,
  );
  requireRows(
    faults,
    stacks.length,
    "stacks: no such frame",
    (row) => stacks.frame[row]! < 0 || stacks.frame[row]! >= frames.length,
  );
  const seen = new Set<number>();
  requireRows(faults, stacks.length, "stacks: the same parent and frame twice", (row) => {
    const key = (stacks.parent[row]! + 1) * frames.length + stacks.frame[row]!;
    if (seen.has(key)) return true;
    seen.add(key);
    return false;
  });
}

function checkSamples(profile: Profile, faults: string[]): void {
  const { samples, stacks, valueTypes, threads, labelSets } = profile;
  const columns: [string, { length: number } | undefined][] = [
    ["stack", samples.stack],
    ["time", samples.time],
    ["thread", samples.thread],
    ["labels", samples.labels],
    ...samples.weights.map((column, type): [string, { length: number }] => [`weights[${type}]`, column]),
  ];
  for (const [name, column] of columns) {
    if (column !== undefined && column.length !== samples.length) {
      faults.push(`samples: column ${name} has ${column.length} rows, not ${samples.length}`);
    }
  }
  if (samples.weights.length !== valueTypes.length) {
    faults.push(`samples: ${samples.weights.length} weight columns for ${valueTypes.length} value types`);
  }
  requireRows(
    faults,
    samples.length,
    "samples: no such stack",
    (row) => samples.stack[row]! < -1 || samples.stack[row]! >= stacks.length,
  );
  samples.weights.forEach((column, type) => {
    requireRows(
      faults,
      samples.length,
      `samples: weight ${type} is not finite`,
      (row) => !Number.isFinite(column[row]!),
    );
  });
  const { time, thread, labels } = samples;
  if (time !== undefined)
    requireRows(
      faults,
      samples.length,
      "samples: time is infinite",
      (row) => Math.abs(time[row]!) === Number.POSITIVE_INFINITY,
    );
  if (thread !== undefined)
    requireRows(
      faults,
      samples.length,
      "samples: no such thread",
      (row) => thread[row]! < -1 || thread[row]! >= threads.length,
    );
  if (labels !== undefined)
    requireRows(
      faults,
      samples.length,
      "samples: no such label set",
      (row) => labels[row]! < 0 || labels[row]! >= labelSets.length,
    );
}

function checkMeta({ meta, valueTypes, labelSets, samples }: Profile, faults: string[]): void {
  if (labelSets[0]?.length !== 0) faults.push("labelSets: set 0 is not the empty set");
  if (valueTypes.length === 0 && samples.length > 0)
    faults.push("valueTypes: there are samples but nothing is counted");
  const types = Math.max(valueTypes.length, 1);
  if (meta.defaultValueType < 0 || meta.defaultValueType >= types)
    faults.push(`meta: no default value type ${meta.defaultValueType}`);
  const { duration, period, timeOrigin } = meta;
  if (duration !== undefined && !isDuration(duration)) faults.push(`meta: a duration of ${duration} ns`);
  if (period !== undefined && !isPeriod(period.value)) faults.push(`meta: a period of ${period.value}`);
  if (timeOrigin !== undefined && !isTime(timeOrigin)) faults.push(`meta: times count from ${timeOrigin}`);
  const sides = meta.differential;
  if (sides !== undefined && (sides.base >= types || sides.head >= types || sides.base === sides.head)) {
    faults.push("meta: the two sides of the differential are not two value types");
  }
}
