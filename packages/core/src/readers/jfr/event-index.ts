import { grown } from "../../util/growable.ts";
import type { JfrBytes } from "./bytes.ts";
import { isPlainSample, isSettings, kindOf, LOST_SAMPLES } from "./kinds.ts";
import type { JfrType } from "./metadata.ts";
import { Tally } from "./tally.ts";

/** Types are numbered from 0 by everyone who writes the format; those below this are looked up in a list. */
const COMMON_TYPES = 4096;

/** Starts of records, in the order of the file. */
export class Places {
  #starts: Int32Array = new Int32Array(64);
  #length = 0;

  add(start: number): void {
    if (this.#length === this.#starts.length) this.#starts = grown(this.#starts, this.#length + 1);
    this.#starts[this.#length++] = start;
  }

  get starts(): Int32Array {
    return this.#starts.subarray(0, this.#length);
  }
}

/** One type of events that somebody will look at. */
interface Indexed {
  readonly places: Places;
  /** Where it is enough to count its events. */
  readonly tally: Tally | undefined;
  count: number;
}

/**
 * Which of a chunk's millions of records somebody will look at, found in the one walk over all of them: where they are, or
 * of events that only need counting how often each came.
 */
export class EventIndex {
  readonly settings: Places = new Places();
  readonly samples: Places = new Places();
  readonly #types = new Map<number, Indexed>();
  readonly #common: (Indexed | undefined)[];

  /** `counting`: events that say nothing but where a thread was need not be kept one by one. */
  constructor(types: ReadonlyMap<number, JfrType>, compressed: boolean, counting: boolean) {
    for (const type of types.values()) {
      const kind = kindOf(type.name);
      const isOfSamples = kind !== undefined || type.name === LOST_SAMPLES;
      if (!isOfSamples && !isSettings(type.name)) continue;
      const isCounted = counting && compressed && kind !== undefined && isPlainSample(type, kind, types);
      this.#types.set(type.id, {
        places: isOfSamples ? this.samples : this.settings,
        tally: isCounted ? new Tally() : undefined,
        count: 0,
      });
    }
    this.#common = Array.from({ length: COMMON_TYPES }, (_, type) => this.#types.get(type));
  }

  /** Takes an event of any type: its record is at `start`, its fields between `at` and `end`. */
  add(type: number, input: JfrBytes, start: number, at: number, end: number): void {
    const found = type < COMMON_TYPES ? this.#common[type] : this.#types.get(type);
    if (found === undefined) return;
    found.count++;
    if (found.tally?.add(input, at, end) !== true) found.places.add(start);
  }

  /** How many events of a type there are. */
  count(type: number): number {
    return this.#types.get(type)?.count ?? 0;
  }

  /** The events of a type that were counted instead of kept. */
  tally(type: number): Tally | undefined {
    return this.#types.get(type)?.tally;
  }
}
