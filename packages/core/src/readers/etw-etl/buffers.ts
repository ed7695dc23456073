import { decodeLatin1, decodeUtf8 } from "../../util/platform.ts";

/** Id of the reader. */
export const FORMAT = "etw-etl";

/** One event as it lies in a buffer. */
export interface RawEvent {
  /** The kernel's own events: group × 256 + type; -1 for events of providers. */
  readonly hook: number;
  /** The provider's GUID in lower case; empty for the kernel's own. */
  readonly provider: string;
  readonly id: number;
  readonly version: number;
  readonly opcode: number;
  readonly pid: number;
  readonly tid: number;
  /** Ticks of the trace's clock. */
  readonly time: number;
  readonly payload: DataView;
  /** What stands between header and payload: its kind, and its bytes. */
  readonly items: readonly ExtendedItem[];
}

/** An extended data item; see EVENT_HEADER_EXT_TYPE_… in evntcons.h. */
export interface ExtendedItem {
  readonly type: number;
  readonly data: DataView;
}

/** Set in an event's flags where extended items follow its header. */
const EXTENDED = 1;

/** Bytes of a buffer's header. */
export const BUFFER_HEADER = 72;
/** Kinds of event headers, with the bytes that each has. */
const Kind = {
  system32: 1,
  system64: 2,
  compact32: 3,
  compact64: 4,
  full32: 10,
  perf32: 16,
  perf64: 17,
  event32: 18,
  event64: 19,
  full64: 20,
} as const;
/** Set in the third byte of each header that is known. */
const TRACE_HEADER = 0xc0;

/** Little-endian numbers that may be cut off: they are 0 then. */
export function u32(view: DataView, at: number): number {
  return at + 4 <= view.byteLength ? view.getUint32(at, true) : 0;
}
export function u64(view: DataView, at: number): number {
  return u32(view, at) + u32(view, at + 4) * 4294967296;
}

/**
 * The events of one buffer; `skipped` is told of what has no header that is known, which ends the buffer. Source of the
 * layouts: WMI_BUFFER_HEADER, SYSTEM_TRACE_HEADER, PERFINFO_TRACE_HEADER and EVENT_HEADER of Windows' headers.
 */
export function* eventsOf(buffer: DataView, end: number, skipped: (at: number) => void): Generator<RawEvent> {
  let at = BUFFER_HEADER;
  while (at + 16 <= end) {
    const kind = buffer.getUint8(at + 2);
    const isKnown = (buffer.getUint8(at + 3) & TRACE_HEADER) === TRACE_HEADER;
    const isKernel = isKnown && (kind <= Kind.compact64 || kind === Kind.perf32 || kind === Kind.perf64);
    const size = buffer.getUint16(isKernel ? at + 4 : at, true);
    if (size === 0) return;
    if (!isKnown || size < 16 || at + size > end) {
      skipped(at);
      return;
    }
    const event = isKernel ? kernelEvent(buffer, at, kind, size) : providerEvent(buffer, at, kind, size);
    if (event === undefined) skipped(at);
    else yield event;
    at += (size + 7) & ~7;
  }
}

function slice(buffer: DataView, from: number, to: number): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset + from, Math.max(0, to - from));
}

function kernelEvent(buffer: DataView, at: number, kind: number, size: number): RawEvent | undefined {
  const isPerf = kind === Kind.perf32 || kind === Kind.perf64;
  const header = isPerf ? 16 : kind >= Kind.compact32 ? 24 : 32;
  if (size < header) return undefined;
  const hook = buffer.getUint16(at + 6, true);
  return {
    // The type comes first, the group behind it.
    hook,
    provider: "",
    id: hook & 255,
    version: buffer.getUint16(at, true),
    opcode: hook & 255,
    tid: isPerf ? 0 : u32(buffer, at + 8),
    pid: isPerf ? 0 : u32(buffer, at + 12),
    time: u64(buffer, isPerf ? at + 8 : at + 16),
    payload: slice(buffer, at + header, at + size),
    items: [],
  };
}

function providerEvent(buffer: DataView, at: number, kind: number, size: number): RawEvent | undefined {
  const isEvent = kind === Kind.event32 || kind === Kind.event64;
  const isFull = kind === Kind.full32 || kind === Kind.full64;
  const header = isEvent ? 80 : 48;
  if ((!isEvent && !isFull) || size < header) return undefined;
  const hasItems = isEvent && (buffer.getUint16(at + 4, true) & EXTENDED) !== 0;
  const items: ExtendedItem[] = [];
  const start = hasItems ? readItems(buffer, at + header, at + size, items) : at + header;
  return {
    hook: -1,
    provider: guid(buffer, at + 24),
    id: isEvent ? buffer.getUint16(at + 40, true) : buffer.getUint8(at + 4),
    version: isEvent ? buffer.getUint8(at + 42) : buffer.getUint16(at + 6, true),
    opcode: isEvent ? buffer.getUint8(at + 45) : buffer.getUint8(at + 4),
    tid: u32(buffer, at + 8),
    pid: u32(buffer, at + 12),
    time: u64(buffer, at + 16),
    payload: slice(buffer, start, at + size),
    items,
  };
}

/** Each says how long it is, of what kind, whether another follows, and how much of it is data. Returns where they end. */
function readItems(buffer: DataView, from: number, end: number, items: ExtendedItem[]): number {
  let at = from;
  for (let more = true; more && at + 8 <= end; ) {
    const size = buffer.getUint16(at, true);
    if (size < 8 || at + size > end) break;
    more = (buffer.getUint16(at + 4, true) & 1) === 1;
    const length = Math.min(size - 8, buffer.getUint16(at + 6, true));
    items.push({ type: buffer.getUint16(at + 2, true), data: slice(buffer, at + 8, at + 8 + length) });
    at += size;
  }
  return at;
}

function guid(view: DataView, at: number): string {
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0");
  const bytes = Array.from({ length: 8 }, (_, i) => hex(view.getUint8(at + 8 + i), 2)).join("");
  const front = [
    hex(u32(view, at), 8),
    hex(view.getUint16(at + 4, true), 4),
    hex(view.getUint16(at + 6, true), 4),
  ];
  return `${front.join("-")}-${bytes.slice(0, 4)}-${bytes.slice(4)}`;
}

/** Text of a payload in UTF-16, up to its end or a NUL. */
export function wide(view: DataView, at: number): string {
  let text = "";
  for (let i = at; i + 1 < view.byteLength && text.length < 1024; i += 2) {
    const unit = view.getUint16(i, true);
    if (unit === 0) break;
    text += String.fromCharCode(unit);
  }
  return text;
}

/** Text of a payload in one byte each, up to its end or a NUL. */
export function narrow(view: DataView, at: number): string {
  return decodeLatin1(upToNul(view, at));
}

/** The same in UTF-8. */
export function narrowUtf8(view: DataView, at: number): string {
  return decodeUtf8(upToNul(view, at));
}

function upToNul(view: DataView, at: number): Uint8Array {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength).subarray(at);
  const end = bytes.indexOf(0);
  return bytes.subarray(0, end < 0 ? bytes.length : end);
}
