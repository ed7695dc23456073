export { ProfileBuilder, type SampleDetails, type SampleMode } from "./model/builder.ts";
export { type Note, type NoteKind, Notes, type Place } from "./model/notes.ts";
export * from "./model/profile.ts";
export { validate } from "./model/validate.ts";
export { pprofReader } from "./readers/pprof/pprof.ts";
export { HEAD_SIZE, Head, type Reader, type ReadOptions, type Verdict } from "./readers/reader.ts";
export {
  childLists,
  type FlameTree,
  type NameTable,
  type Side,
  totalsFromSelf,
} from "./transforms/flame-tree.ts";
export { type ErrorCode, type ErrorDetails, FlambeauError } from "./util/errors.ts";
export { type ByteSink, MemorySink, TextSink } from "./util/sink.ts";
export {
  type ByteSource,
  readAll,
  readFully,
  sourceOfBytes,
  sourceOfChunks,
  withHead,
} from "./util/source.ts";
export { type PprofWriteOptions, pprofWriter } from "./writers/pprof/pprof.ts";
export type { WriteOptions, Writer } from "./writers/writer.ts";
