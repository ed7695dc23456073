import type { Message } from "./message.ts";
import type { Sequence } from "./sequence.ts";

const Clock = { realtime: 1, boottime: 6 } as const;
/** Clocks from here on are a sequence's own, up to the first that are whole traces' again. */
const FIRST_OWN = 64;
const FIRST_GLOBAL = 128;

interface Relation {
  /** Nanoseconds of the trace's clock minus those of this one, when both were last looked at. */
  offset: number;
  readonly multiplier: number;
  readonly incremental: boolean;
}

/**
 * Brings times of all clocks of a trace to the trace's own (usually the time since boot), with the snapshots in which
 * several clocks were read at once.
 */
export class Clocks {
  #primary: number = Clock.boottime;
  readonly #relations = new Map<string, Relation>();
  /** Nanoseconds since 1970 at time 0 of the trace's clock. */
  epoch: bigint | undefined;

  snapshot(message: Message, sequence: Sequence): void {
    this.#primary = message.number(2) ?? this.#primary;
    const clocks = message.messages(1).map((clock) => ({
      id: clock.number(1) ?? 0,
      time: clock.number(2) ?? 0,
      incremental: clock.number(3) === 1,
      multiplier: clock.number(4) || 1,
    }));
    const trace = clocks.find(({ id }) => id === this.#primary);
    const bridge = clocks
      .map((clock) => ({ clock, known: this.#relations.get(this.#key(clock.id, sequence)) }))
      .find(({ known }) => known !== undefined);
    // Without the trace's own clock among them, one whose relation is known leads there.
    const now =
      trace !== undefined
        ? trace.time * trace.multiplier
        : bridge?.known !== undefined
          ? bridge.clock.time * bridge.clock.multiplier + bridge.known.offset
          : undefined;
    for (const { id, time, incremental, multiplier } of clocks) {
      if (incremental) sequence.clocks.set(id, time);
      if (now === undefined) continue;
      const offset = now - time * multiplier;
      this.#relations.set(this.#key(id, sequence), { offset, multiplier, incremental });
      if (id === Clock.realtime && this.epoch === undefined) this.epoch = BigInt(Math.round(-offset));
    }
  }

  /** Nanoseconds of the trace's clock; undefined where the clock's relation to it is not known. */
  toTrace(time: number, clock: number | undefined, sequence: Sequence): number | undefined {
    if (clock === undefined || clock === 0 || clock === this.#primary) return time;
    const relation = this.#relations.get(this.#key(clock, sequence));
    if (relation === undefined) return clock < FIRST_OWN ? time : undefined;
    let ticks = time;
    if (relation.incremental) {
      ticks += sequence.clocks.get(clock) ?? 0;
      sequence.clocks.set(clock, ticks);
    }
    return ticks * relation.multiplier + relation.offset;
  }

  #key(id: number, sequence: Sequence): string {
    return id >= FIRST_OWN && id < FIRST_GLOBAL ? `${sequence.id}/${id}` : `${id}`;
  }
}
