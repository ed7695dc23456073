export type { CodeModule, CodeNames, KernelIdentity, NameSource } from "./codec/code-names.ts";
export { scanPart } from "./kernel/drive.ts";
export type { ScanTables, ScanTask } from "./kernel/kernel.ts";
export { createScanner } from "./kernel/scanner.ts";
export { type GatheredNames, type GatherOptions, gatherNames } from "./layout/gathered-names.ts";
export { type Layout, type LayoutOptions, layoutTree, RectangleKind } from "./layout/layout.ts";
export { ProfileBuilder, type SampleDetails, type SampleMode } from "./model/builder.ts";
export { type Note, type NoteKind, Notes, type Place } from "./model/notes.ts";
export { PairInterner } from "./model/pairs.ts";
export * from "./model/profile.ts";
export { StringTable } from "./model/strings.ts";
export { validate } from "./model/validate.ts";
export { foldedReader } from "./readers/folded/index.ts";
export { describeHead } from "./readers/identify.ts";
export { jfrReader } from "./readers/jfr/index.ts";
export {
  chooseReader,
  type Detected,
  type DetectOptions,
  detect,
  type Gunzip,
  type ReadProfileOptions,
  readProfile,
  requireReader,
} from "./readers/open.ts";
export { otlpReader } from "./readers/otlp/index.ts";
export { perfScriptReader } from "./readers/perf-script/index.ts";
export { pprofReader } from "./readers/pprof/pprof.ts";
export { pprofLegacyReader } from "./readers/pprof-legacy/index.ts";
export { pstatsReader } from "./readers/pstats/index.ts";
export {
  HEAD_SIZE,
  Head,
  type PartReader,
  type Reader,
  type ReadOptions,
  type Unpack,
  type Unpackers,
  type UnpackOptions,
  VALUES_UNREAD,
  type Verdict,
  type WantedValues,
} from "./readers/reader.ts";
export { readerById, readers } from "./readers/registry.ts";
export { drawableTree } from "./render/svg/differential.ts";
export { renderErrorSvg } from "./render/svg/error-svg.ts";
export { type NameAttributes, parseNameAttributes } from "./render/svg/name-attributes.ts";
export { sumHues } from "./render/svg/name-hash.ts";
export type { SvgOptions } from "./render/svg/options.ts";
export { formatPaletteMap, parsePaletteMap } from "./render/svg/palette-map.ts";
export { PALETTES, type PaletteName, paletteColor, type Rgb } from "./render/svg/palettes.ts";
export { renderSvg, type SvgSummary } from "./render/svg/svg.ts";
export {
  type AddressLines,
  type AddressLinesOptions,
  addressLines,
  linesAt,
  type SourceLine,
} from "./symbols/address-lines.ts";
export type { UnpackSection } from "./symbols/dwarf/sections.ts";
export { type ElfFile, type ElfSegment, elfSegments, hasLostCode, parseElf } from "./symbols/elf.ts";
export { readElfParts } from "./symbols/elf-parts.ts";
export { type FunctionSymbols, functionAt, functionSymbols } from "./symbols/functions.ts";
export { namesFromFiles, type SymbolFiles } from "./symbols/name-source.ts";
export {
  childLists,
  type FlameTree,
  type NameTable,
  type Side,
  totalsFromSelf,
} from "./transforms/flame-tree.ts";
export * from "./transforms/index.ts";
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
export { grouped, humanBytes, humanTime, humanWeight } from "./util/units.ts";
export { callgrindWriter } from "./writers/callgrind/index.ts";
export { flambeauWriter } from "./writers/flambeau/index.ts";
export { type FoldedOptions, foldedWriter } from "./writers/folded/index.ts";
export { otlpWriter } from "./writers/otlp/index.ts";
export { type PprofWriteOptions, pprofWriter } from "./writers/pprof/pprof.ts";
export { writerById, writerForName, writers } from "./writers/registry.ts";
export type { WriteOptions, Writer } from "./writers/writer.ts";
