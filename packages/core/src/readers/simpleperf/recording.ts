import { ProtobufReader, WireType } from "../../codec/protobuf.ts";
import type { Notes } from "../../model/notes.ts";
import { StackInterner } from "../../model/stacks.ts";
import { decodeUtf8 } from "../../util/platform.ts";

/** A place in a file: what a frame is before the file's name and symbols are known, which come last. */
export interface RawFrame {
  readonly file: number;
  /** Index of the file's symbols; -1: none. */
  readonly symbol: number;
  /** Address in the file; told apart only where there is no symbol. */
  readonly address: bigint;
  /** {@link ExecutionType}. */
  readonly execution: number;
}

/** How code was run, as the file says. */
export const ExecutionType = { native: 0, interpreted: 1, jit: 2, art: 3 } as const;

export interface RawFile {
  readonly path: string;
  readonly symbols: readonly string[];
}

export interface RawThread {
  readonly name: string;
  readonly process: number;
}

/** What a file holds, as it comes: samples first, what their numbers mean at the end. */
export class Recording {
  readonly frames: RawFrame[] = [];
  readonly stacks: StackInterner = new StackInterner();
  readonly stack: number[] = [];
  readonly time: bigint[] = [];
  readonly thread: number[] = [];
  readonly event: number[] = [];
  readonly count: number[] = [];
  readonly files: Map<number, RawFile> = new Map();
  readonly threads: Map<number, RawThread> = new Map();
  eventTypes: string[] = [];
  app = "";
  lost = 0;
  switches = 0;
  readonly #frameIds = new Map<string, number>();

  /** One record: a message with one field. */
  record(bytes: Uint8Array, start: number, end: number, notes: Notes, offset: number): void {
    const reader = new ProtobufReader(bytes, start, end, "simpleperf");
    while (reader.next()) {
      const { field } = reader;
      if (reader.wire !== WireType.bytes || field < 1 || field > 6) {
        reader.skip();
        continue;
      }
      const length = reader.length();
      const part = new ProtobufReader(bytes, reader.at, reader.at + length, "simpleperf");
      if (field === 1) this.#sample(part);
      else if (field === 2) this.#lostSamples(part);
      else if (field === 3) this.#file(part);
      else if (field === 4) this.#threadName(part);
      else if (field === 5) this.#meta(part);
      else this.switches++;
      reader.at += length;
    }
    if (reader.at !== end)
      notes.add("skipped", "odd-record", "A record does not end where it says.", { offset });
  }

  #sample(reader: ProtobufReader): void {
    let time = 0n;
    let thread = -1;
    let count = 1;
    let event = 0;
    const chain: number[] = [];
    while (reader.next()) {
      if (reader.field === 3 && reader.wire === WireType.bytes) {
        const length = reader.length();
        chain.push(
          this.#frame(new ProtobufReader(reader.bytes, reader.at, reader.at + length, "simpleperf")),
        );
        reader.at += length;
      } else if (reader.wire !== WireType.varint) reader.skip();
      else if (reader.field === 1) time = reader.bigUnsigned();
      else if (reader.field === 2) thread = reader.signed();
      else if (reader.field === 4) count = reader.unsigned();
      else if (reader.field === 5) event = reader.unsigned();
      else reader.skip();
    }
    let stack = -1;
    for (let i = chain.length - 1; i >= 0; i--) stack = this.stacks.add(stack, chain[i]!);
    this.stack.push(stack);
    this.time.push(time);
    this.thread.push(thread);
    this.event.push(event);
    this.count.push(count);
  }

  #frame(reader: ProtobufReader): number {
    let address = 0n;
    let file = -1;
    let symbol = -1;
    let execution = 0;
    while (reader.next()) {
      if (reader.wire !== WireType.varint) reader.skip();
      else if (reader.field === 1) address = reader.bigUnsigned();
      else if (reader.field === 2) file = reader.unsigned();
      else if (reader.field === 3) symbol = reader.signed();
      else if (reader.field === 4) execution = reader.unsigned();
      else reader.skip();
    }
    const told = symbol < 0 ? address : 0n;
    const key = `${file}/${symbol}/${told}/${execution}`;
    let id = this.#frameIds.get(key);
    if (id === undefined) {
      id = this.frames.push({ file, symbol, address: told, execution }) - 1;
      this.#frameIds.set(key, id);
    }
    return id;
  }

  #lostSamples(reader: ProtobufReader): void {
    while (reader.next()) {
      if (reader.field === 2 && reader.wire === WireType.varint) this.lost = reader.unsigned();
      else reader.skip();
    }
  }

  #file(reader: ProtobufReader): void {
    let id = 0;
    let path = "";
    const symbols: string[] = [];
    while (reader.next()) {
      if (reader.field === 1 && reader.wire === WireType.varint) id = reader.unsigned();
      else if (reader.wire !== WireType.bytes) reader.skip();
      else if (reader.field === 2) path = textOf(reader);
      else if (reader.field === 3) symbols.push(textOf(reader));
      else reader.skip();
    }
    this.files.set(id, { path, symbols });
  }

  #threadName(reader: ProtobufReader): void {
    let id = 0;
    let process = 0;
    let name = "";
    while (reader.next()) {
      if (reader.field === 3 && reader.wire === WireType.bytes) name = textOf(reader);
      else if (reader.wire !== WireType.varint) reader.skip();
      else if (reader.field === 1) id = reader.unsigned();
      else if (reader.field === 2) process = reader.unsigned();
      else reader.skip();
    }
    this.threads.set(id, { name, process });
  }

  #meta(reader: ProtobufReader): void {
    while (reader.next()) {
      if (reader.wire !== WireType.bytes) reader.skip();
      else if (reader.field === 1) this.eventTypes.push(textOf(reader));
      else if (reader.field === 2) this.app = textOf(reader);
      else reader.skip();
    }
  }
}

function textOf(reader: ProtobufReader): string {
  const length = reader.length();
  const text = decodeUtf8(reader.bytes.subarray(reader.at, reader.at + length));
  reader.at += length;
  return text;
}
