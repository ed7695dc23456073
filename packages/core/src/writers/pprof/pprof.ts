import { type Int64Rounding, toInt64 } from "../../codec/int64.ts";
import { FORMAT, MappingField, ProfileField, SampleField, ValueTypeField } from "../../codec/pprof-schema.ts";
import { ProtobufWriter } from "../../codec/protobuf-writer.ts";
import type { Mapping, Profile, SampleTable, ValueType } from "../../model/profile.ts";
import { SampleColumns } from "../../model/samples.ts";
import { StringInterner } from "../../model/strings.ts";
import type { ByteSink } from "../../util/sink.ts";
import type { WriteOptions, Writer } from "../writer.ts";
import { LabelWriter } from "./labels.ts";
import { LocationTable } from "./locations.ts";
import { lossesOf } from "./losses.ts";

/** What the pprof writer may be told. */
export interface PprofWriteOptions extends WriteOptions {
  /**
   * Write each sample's time as the numeric label `end_timestamp_ns`. pprof is an aggregate format: without
   * this, samples that differ only in time are added up.
   */
  readonly timestamps?: boolean;
}

/**
 * pprof's protobuf format, uncompressed, with all value types; `options.valueType` becomes the default one.
 * Threads are written as labels, with a comment by which Flambeau's reader takes them back (see THREADS_COMMENT).
 * Source: google/pprof, proto/profile.proto.
 */
export const pprofWriter: Writer = {
  id: FORMAT,
  title: "pprof",
  extensions: [".pb.gz", ".pprof", ".pb"],
  gzipExtensions: [".pb.gz", ".pprof"],
  write: writePprof,
};

/** Bytes that are gathered before they are handed to the sink. */
const PIECE = 1 << 16;

async function writePprof(profile: Profile, sink: ByteSink, options: PprofWriteOptions): Promise<string[]> {
  const withTimes = options.timestamps === true && profile.samples.time !== undefined;
  const samples = withTimes ? profile.samples : timeless(profile);
  const file = new PprofFile(profile, samples, sink);
  await file.write(options.valueType ?? profile.meta.defaultValueType);
  return lossesOf(profile, { withTimes, weights: file.weights, labels: file.labelNumbers, samples });
}

/** The samples without their times: those that agree in all else are added up. */
function timeless({ samples, valueTypes }: Profile): SampleTable {
  if (samples.time === undefined) return samples;
  const columns = new SampleColumns("merged");
  for (let type = 0; type < valueTypes.length; type++) columns.addColumn();
  columns.addBatch({ ...samples, time: undefined, borrowed: true });
  return columns.finish();
}

/** One file being written, front to back: samples first, the tables that they filled behind them. */
class PprofFile {
  readonly weights: Int64Rounding = { rounded: 0, change: 0, clamped: 0 };
  readonly labelNumbers: Int64Rounding = { rounded: 0, change: 0, clamped: 0 };
  readonly #profile: Profile;
  readonly #samples: SampleTable;
  readonly #sink: ByteSink;
  readonly #out = new ProtobufWriter();
  readonly #strings = new StringInterner();
  readonly #locations: LocationTable;
  readonly #labels: LabelWriter;
  readonly #flush = (): void | Promise<void> => {
    if (this.#out.length >= PIECE) return this.#hand();
  };

  constructor(profile: Profile, samples: SampleTable, sink: ByteSink) {
    this.#profile = profile;
    this.#samples = samples;
    this.#sink = sink;
    this.#locations = new LocationTable(profile, this.#strings);
    this.#labels = new LabelWriter(profile, this.#strings, this.labelNumbers);
  }

