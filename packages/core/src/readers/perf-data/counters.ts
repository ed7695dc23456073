import { type EventAttribute, ReadBit } from "./attributes.ts";
import type { Words } from "./words.ts";

/** More counters than one group has. */
const MOST = 4096;

/**
 * Counters that a sample of one event reads (`perf record -e '{cycles,cache-misses}:S'`): each is an event of its own,
 * and its weight is what it counted since it was read last, as perf takes it (`deliver_sample_value` of util/session.c).
 */
export class Counters {
  readonly #last = new Map<number, Map<number, number>>();

  /**
   * Calls `each` with the id and the growth of every counter in `[at, end)` that grew. False where the values do not say
   * whose they are.
   */
  read(
    words: Words,
    at: number,
    end: number,
    event: EventAttribute,
    tid: number,
    each: (id: number, growth: number) => void,
  ): boolean {
    const { readFormat } = event;
    if ((readFormat & ReadBit.id) === 0) return false;
    const isGroup = (readFormat & ReadBit.group) !== 0;
    const times = bit(readFormat, ReadBit.enabled) + bit(readFormat, ReadBit.running);
    const width = 8 * (2 + bit(readFormat, ReadBit.lost));
    const count = isGroup && at + 8 <= end ? words.u64(at) : 1;
    const first = isGroup ? at + 8 * (1 + times) : at;
    const idAfter = isGroup ? 8 : 8 * (1 + times);
    if (count > MOST || first + (count - 1) * width + idAfter + 8 > end) return false;
    const last = this.#lastOf(event.inherited ? tid : 0);
    for (let i = 0, value = first; i < count; i++, value += width) {
      const id = words.u64(value + idAfter);
      const now = words.u64(value);
      const growth = now - (last.get(id) ?? 0);
      last.set(id, now);
      if (growth > 0) each(id, growth);
    }
    return true;
  }

  /** Counters that children inherit count for each thread. */
  #lastOf(tid: number): Map<number, number> {
    let last = this.#last.get(tid);
    if (last === undefined) {
      last = new Map();
      this.#last.set(tid, last);
    }
    return last;
  }
}

function bit(format: number, mask: number): number {
  return (format & mask) !== 0 ? 1 : 0;
}
