import { ProtobufReader, WireType } from "../../codec/protobuf.ts";
import { decodeUtf8 } from "../../util/platform.ts";

/** How a frame's code runs, by simpleperf's own number. */
export const Execution = { native: 0, interpreted: 1, jit: 2 } as const;

/** One frame of a callchain. */
export interface Entry {
  readonly address: bigint;
  readonly file: number;
  /** Place in the file's symbols; negative: there is none. */
  readonly symbol: number;
  readonly execution: number;
}

export interface Sample {
  /** Nanoseconds of the monotonic clock. */
  readonly time: number;
  readonly thread: number;
  /** Leaf first. */
  readonly callchain: readonly Entry[];
  readonly count: number;
  readonly event: number;
}

/** A record of the file: one of these, or something else. */
export type Message =
  | { readonly kind: "sample"; readonly sample: Sample }
  | { readonly kind: "lost"; readonly lost: number }
  | { readonly kind: "file"; readonly id: number; readonly path: string; readonly symbols: readonly string[] }
  | { readonly kind: "thread"; readonly tid: number; readonly pid: number; readonly name: string }
  | {
      readonly kind: "meta";
      readonly events: readonly string[];
      readonly app: string;
      readonly offCpu: boolean;
    }
  | { readonly kind: "switch"; readonly on: boolean; readonly time: number; readonly thread: number }
  | undefined;

/** Decodes a record: `Record` in system/extras/simpleperf/cmd_report_sample.proto of Android. */
export function messageOf(bytes: Uint8Array, format: string): Message {
  const reader = new ProtobufReader(bytes, 0, bytes.length, format);
  let message: Message;
  while (reader.next()) {
    if (reader.wire !== WireType.bytes) {
      reader.skip();
      continue;
    }
    const { field } = reader;
    const outer = reader.enter();
    message = inner(field, reader) ?? message;
    reader.leave(outer);
  }
  return message;
}

function inner(field: number, reader: ProtobufReader): Message {
  switch (field) {
    case 1:
      return { kind: "sample", sample: sampleOf(reader) };
    case 2:
      return { kind: "lost", lost: numbers(reader).get(2) ?? 0 };
    case 3:
      return fileOf(reader);
    case 4:
      return threadOf(reader);
    case 5:
      return metaOf(reader);
    case 6: {
      const fields = numbers(reader);
      return {
        kind: "switch",
        on: fields.get(1) === 1,
        time: fields.get(2) ?? 0,
        thread: fields.get(3) ?? 0,
      };
    }
    default:
      return undefined;
  }
}

/** The integers of a message by field; what is no integer is passed over. */
function numbers(reader: ProtobufReader): Map<number, number> {
  const found = new Map<number, number>();
  while (reader.next()) {
    if (reader.wire === WireType.varint) found.set(reader.field, reader.signed());
    else reader.skip();
  }
  return found;
}

function sampleOf(reader: ProtobufReader): Sample {
  const found = new Map<number, number>();
  const callchain: Entry[] = [];
  while (reader.next()) {
    if (reader.wire === WireType.varint) found.set(reader.field, reader.signed());
    else if (reader.field === 3 && reader.wire === WireType.bytes) {
      const outer = reader.enter();
      callchain.push(entryOf(reader));
      reader.leave(outer);
    } else reader.skip();
  }
  return {
    time: found.get(1) ?? 0,
    thread: found.get(2) ?? 0,
    callchain,
    count: found.get(4) ?? 0,
    event: found.get(5) ?? 0,
  };
}

function entryOf(reader: ProtobufReader): Entry {
  let address = 0n;
  let file = 0;
  let symbol = 0;
  let execution: number = Execution.native;
  while (reader.next()) {
    if (reader.wire !== WireType.varint) reader.skip();
    else if (reader.field === 1) address = reader.bigUnsigned();
    else {
      const value = reader.signed();
      if (reader.field === 2) file = value;
      else if (reader.field === 3) symbol = value;
      else if (reader.field === 4) execution = value;
    }
  }
  return { address, file, symbol, execution };
}

function fileOf(reader: ProtobufReader): Message {
  let id = 0;
  let path = "";
  const symbols: string[] = [];
  while (reader.next()) {
    if (reader.field === 1 && reader.wire === WireType.varint) id = reader.unsigned();
    else if (reader.wire === WireType.bytes && reader.field === 2) path = textOf(reader);
    else if (reader.wire === WireType.bytes && reader.field === 3) symbols.push(textOf(reader));
    else reader.skip();
  }
  return { kind: "file", id, path, symbols };
}

function threadOf(reader: ProtobufReader): Message {
  let [tid, pid, name] = [0, 0, ""];
  while (reader.next()) {
    if (reader.field === 1 && reader.wire === WireType.varint) tid = reader.unsigned();
    else if (reader.field === 2 && reader.wire === WireType.varint) pid = reader.unsigned();
    else if (reader.field === 3 && reader.wire === WireType.bytes) name = textOf(reader);
    else reader.skip();
  }
  return { kind: "thread", tid, pid, name };
}

function metaOf(reader: ProtobufReader): Message {
  const events: string[] = [];
  let app = "";
  let offCpu = false;
  while (reader.next()) {
    if (reader.wire === WireType.bytes && reader.field === 1) events.push(textOf(reader));
    else if (reader.wire === WireType.bytes && reader.field === 2) app = textOf(reader);
    else if (reader.wire === WireType.varint && reader.field === 6) offCpu = reader.unsigned() === 1;
    else reader.skip();
  }
  return { kind: "meta", events, app, offCpu };
}

function textOf(reader: ProtobufReader): string {
  return decodeUtf8(reader.view());
}
