import type { Fields } from "./fields.ts";

/** One event, or one description of events, as it stands in a block. */
export interface Blob {
  metadata: number;
  /** Thread id; from version 6 on the thread's number. */
  thread: number;
  stack: number;
  /** Ticks. */
  time: number;
  labels: number;
  payload: Fields;
  /** Version 3 has the addresses beside the event. */
  addresses: Fields | undefined;
}

/** Flags of a compressed header: which fields follow. */
const Has = {
  metadata: 1,
  capture: 2,
  thread: 4,
  stack: 8,
  activity: 16,
  related: 32,
  payload: 128,
} as const;

/** Hands over the events of a block; the blob is the same one each time. */
export function eachBlob(block: Fields, version: number, take: (blob: Blob) => void): void {
  const blob: Blob = {
    metadata: 0,
    thread: 0,
    stack: 0,
    time: 0,
    labels: 0,
    payload: block,
    addresses: undefined,
  };
  if (version === 3) {
    while (block.left >= 4) {
      readPlain3(block, blob);
      take(blob);
    }
    return;
  }
  const start = block.at;
  const headerSize = block.u16();
  const compressed = (block.u16() & 1) !== 0;
  block.at = start;
  block.skip(Math.max(4, headerSize));
  let payloadSize = 0;
  while (block.left > 0) {
    if (compressed) payloadSize = readCompressed(block, blob, payloadSize, version);
    else if (block.left < 4) return;
    else readPlain(block, blob, version);
    take(blob);
  }
}

function readCompressed(block: Fields, blob: Blob, before: number, version: number): number {
  const flags = block.u8();
  if ((flags & Has.metadata) !== 0) blob.metadata = block.varuint();
  if ((flags & Has.capture) !== 0) {
    block.varuint();
    block.varuint();
    block.varuint();
  }
  if ((flags & Has.thread) !== 0) blob.thread = block.varuint();
  if ((flags & Has.stack) !== 0) blob.stack = block.varuint();
  blob.time += block.vardelta();
  if (version >= 6) {
    if ((flags & Has.activity) !== 0) blob.labels = block.varuint();
  } else {
    if ((flags & Has.activity) !== 0) block.skip(16);
    if ((flags & Has.related) !== 0) block.skip(16);
  }
  const size = (flags & Has.payload) !== 0 ? block.varuint() : before;
  blob.payload = block.part(size);
  return size;
}

function readPlain(block: Fields, blob: Blob, version: number): void {
  const event = block.part(block.u32());
  blob.metadata = event.u32() & 0x7fffffff;
  event.u32();
  blob.thread = event.u64();
  event.u64();
  event.u32();
  blob.stack = event.u32();
  blob.time = event.u64();
  if (version >= 6) blob.labels = event.u32();
  else event.skip(32);
  blob.payload = event.part(event.u32());
  if (version < 6) block.align(4);
}

/** Version 3: the stack follows the payload. */
function readPlain3(block: Fields, blob: Blob): void {
  const event = block.part(block.u32());
  blob.metadata = event.u32();
  blob.thread = event.u32();
  blob.time = event.u64();
  event.skip(32);
  blob.payload = event.part(event.u32());
  blob.addresses = event.part(event.u32());
  block.align(4);
}