  async write(defaultType: number): Promise<void> {
    for (const type of this.#profile.valueTypes) this.#valueType(ProfileField.sampleType, type);
    for (let row = 0; row < this.#samples.length; row++) {
      this.#sample(row);
      const flushed = this.#flush();
      if (flushed !== undefined) await flushed;
    }
    this.#profile.mappings.forEach((mapping, row) => {
      this.#mapping(mapping, row + 1);
    });
    await this.#locations.writeLocations(this.#out, this.#flush);
    await this.#locations.writeFunctions(this.#out, this.#flush);
    this.#meta(defaultType);
    await this.#stringTable();
    await this.#hand();
  }

  #sample(row: number): void {
    const { stack, weights, labels, thread, time } = this.#samples;
    const out = this.#out;
    const message = out.open(ProfileField.sample);
    if (stack[row]! >= 0) {
      const ids = out.open(SampleField.locationId);
      this.#locations.writeIds(stack[row]!, out);
      out.close(ids);
    }
    const values = out.open(SampleField.value);
    for (let type = 0; type < weights.length; type++) {
      out.signedVarint(toInt64(weights[type]![row]!, this.weights));
    }
    out.close(values);
    if (thread !== undefined && thread[row]! >= 0) this.#labels.writeThread(thread[row]!, out);
    if (labels !== undefined && labels[row]! > 0) this.#labels.writeSet(labels[row]!, out);
    if (time !== undefined && !Number.isNaN(time[row]!)) {
      this.#labels.writeTime(time[row]!, this.#profile.meta.timeOrigin ?? 0n, out);
    }
    out.close(message);
  }

  #valueType(field: number, { name, unit }: ValueType): void {
    const message = this.#out.open(field);
    this.#out.unsigned(ValueTypeField.type, this.#strings.add(name));
    this.#out.unsigned(ValueTypeField.unit, this.#strings.add(unit));
    this.#out.close(message);
  }

  #mapping(mapping: Mapping, id: number): void {
    const out = this.#out;
    const message = out.open(ProfileField.mapping);
    out.unsigned(MappingField.id, id);
    if (mapping.start !== 0n) out.unsigned(MappingField.start, mapping.start);
    if (mapping.end !== 0n) out.unsigned(MappingField.limit, mapping.end);
    if (mapping.fileOffset !== 0n) out.unsigned(MappingField.offset, mapping.fileOffset);
    if (mapping.path !== "") out.unsigned(MappingField.filename, this.#strings.add(mapping.path));
    if (mapping.buildId !== "") out.unsigned(MappingField.buildId, this.#strings.add(mapping.buildId));
    const { has } = mapping;
    if (has?.functions) out.unsigned(MappingField.hasFunctions, 1);
    if (has?.filenames) out.unsigned(MappingField.hasFilenames, 1);
    if (has?.lineNumbers) out.unsigned(MappingField.hasLineNumbers, 1);
    if (has?.inlineFrames) out.unsigned(MappingField.hasInlineFrames, 1);
    out.close(message);
  }

  #meta(defaultType: number): void {
    const { meta, valueTypes } = this.#profile;
    const out = this.#out;
    this.#text(ProfileField.dropFrames, meta.dropFrames);
    this.#text(ProfileField.keepFrames, meta.keepFrames);
    if (meta.clock === "unix" && meta.timeOrigin !== undefined) {
      out.signed(ProfileField.timeNanos, meta.timeOrigin);
    }
    if (meta.duration !== undefined) out.signed(ProfileField.durationNanos, Math.round(meta.duration));
    if (meta.period !== undefined) {
      this.#valueType(ProfileField.periodType, meta.period.type);
      out.signed(ProfileField.period, Math.round(meta.period.value));
    }
    const comments = [...(meta.comments ?? []), this.#labels.threadsComment];
    for (const comment of comments) this.#text(ProfileField.comment, comment);
    // Readers show the last value type where none is named, and the first of those that share the name.
    const name = valueTypes[defaultType]?.name;
    const isFirst = valueTypes.findIndex((type) => type.name === name) === defaultType;
    if (isFirst || defaultType < valueTypes.length - 1) this.#text(ProfileField.defaultSampleType, name);
    this.#text(ProfileField.docUrl, meta.docUrl);
  }

  #text(field: number, text: string | undefined): void {
    if (text !== undefined) this.#out.unsigned(field, this.#strings.add(text));
  }

  async #stringTable(): Promise<void> {
    const table = this.#strings.finish();
    for (let id = 0; id < table.length; id++) {
      this.#out.bytes(ProfileField.stringTable, table.view(id));
      const flushed = this.#flush();
      if (flushed !== undefined) await flushed;
    }
  }

  async #hand(): Promise<void> {
    await this.#sink.write(this.#out.view());
    this.#out.clear();
  }
}
