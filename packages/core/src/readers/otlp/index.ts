import { openJson } from "../../codec/json-document.ts";
import { ProtobufReader, WireType } from "../../codec/protobuf.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import { type ByteSource, readAll, readFully, withHead } from "../../util/source.ts";
import type { Reader, ReadOptions } from "../reader.ts";
import { type Attribute, readAttribute } from "./attributes.ts";
import { OtlpJson } from "./json.ts";
import { detectLayout, eachProfile, FORMAT, type Layout } from "./layout.ts";
import { ProfileReader, type Recording } from "./samples.ts";
import { isJson, isPrefixed, lengthAt, PREFIX, sniffOtlp } from "./sniff.ts";
import { Tables } from "./tables.ts";

/**
 * OpenTelemetry's profiles: a file with one message (ProfilesData, or the body of an export request, which has the
 * same fields), or a stream of them with lengths in front; and the same as JSON, a message a line. Every layout that was released is told by its shape.
 * Source: open-telemetry/opentelemetry-proto, profiles/v1development.
 */
export const otlpReader: Reader = {
  id: FORMAT,
  title: "OpenTelemetry profiles (OTLP, also as JSON)",
  priority: 505,
  extensions: [".otlp", ".otlp.gz", ".json"],
  carries: {
    time: true,
    threads: true,
    labels: true,
    lines: true,
    inlined: true,
    severalValueTypes: true,
  },
  sniff: sniffOtlp,
  read: readOtlp,
};

async function readOtlp(
  source: ByteSource,
  into: ProfileBuilder,
  notes: Notes,
  options: ReadOptions,
): Promise<void> {
  const recording: Recording = { origin: undefined, end: 0n, period: undefined };
  const first = new Uint8Array(1);
  if ((await readFully(source, first)) === 0) {
    throw new FlambeauError("empty-input", "the file is empty", { format: FORMAT });
  }
  const whole = withHead(first, source);
  if (isJson(first)) await readJson(whole, recording, into, notes, options);
  else {
    const bytes = await readAll(whole);
    for (const message of messagesOf(bytes, notes))
      readMessage(message, detectLayout(message), recording, into, notes);
    options.onProgress?.(bytes.length);
  }
  if (into.valueTypes.length === 0) {
    throw new FlambeauError("malformed", "no OTLP profile: there are no samples and no value types", {
      format: FORMAT,
      offset: 0,
    });
  }
  finish(recording, into);
}

/** One message, or several one below the other, as the collector's file exporter writes them. */
async function readJson(
  source: ByteSource,
  recording: Recording,
  into: ProfileBuilder,
  notes: Notes,
  options: ReadOptions,
): Promise<void> {
  const json = openJson(source, FORMAT, options);
  const messages = new OtlpJson(json);
  let read = 0;
  while (!(await json.atEnd())) {
    try {
      const { bytes, layout } = await messages.next();
      readMessage(bytes, layout, recording, into, notes);
      read++;
    } catch (error) {
      if (!(error instanceof FlambeauError) || error.code !== "truncated" || read === 0) throw error;
      notes.add("truncated", "otlp-cut", "The stream ends within a message, which is left out.", {
        offset: json.offset,
      });
      return;
    }
  }
}

/** The messages of a stream, or the only one. */
function messagesOf(bytes: Uint8Array, notes: Notes): Uint8Array[] {
  if (!isPrefixed(bytes)) return [bytes];
  const messages: Uint8Array[] = [];
  let at = 0;
  while (bytes.length - at >= PREFIX) {
    const end = at + PREFIX + lengthAt(bytes, at);
    if (end > bytes.length) break;
    messages.push(bytes.subarray(at + PREFIX, end));
    at = end;
  }
  if (at < bytes.length) {
    notes.add("truncated", "otlp-cut", "The stream ends within a message, which is left out.", {
      offset: at,
    });
  }
  if (messages.length > 0) return messages;
  throw new FlambeauError("truncated", "the stream ends within its first message", {
    format: FORMAT,
    offset: at,
  });
}

function readMessage(
  bytes: Uint8Array,
  layout: Layout,
  recording: Recording,
  into: ProfileBuilder,
  notes: Notes,
): void {
  const shared = new Tables(bytes, layout.tables, into, notes);
  if (layout.tablesIn !== "profile") gatherTables(bytes, layout, shared);
  const reader = new ProtobufReader(bytes, 0, bytes.length, FORMAT);
  while (reader.next()) {
    if (reader.field !== 1 || reader.wire !== WireType.bytes) {
      reader.skip();
      continue;
    }
    const start = reader.at;
    const resource: Attribute[] = [];
    eachProfile(
      reader,
      () => undefined,
      () => resource.push(...readResource(reader, shared)),
    );
    reader.at = start;
    eachProfile(reader, () => {
      const tables = layout.tablesIn === "profile" ? ownTables(reader, layout, into, notes) : shared;
      new ProfileReader(layout, tables, resource, recording, into, notes).read(reader);
    });
  }
}

/** The tables of the whole message, wherever they stand in it. */
function gatherTables(bytes: Uint8Array, layout: Layout, tables: Tables): void {
  const reader = new ProtobufReader(bytes, 0, bytes.length, FORMAT);
  while (reader.next()) {
    if (layout.tablesIn === "data") {
      if (reader.field === 1 || !tables.take(reader)) reader.skip();
    } else if (reader.field !== 2 || reader.wire !== WireType.bytes) reader.skip();
    else {
      const outer = reader.enter();
      while (reader.next()) if (!tables.take(reader)) reader.skip();
      reader.leave(outer);
    }
  }
}

/** The tables within the profile that `reader` is narrowed to; it stands at its start afterwards. */
function ownTables(reader: ProtobufReader, layout: Layout, into: ProfileBuilder, notes: Notes): Tables {
  const tables = new Tables(reader.bytes, layout.tables, into, notes);
  const start = reader.at;
  while (reader.next()) if (!tables.take(reader)) reader.skip();
  reader.at = start;
  return tables;
}

function readResource(reader: ProtobufReader, tables: Tables): Attribute[] {
  const attributes: Attribute[] = [];
  while (reader.next()) {
    if (reader.field !== 1 || reader.wire !== WireType.bytes) {
      reader.skip();
      continue;
    }
    const outer = reader.enter();
    attributes.push(readAttribute(reader, (index) => tables.text(index)));
    reader.leave(outer);
  }
  return attributes;
}

function finish(recording: Recording, into: ProfileBuilder): void {
  const { meta } = into;
  meta.format = FORMAT;
  if (recording.origin !== undefined) {
    meta.timeOrigin = recording.origin;
    meta.clock = "unix";
    const duration = Number(recording.end - recording.origin);
    if (duration > 0) meta.duration = duration;
  }
  if (recording.period !== undefined) meta.period = recording.period;
}
