import {
  FORMAT,
  FunctionField,
  LocationField,
  MappingField,
  ProfileField,
  SampleField,
} from "../../codec/pprof-schema.ts";
import { ProtobufReader, WireType } from "../../codec/protobuf.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Head, Verdict } from "../reader.ts";

/** Top-level fields that are numbers; `comment` may also be packed. */
const NUMBERS: ReadonlySet<number> = new Set([
  ProfileField.dropFrames,
  ProfileField.keepFrames,
  ProfileField.timeNanos,
  ProfileField.durationNanos,
  ProfileField.period,
  ProfileField.comment,
  ProfileField.defaultSampleType,
  ProfileField.docUrl,
]);

/** What the head showed. */
interface Evidence {
  /** `string_table[0] == ""`, which nearly no other protobuf has. */
  emptyString: boolean;
  readonly seen: Set<number>;
  samples: number;
}

/**
 * Protobuf has no magic: walks the top-level fields of the head, and every one must have pprof's number, wire
 * type and inner shape. OTLP's and Perfetto's field 1 is a message of messages, where pprof has two numbers.
 * "yes" takes the empty first string, or samples that come with something else of pprof; "maybe": only samples
 * are in sight.
 */
export function sniffPprof(head: Head): Verdict {
  const evidence: Evidence = { emptyString: false, seen: new Set(), samples: 0 };
  const reader = new ProtobufReader(head.bytes, 0, head.bytes.length, FORMAT);
  try {
    while (reader.next()) if (!fits(reader, evidence)) return "no";
  } catch (error) {
    if (!(error instanceof FlambeauError)) throw error;
    // What the head (or a broken transfer) cuts off may be anything; what cannot be protobuf is not ours.
    if (error.code !== "truncated") return "no";
  }
  const { emptyString, seen, samples } = evidence;
  if (emptyString && seen.size > 1) return "yes";
  if (samples > 0 && seen.size > 1) return "yes";
  return samples > 2 && !head.complete ? "maybe" : "no";
}

/** Takes one top-level field; false where it is none of pprof's. */
function fits(reader: ProtobufReader, evidence: Evidence): boolean {
  const { field, wire, bytes } = reader;
  if (wire === WireType.varint && NUMBERS.has(field)) {
    reader.skip();
    evidence.seen.add(field);
    return true;
  }
  if (wire !== WireType.bytes) return false;
  const length = reader.length();
  const start = reader.at;
  reader.at += length;
  if (!messageFits(bytes, field, start, reader.at)) return false;
  if (field === ProfileField.stringTable && !evidence.seen.has(field)) {
    if (length > 0) return false;
    evidence.emptyString = true;
  }
  evidence.seen.add(field);
  if (field === ProfileField.sample) evidence.samples++;
  return true;
}

function messageFits(bytes: Uint8Array, field: number, start: number, end: number): boolean {
  if (field === ProfileField.stringTable) return true;
  const message = new ProtobufReader(bytes, start, end, FORMAT);
  try {
    if (field === ProfileField.sampleType || field === ProfileField.periodType)
      return numbersOnly(message, 2);
    if (field === ProfileField.mapping) return numbersOnly(message, MappingField.hasInlineFrames);
    if (field === ProfileField.function) return numbersOnly(message, FunctionField.startLine);
    if (field === ProfileField.location) return locationFits(message);
    if (field === ProfileField.sample) return sampleFits(message);
    if (field === ProfileField.comment) return packedFits(message);
    return false;
  } catch (error) {
    if (!(error instanceof FlambeauError)) throw error;
    return false;
  }
}

/** Only varint fields numbered up to `last`. */
function numbersOnly(message: ProtobufReader, last: number): boolean {
  while (message.next()) {
    if (message.wire !== WireType.varint || message.field > last) return false;
    message.skip();
  }
  return true;
}

function locationFits(message: ProtobufReader): boolean {
  while (message.next()) {
    const isLine = message.field === LocationField.line;
    if (message.field > LocationField.isFolded || isLine !== (message.wire === WireType.bytes)) return false;
    if (!isLine && message.wire !== WireType.varint) return false;
    if (!isLine) {
      message.skip();
      continue;
    }
    const outer = message.enter();
    if (!numbersOnly(message, 3)) return false;
    message.leave(outer);
  }
  return true;
}

function sampleFits(message: ProtobufReader): boolean {
  while (message.next()) {
    const { field, wire } = message;
    if (field > SampleField.label || (wire !== WireType.bytes && wire !== WireType.varint)) return false;
    if (field === SampleField.label && wire === WireType.varint) return false;
    if (wire === WireType.varint) {
      message.skip();
      continue;
    }
    const outer = message.enter();
    if (!(field === SampleField.label ? numbersOnly(message, 4) : packedFits(message))) return false;
    message.leave(outer);
  }
  return true;
}

/** A list of varints that ends where it should. */
function packedFits(message: ProtobufReader): boolean {
  while (message.at < message.end) message.unsigned();
  return true;
}
