import type { RecordBytes } from "./bytes.ts";
import type { Header } from "./header.ts";
import { Allocator, allocatorKind, oldAllocatorKind, type Recording } from "./recording.ts";

/** What a record was: the end, or how much of it is shown. */
export const Outcome = { shown: 0, native: 1, end: 2 } as const;
export type OutcomeCode = (typeof Outcome)[keyof typeof Outcome];

const Type = {
  filler: 0,
  trailer: 1,
  memory: 2,
  nativeTrace: 5,
  mapStart: 6,
  segments: 7,
  segment: 8,
  thread: 10,
  contextSwitch: 12,
  codeObject: 14,
} as const;
const OldType = {
  other: 0,
  allocation: 1,
  nativeAllocation: 2,
  frameIndex: 3,
  framePush: 4,
  framePop: 9,
  memory: 11,
} as const;
/** A pointer was not among the last ones: it follows. */
const MISS = 15;
const CACHED = 15;
const MOST_SEGMENTS = 1 << 16;

/** Numbers that records give as differences to the one before of their kind. */
export interface Last {
  pointer: number;
  instruction: number;
  nativeFrame: number;
  firstLine: number;
  frame: number;
  line: number;
  /** The last addresses, the newest first. */
  readonly addresses: number[];
}

export function newLast(): Last {
  return { pointer: 0, instruction: 0, nativeFrame: 0, firstLine: 0, frame: 0, line: 0, addresses: [] };
}

/** Reads a record of version 12 or later. `last` is written only when everything was read. */
export function readRecord(bytes: RecordBytes, header: Header, last: Last, into: Recording): OutcomeCode {
  const first = bytes.byte();
  if (first >= 128) return readAllocation(bytes, first & 127, header, last, into);
  if (first >= 64) {
    const code = bytes.varint();
    into.push(into.frames.ofCode(code, bytes.signed()));
    return Outcome.shown;
  }
  if (first >= 32) return readObject(bytes, first & 31, header, last);
  if (first >= 16) {
    into.pop((first & 15) + 1);
    return Outcome.shown;
  }
  switch (first) {
    case Type.filler:
      return Outcome.shown;
    case Type.trailer:
      return Outcome.end;
    case Type.memory:
      bytes.varint();
      bytes.varint();
      return Outcome.shown;
    case Type.codeObject:
      readCode(bytes, last, into);
      return Outcome.shown;
    default:
      return readCommon(bytes, first, last, into);
  }
}

/** Records that all versions, and files of sums, write in the same way. */
export function readCommon(bytes: RecordBytes, type: number, last: Last, into: Recording): OutcomeCode {
  switch (type) {
    case Type.nativeTrace: {
      const instruction = bytes.signed();
      const frame = bytes.signed();
      last.instruction += instruction;
      last.nativeFrame += frame;
      return Outcome.native;
    }
    case Type.mapStart:
      return Outcome.native;
    case Type.segments: {
      bytes.text();
      const count = bytes.varint();
      bytes.fixed(8);
      if (count > MOST_SEGMENTS) throw bytes.malformed(`a file with ${count} segments`);
      for (let i = 0; i < count; i++) {
        if (bytes.byte() !== Type.segment) throw bytes.malformed("a segment is missing");
        bytes.fixed(8);
        bytes.varint();
      }
      return Outcome.native;
    }
    case Type.thread:
      into.nameThread(bytes.text());
      return Outcome.shown;
    case Type.contextSwitch:
      into.switchTo(bytes.fixed(8));
      return Outcome.shown;
    default:
      throw bytes.malformed(`there is no record of type ${type}`);
  }
}

export function readCode(bytes: RecordBytes, last: Last, into: Recording): void {
  const id = bytes.varint();
  const name = bytes.text();
  const file = bytes.text();
  const firstLine = last.firstLine + bytes.signed();
  const table = bytes.copy(bytes.varint());
  last.firstLine = firstLine;
  into.frames.addCode(id, name, file, firstLine, table);
}

/** The address of a record: one of the last, or a difference to the last that was written out. */
function readAddress(bytes: RecordBytes, place: number, last: Last): number | { readonly pointer: number } {
  if (place !== MISS) return last.addresses[place] ?? 0;
  return { pointer: last.pointer + bytes.signed() };
}

function keepAddress(address: number | { readonly pointer: number }, last: Last): number {
  if (typeof address === "number") return address;
  last.pointer = address.pointer;
  last.addresses.unshift(address.pointer * 8);
  if (last.addresses.length > CACHED) last.addresses.pop();
  return address.pointer * 8;
}

function readAllocation(
  bytes: RecordBytes,
  flags: number,
  { hasNative }: Header,
  last: Last,
  into: Recording,
): OutcomeCode {
  const found = readAddress(bytes, (flags >> 3) & 15, last);
  const number = flags & 7 || bytes.byte();
  const kind = allocatorKind(number);
  if (kind === undefined) throw bytes.malformed(`there is no allocator ${number}`);
  const native = hasNative && kind !== Allocator.free ? bytes.signed() : 0;
  const size = kind === Allocator.free ? 0 : bytes.varint();
  last.nativeFrame += native;
  into.allocation(kind, keepAddress(found, last), size);
  return Outcome.shown;
}

/** The life of a Python object: no amount of memory. */
function readObject(bytes: RecordBytes, flags: number, { hasNative }: Header, last: Last): OutcomeCode {
  const found = readAddress(bytes, (flags >> 1) & 15, last);
  const native = hasNative && (flags & 1) === 1 ? bytes.signed() : 0;
  last.nativeFrame += native;
  keepAddress(found, last);
  return Outcome.shown;
}

/** Reads a record of version 10 or 11: its type in the lower four bits. */
export function readOldRecord(bytes: RecordBytes, last: Last, into: Recording): OutcomeCode {
  const first = bytes.byte();
  const type = first & 15;
  const flags = first >> 4;
  switch (type) {
    case OldType.other:
      return flags === 1 ? Outcome.end : Outcome.shown;
    case OldType.allocation:
    case OldType.nativeAllocation: {
      const kind = oldAllocatorKind(flags);
      if (kind === undefined) throw bytes.malformed(`there is no allocator ${flags}`);
      const pointer = last.pointer + bytes.signed();
      const isNative = type === OldType.nativeAllocation;
      const size = kind === Allocator.free && !isNative ? 0 : bytes.varint();
      const native = isNative ? bytes.signed() : 0;
      last.pointer = pointer;
      last.nativeFrame += native;
      into.allocation(kind, pointer, size);
      return Outcome.shown;
    }
    case OldType.frameIndex: {
      const id = last.frame + bytes.signed();
      const name = bytes.text();
      const file = bytes.text();
      const line = last.line + bytes.signed();
      last.frame = id;
      last.line = line;
      into.frames.number(id, into.frames.frame(name, file, line));
      return Outcome.shown;
    }
    case OldType.framePush:
      last.frame += bytes.signed();
      into.push(into.frames.numbered(last.frame));
      return Outcome.shown;
    case OldType.framePop:
      into.pop(flags + 1);
      return Outcome.shown;
    case OldType.memory:
      bytes.varint();
      bytes.varint();
      return Outcome.shown;
    default:
      return readCommon(bytes, type, last, into);
  }
}
