import { ProfileBuilder } from "../model/builder.ts";
import type { FrameKindCode, Profile, ProfileMeta, ValueType } from "../model/profile.ts";

/** How profiles are merged. */
export interface MergeOptions {
  /** A label value per input, so that samples can be told apart afterwards. */
  readonly sources?: readonly string[] | undefined;
  /** Key of that label; default `source`. */
  readonly sourceKey?: string | undefined;
}

/**
 * One profile with the samples of all inputs, in their order: tables are united, value types matched by name and
 * unit (a sample weighs 0 in those its input lacks). Times move to the earliest origin where all inputs count
 * from known origins of the same clock; else they stay as they are, and a note says so.
 */
export function mergeProfiles(profiles: readonly Profile[], options: MergeOptions = {}): Profile {
  if (profiles.length === 1 && options.sources === undefined) return profiles[0]!;
  const builder = new ProfileBuilder("each");
  const origin = commonOrigin(profiles, builder);
  profiles.forEach((profile, index) => {
    addProfile(builder, profile, {
      key: options.sourceKey ?? "source",
      source: options.sources?.[index],
      shift: origin === undefined ? 0 : Number(profile.meta.timeOrigin! - origin),
    });
    builder.notes.addAll(profile.notes);
  });
  const merged = builder.finish();
  return { ...merged, meta: mergedMeta(profiles, merged.valueTypes, origin, merged.samples.length) };
}

interface Placement {
  readonly key: string;
  readonly source: string | undefined;
  /** Nanoseconds to add to the input's times. */
  readonly shift: number;
}

function addProfile(builder: ProfileBuilder, profile: Profile, place: Placement): void {
  const { samples, stacks } = profile;
  const types = profile.valueTypes.map((type) => builder.valueType(type.name, type.unit));
  const frames = addFrames(builder, profile);
  const frame = stacks.frame.map((row) => frames[row]!);
  const rows = builder.stackBatch(
    { length: stacks.length, parent: stacks.parent, frame },
    increasing(frames),
  );
  const threads = profile.threads.map((thread) => builder.thread(thread));
  const extra = place.source === undefined ? [] : [{ key: place.key, value: place.source }];
  const labels = profile.labelSets.map((set) => builder.labelSet([...set, ...extra]));
  const weights = new Float64Array(builder.valueTypes.length);
  for (let row = 0; row < samples.length; row++) {
    for (let type = 0; type < types.length; type++) weights[types[type]!] = samples.weights[type]![row]!;
    const stack = samples.stack[row]!;
    builder.sample(stack < 0 ? -1 : rows[stack]!, weights, {
      time: (samples.time?.[row] ?? Number.NaN) + place.shift,
      thread: threads[samples.thread?.[row] ?? -1] ?? -1,
      labels: labels[samples.labels?.[row] ?? 0]!,
    });
  }
}

/** Row in the builder of each frame. */
function addFrames(builder: ProfileBuilder, { frames, strings, mappings }: Profile): Int32Array {
  const text = new Uint32Array(strings.length);
  for (let id = 1; id < strings.length; id++) text[id] = builder.stringBytes(strings.view(id));
  const mapping = mappings.map((one) => builder.mapping(one));
  const rows = new Int32Array(frames.length);
  for (let row = 0; row < frames.length; row++) {
    rows[row] = builder.frame({
      name: text[frames.name[row]!]!,
      file: text[frames.file[row]!]!,
      line: frames.line[row]!,
      column: frames.column[row]!,
      mapping: mapping[frames.mapping[row]!] ?? -1,
      address: frames.address[row]!,
      kind: frames.kind[row]! as FrameKindCode,
      inlined: frames.inlined[row] === 1,
    });
  }
  return rows;
}

/** True where no two frames became one: the stacks over them are then still distinct. */
function increasing(rows: Int32Array): boolean {
  for (let i = 1; i < rows.length; i++) if (rows[i]! <= rows[i - 1]!) return false;
  return true;
}

