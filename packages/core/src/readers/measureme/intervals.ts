import { grown } from "../../util/growable.ts";
import type { Recording } from "./pages.ts";

/** An end that is none: an event without duration, and one that is a number. */
const INSTANT = 0xffff_ffff_ffff;
const INTEGER = INSTANT - 1;

/** Events with a beginning and an end, in columns. */
export interface Intervals {
  readonly length: number;
  /** String id of the event. */
  readonly event: Float64Array;
  readonly thread: Uint32Array;
  /** Ticks of the recording's counter. */
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** Events of the other two kinds. */
  readonly instants: number;
  readonly integers: number;
}

/**
 * Reads events: ids of kind and event, thread, then start and end of 48 bits each, of which the upper 16 stand
 * together in one number. Source: measureme/src/raw_event.rs.
 */
export function readIntervals({ events, idBytes }: Recording): Intervals {
  const stride = 2 * idBytes + 16;
  const count = Math.floor(events.byteLength / stride);
  let [event, start, end] = [new Float64Array(256), new Float64Array(256), new Float64Array(256)];
  let thread = new Uint32Array(256);
  let [length, instants, integers] = [0, 0, 0];
  for (let i = 0; i < count; i++) {
    const at = i * stride + 2 * idBytes;
    const upper = events.getUint32(at + 12, true);
    const to = events.getUint32(at + 8, true) + (upper & 0xffff) * 2 ** 32;
    if (to === INSTANT) instants++;
    else if (to === INTEGER) integers++;
    else {
      if (length === event.length) {
        event = grown(event, length + 1);
        start = grown(start, length + 1);
        end = grown(end, length + 1);
        thread = grown(thread, length + 1);
      }
      const low = events.getUint32(at - idBytes, true);
      event[length] = idBytes === 8 ? low + events.getUint32(at - 4, true) * 2 ** 32 : low;
      thread[length] = events.getUint32(at, true);
      start[length] = events.getUint32(at + 4, true) + (upper >>> 16) * 2 ** 32;
      end[length++] = Math.max(to, start[length - 1]!);
    }
  }
  return { length, event, thread, start, end, instants, integers };
}

/** Rows of the events, thread by thread: earlier ones first, and of those that begin together the longer. */
export function inOrder({ length, thread, start, end }: Intervals): Uint32Array {
  const rows = new Uint32Array(length);
  for (let row = 0; row < length; row++) rows[row] = row;
  // Events are written when they end, so of two alike the later one encloses the other.
  return rows.sort((a, b) => thread[a]! - thread[b]! || start[a]! - start[b]! || end[b]! - end[a]! || b - a);
}
