/**
 * What pprof's reader and writer both know: the format, and the two conventions by which threads and times
 * survive it. Field numbers of pprof's messages. Source: google/pprof, proto/profile.proto.
 * Tables refer to strings by index, to functions, locations and mappings by id (any uint64 except 0).
 */
export const ProfileField = {
  sampleType: 1,
  sample: 2,
  mapping: 3,
  location: 4,
  function: 5,
  stringTable: 6,
  dropFrames: 7,
  keepFrames: 8,
  timeNanos: 9,
  durationNanos: 10,
  periodType: 11,
  period: 12,
  comment: 13,
  defaultSampleType: 14,
  docUrl: 15,
} as const;

export const ValueTypeField = { type: 1, unit: 2 } as const;
export const SampleField = { locationId: 1, value: 2, label: 3 } as const;
export const LabelField = { key: 1, str: 2, num: 3, numUnit: 4 } as const;
export const MappingField = {
  id: 1,
  start: 2,
  limit: 3,
  offset: 4,
  filename: 5,
  buildId: 6,
  hasFunctions: 7,
  hasFilenames: 8,
  hasLineNumbers: 9,
  hasInlineFrames: 10,
} as const;
export const LocationField = { id: 1, mappingId: 2, address: 3, line: 4, isFolded: 5 } as const;
export const LineField = { functionId: 1, line: 2, column: 3 } as const;
export const FunctionField = { id: 1, name: 2, systemName: 3, filename: 4, startLine: 5 } as const;

/** Id of the reader and the writer. */
export const FORMAT = "pprof";

/**
 * The label that gives a sample its time, in nanoseconds since the Unix epoch: a convention of Datadog's
 * profilers. pprof itself has no time per sample.
 */
export const TIME_LABEL = "end_timestamp_ns";

/**
 * pprof has no threads. Flambeau's writer puts them into labels and says so in a comment of the file:
 *
 * ```
 * flambeau:threads=thread,thread_id,pid,process
 * ```
 *
 * The comment names the keys of thread name, thread id, process id and process name. Only where it stands are
 * these labels taken back as threads; labels of other writers stay labels, whatever their keys are.
 */
export const THREADS_COMMENT = "flambeau:threads=";

/** The name of a frame of which the file says neither name nor address. */
export const UNKNOWN_FRAME = "[unknown]";