/** The earliest origin, where all inputs with times name one of the same clock. */
function commonOrigin(profiles: readonly Profile[], builder: ProfileBuilder): bigint | undefined {
  if (!profiles.some((profile) => profile.samples.time !== undefined)) return earliest(profiles);
  const comparable = profiles.every(
    ({ meta }) => meta.timeOrigin !== undefined && meta.clock === profiles[0]!.meta.clock,
  );
  if (comparable) return earliest(profiles);
  builder.notes.add(
    "approximated",
    "merged-times",
    "the merged recordings do not count time from comparable origins; each keeps its own times",
  );
  return undefined;
}

function earliest(profiles: readonly Profile[]): bigint | undefined {
  let origin: bigint | undefined;
  for (const { meta } of profiles) {
    if (meta.timeOrigin === undefined || meta.clock !== profiles[0]!.meta.clock) return undefined;
    if (origin === undefined || meta.timeOrigin < origin) origin = meta.timeOrigin;
  }
  return origin;
}

/** The value that all inputs agree on. */
function agreed<T>(profiles: readonly Profile[], of: (meta: ProfileMeta) => T): T | undefined {
  const first = profiles[0] === undefined ? undefined : of(profiles[0].meta);
  return profiles.every(({ meta }) => of(meta) === first) ? first : undefined;
}

/** Without the properties that are undefined. */
function defined<T extends object>(object: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}

function mergedMeta(
  profiles: readonly Profile[],
  valueTypes: readonly ValueType[],
  origin: bigint | undefined,
  samples: number,
): ProfileMeta {
  const metas = profiles.map((profile) => profile.meta);
  const rowOf = (profile: Profile, type: number): number => {
    const wanted = profile.valueTypes[type];
    return valueTypes.findIndex((one) => one.name === wanted?.name && one.unit === wanted.unit);
  };
  const durations = metas.map((meta) => meta.duration);
  const comments = [...new Set(metas.flatMap((meta) => meta.comments ?? []))];
  const observations = profiles.reduce((sum, one) => sum + (one.meta.observations ?? one.samples.length), 0);
  const first = profiles[0];
  return defined<ProfileMeta>({
    format: agreed(profiles, (meta) => meta.format) ?? "merged",
    producer: agreed(profiles, (meta) => meta.producer),
    timeOrigin: origin,
    clock: origin === undefined ? undefined : metas[0]?.clock,
    // As in pprof: how long was measured, not how long it took from the first to the last.
    duration: durations.some((one) => one !== undefined)
      ? durations.reduce<number>((sum, one) => sum + (one ?? 0), 0)
      : undefined,
    period: commonPeriod(metas),
    defaultValueType: first === undefined ? 0 : Math.max(rowOf(first, first.meta.defaultValueType), 0),
    observations: observations === samples ? undefined : observations,
    threadsAreRoots: metas.some((meta) => meta.threadsAreRoots) || undefined,
    samplesInOrder: undefined,
    annotated: metas.some((meta) => meta.annotated) || undefined,
    differential: commonDifferential(profiles, rowOf),
    title: agreed(profiles, (meta) => meta.title),
    comments: comments.length === 0 ? undefined : comments,
    dropFrames: agreed(profiles, (meta) => meta.dropFrames),
    keepFrames: agreed(profiles, (meta) => meta.keepFrames),
  });
}

function commonPeriod(metas: readonly ProfileMeta[]): ProfileMeta["period"] {
  const period = metas[0]?.period;
  const same = metas.every(
    (meta) =>
      meta.period?.value === period?.value &&
      meta.period?.type.name === period?.type.name &&
      meta.period?.type.unit === period?.type.unit,
  );
  return same ? period : undefined;
}

/** Both sides, where every input is a comparison of the same two value types. */
function commonDifferential(
  profiles: readonly Profile[],
  rowOf: (profile: Profile, type: number) => number,
): ProfileMeta["differential"] {
  const sides = profiles.map((profile) => {
    const { differential } = profile.meta;
    if (differential === undefined) return undefined;
    return { base: rowOf(profile, differential.base), head: rowOf(profile, differential.head) };
  });
  const first = sides[0];
  return sides.every((one) => one?.base === first?.base && one?.head === first?.head) ? first : undefined;
}
