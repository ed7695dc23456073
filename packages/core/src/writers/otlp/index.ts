import { type Int64Rounding, toInt64 } from "../../codec/int64.ts";
import { ProtobufWriter } from "../../codec/protobuf-writer.ts";
import { FrameKind, type Profile, type ValueType } from "../../model/profile.ts";
import type { ByteSink } from "../../util/sink.ts";
import type { WriteOptions, Writer } from "../writer.ts";
import { Dictionary, varints } from "./dictionary.ts";

/**
 * OpenTelemetry's profiles, in the newest layout (v1.10 and v1.11): one message ProfilesData, which is also the body
 * of an export request. Each value type is a profile of its own. Source: open-telemetry/opentelemetry-proto,
 * profiles/v1development.
 */
export const otlpWriter: Writer = {
  id: "otlp-profiles",
  title: "OpenTelemetry profiles (OTLP)",
  extensions: [".otlp", ".otlp.gz"],
  keepsTime: true,
  gzipExtensions: [".otlp.gz"],
  write: writeOtlp,
};

async function writeOtlp(profile: Profile, sink: ByteSink, options: WriteOptions): Promise<string[]> {
  const dictionary = new Dictionary(profile);
  const rounding: Int64Rounding = { rounded: 0, change: 0, clamped: 0 };
  const chosen = options.valueType;
  // Readers show the first profile first.
  const first = chosen ?? profile.meta.defaultValueType;
  const types = [...profile.valueTypes.keys()]
    .filter((type) => chosen === undefined || type === chosen)
    .sort((a, b) => Number(b === first) - Number(a === first) || a - b);
  const scope = new ProtobufWriter();
  const name = scope.open(1);
  scope.text(1, "flambeau");
  scope.close(name);
  for (const type of types) scope.bytes(2, profileBytes(profile, type, dictionary, rounding));
  const resource = new ProtobufWriter();
  resource.bytes(1, new Uint8Array(0));
  resource.bytes(2, scope.view());
  const message = new ProtobufWriter();
  message.bytes(1, resource.view());
  await sink.write(message.view());
  message.clear();
  message.bytes(2, dictionary.bytes());
  await sink.write(message.view());
  return losses(profile, types, rounding);
}

function profileBytes(
  profile: Profile,
  type: number,
  dictionary: Dictionary,
  rounding: Int64Rounding,
): Uint8Array {
  const { meta, samples } = profile;
  const out = new ProtobufWriter();
  out.bytes(1, valueTypeBytes(profile.valueTypes[type]!, dictionary));
  const details = new Details(profile, dictionary);
  const weights = samples.weights[type]!;
  const sample = new ProtobufWriter();
  for (let row = 0; row < samples.length; row++) {
    // Of several value types a sample often has but one: the others' samples are not this one's.
    if (weights[row] === 0 && profile.valueTypes.length > 1) continue;
    sample.clear();
    sample.unsigned(1, dictionary.stack(samples.stack[row]!));
    const attributes = details.of(row);
    if (attributes.length > 0) sample.bytes(2, attributes);
    const start = sample.open(4);
    sample.signedVarint(toInt64(weights[row]!, rounding));
    sample.close(start);
    const time = samples.time?.[row];
    if (meta.clock === "unix" && meta.timeOrigin !== undefined && time !== undefined && !Number.isNaN(time)) {
      const times = sample.open(5);
      sample.rawFixed64(meta.timeOrigin + BigInt(Math.round(time)));
      sample.close(times);
    }
    out.bytes(2, sample.view());
  }
  if (meta.clock === "unix" && meta.timeOrigin !== undefined) out.fixed64(3, meta.timeOrigin);
  if (meta.duration !== undefined) out.unsigned(4, Math.max(0, Math.round(meta.duration)));
  if (meta.period !== undefined) {
    out.bytes(5, valueTypeBytes(meta.period.type, dictionary));
    out.signed(6, Math.round(meta.period.value));
  }
  return out.view();
}

function valueTypeBytes({ name, unit }: ValueType, dictionary: Dictionary): Uint8Array {
  const writer = new ProtobufWriter();
  writer.unsigned(1, dictionary.string(name));
  writer.unsigned(2, dictionary.string(unit));
  return writer.view();
}

/** The packed attributes of samples: those with the same thread and labels share them. */
class Details {
  readonly #profile: Profile;
  readonly #dictionary: Dictionary;
  readonly #known = new Map<string, Uint8Array>();

  constructor(profile: Profile, dictionary: Dictionary) {
    this.#profile = profile;
    this.#dictionary = dictionary;
  }

  of(row: number): Uint8Array {
    const { samples, threads, labelSets } = this.#profile;
    const thread = samples.thread?.[row] ?? -1;
    const set = samples.labels?.[row] ?? 0;
    const key = `${thread}/${set}`;
    let bytes = this.#known.get(key);
    if (bytes === undefined) {
      const indices = thread < 0 ? [] : this.#dictionary.thread(threads[thread]!);
      for (const label of labelSets[set] ?? []) indices.push(this.#dictionary.label(label));
      bytes = varints(indices).slice();
      this.#known.set(key, bytes);
    }
    return bytes;
  }
}

function losses(profile: Profile, types: readonly number[], rounding: Int64Rounding): string[] {
  const { meta, samples, frames, valueTypes } = profile;
  const lost: string[] = [];
  if (types.length < valueTypes.length)
    lost.push(`Only one of ${valueTypes.length} value types was written.`);
  else if (types.length > 1)
    lost.push("OTLP has one value type per profile: a sample that has several was written once for each.");
  if (rounding.rounded > 0) lost.push(`OTLP holds whole numbers: ${rounding.rounded} weights were rounded.`);
  if (rounding.clamped > 0)
    lost.push(`OTLP holds 64-bit numbers: ${rounding.clamped} weights were cut to that.`);
  if (samples.time !== undefined && meta.clock !== "unix")
    lost.push("OTLP's times are wall-clock times: those of this profile are not, and were left out.");
  const kept: readonly number[] = [FrameKind.unknown, FrameKind.native, FrameKind.kernel];
  if (frames.kind.some((kind) => !kept.includes(kind)))
    lost.push("OTLP tells native and kernel frames apart, not compiled from interpreted ones.");
  return lost;
}
