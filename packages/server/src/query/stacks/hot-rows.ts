import type { TypedSelection } from "../../store/reads/where.ts";
import type { WeightedStacks } from "../trees/stack-space.ts";

const HOUR = 3_600_000;
/** Profiles may still arrive for the last two hours; older hours seldom change. */
const RECENT = 2 * HOUR;
const RECENT_LIFE = 5_000;
const OLD_LIFE = 60_000;
/** A selection is asked for "again" within this time. */
const MEMORY = 10 * 60_000;

/** Longer ranges are left to the engine's rollups: an hour a piece, they would be too many pieces. */
const LONGEST = 48 * HOUR;

/** Samples with their time in seconds since the Unix epoch. */
export interface TimedStacks extends WeightedStacks {
  readonly times: Uint32Array;
}

interface HourOfRows {
  readonly loaded: number;
  readonly rows: TimedStacks;
  /** The same, each stack once. */
  readonly merged: WeightedStacks;
}

interface HotSelector {
  asked: number;
  loading: boolean;
  readonly hours: Map<number, HourOfRows>;
  /** Sum over the whole hours that were asked for last, each stack once. */
  whole: { readonly key: string; readonly stacks: WeightedStacks } | undefined;
}

/**
 * The samples of selections that are asked for again and again, an hour a piece, as typed arrays: dashboards ask for
 * the same series with a range that moves on. What is older than a few seconds (recent hours) or a minute is loaded
 * again before it is used.
 */
export class HotRows {
  readonly #limit: number;
  readonly #now: () => number;
  /** Least recently asked first. */
  readonly #selectors = new Map<string, HotSelector>();
  #rows = 0;

  constructor(limit: number, now: () => number = Date.now) {
    this.#limit = limit;
    this.#now = now;
  }

  /** The weights of a selection, or undefined where an hour of it is not here or too old. */
  lookUp(selection: TypedSelection): WeightedStacks[] | undefined {
    if (!isShort(selection)) return undefined;
    const selector = this.#selectors.get(keyOf(selection));
    if (selector === undefined || this.#missing(selector, selection) !== undefined) return undefined;
    selector.asked = this.#now();
    const parts: WeightedStacks[] = [];
    const whole: HourOfRows[] = [];
    const { from, to } = inSeconds(selection);
    for (const hour of hoursOf(selection)) {
      const rows = selector.hours.get(hour)!;
      if (hour >= from && hour + HOUR <= to) whole.push(rows);
      else parts.push(between(rows.rows, from / 1000, to / 1000));
    }
    if (whole.length > 0) parts.push(this.#sumOf(selector, whole));
    return parts;
  }

  /** True where a selection was asked for before: then it is worth loading. */
  wants(selection: TypedSelection): boolean {
    if (this.#limit === 0 || !isShort(selection)) return false;
    const key = keyOf(selection);
    const known = this.#selectors.get(key);
    const again = known !== undefined && this.#now() - known.asked < MEMORY;
    const selector = known ?? { asked: 0, loading: false, hours: new Map(), whole: undefined };
    selector.asked = this.#now();
    this.#selectors.delete(key);
    this.#selectors.set(key, selector);
    this.#forgetOld();
    return again;
  }

  /** The range that is to be loaded for a selection, or undefined where that is under way. */
  beginLoading(selection: TypedSelection): { from: number; to: number } | undefined {
    const selector = this.#selectors.get(keyOf(selection));
    if (selector === undefined || selector.loading) return undefined;
    const missing = this.#missing(selector, selection);
    if (missing !== undefined) selector.loading = true;
    return missing;
  }

  endLoading(selection: TypedSelection): void {
    const selector = this.#selectors.get(keyOf(selection));
    if (selector !== undefined) selector.loading = false;
  }

  /** Makes room by dropping other selections; false where `rows` are more than an eighth of the cache. */
  hasRoom(selection: TypedSelection, rows: number): boolean {
    if (rows > this.#limit / 8) return false;
    const own = keyOf(selection);
    for (const [key, selector] of this.#selectors) {
      if (this.#rows + rows <= this.#limit) break;
      if (key !== own) this.#drop(key, selector);
    }
    return this.#rows + rows <= this.#limit;
  }

  /** Keeps rows, which are all samples of whole hours from `selection.from` to `selection.to`. */
  put(selection: TypedSelection, rows: TimedStacks): void {
    const selector = this.#selectors.get(keyOf(selection));
    if (selector === undefined) return;
    const loaded = this.#now();
    for (const hour of hoursOf(selection)) {
      const part = between(rows, hour / 1000, (hour + HOUR) / 1000);
      this.#rows += part.times.length - (selector.hours.get(hour)?.rows.times.length ?? 0);
      selector.hours.set(hour, { loaded, rows: part, merged: merge([part]) });
    }
    selector.whole = undefined;
  }

  #sumOf(selector: HotSelector, whole: readonly HourOfRows[]): WeightedStacks {
    const key = whole.map(({ loaded }, i) => `${i}:${loaded}`).join();
    if (selector.whole?.key !== key) {
      selector.whole = { key, stacks: merge(whole.map(({ merged }) => merged)) };
    }
    return selector.whole.stacks;
  }

  #missing(selector: HotSelector, selection: TypedSelection): { from: number; to: number } | undefined {
    const now = this.#now();
    let from = Number.POSITIVE_INFINITY;
    let to = Number.NEGATIVE_INFINITY;
    for (const hour of hoursOf(selection)) {
      const life = now - hour < RECENT + HOUR ? RECENT_LIFE : OLD_LIFE;
      const loaded = selector.hours.get(hour)?.loaded ?? Number.NEGATIVE_INFINITY;
      if (now - loaded <= life) continue;
      from = Math.min(from, hour);
      to = Math.max(to, hour + HOUR);
    }
    return from < to ? { from, to } : undefined;
  }

  #forgetOld(): void {
    for (const [key, selector] of this.#selectors) {
      if (this.#now() - selector.asked < MEMORY) break;
      this.#drop(key, selector);
    }
  }

  #drop(key: string, selector: HotSelector): void {
    for (const { rows } of selector.hours.values()) this.#rows -= rows.times.length;
    this.#selectors.delete(key);
  }
}

function isShort({ from, to }: TypedSelection): boolean {
  return to - from <= LONGEST;
}

function keyOf({ type, matchers }: TypedSelection): string {
  const sorted = matchers.map(({ name, operator, value }) => JSON.stringify([name, operator, value])).sort();
  return `${type}\n${sorted.join("\n")}`;
}

/** The range as the store counts it: whole seconds. */
function inSeconds({ from, to }: TypedSelection): { from: number; to: number } {
  return { from: Math.floor(from / 1000) * 1000, to: Math.ceil(to / 1000) * 1000 };
}

function* hoursOf(selection: TypedSelection): Generator<number> {
  const { from, to } = inSeconds(selection);
  for (let hour = Math.floor(from / HOUR) * HOUR; hour < to; hour += HOUR) yield hour;
}

/** Rows with `from` ≤ time < `to`, in seconds. */
function between(rows: TimedStacks, from: number, to: number): TimedStacks {
  let count = 0;
  for (const time of rows.times) if (time >= from && time < to) count++;
  if (count === rows.times.length) return rows;
  const stacks = new Int32Array(count);
  const values = new Float64Array(count);
  const times = new Uint32Array(count);
  let at = 0;
  for (let i = 0; i < rows.times.length; i++) {
    const time = rows.times[i]!;
    if (time < from || time >= to) continue;
    stacks[at] = rows.stacks[i]!;
    values[at] = rows.values[i]!;
    times[at++] = time;
  }
  return { stacks, values, times };
}

/** Adds up the rows of each stack. */
function merge(parts: readonly WeightedStacks[]): WeightedStacks {
  const place = new Map<number, number>();
  const stacks: number[] = [];
  const values: number[] = [];
  for (const part of parts) {
    for (let i = 0; i < part.stacks.length; i++) {
      const stack = part.stacks[i]!;
      const at = place.get(stack);
      if (at === undefined) {
        place.set(stack, stacks.length);
        stacks.push(stack);
        values.push(part.values[i]!);
      } else {
        values[at]! += part.values[i]!;
      }
    }
  }
  return { stacks: Int32Array.from(stacks), values: Float64Array.from(values) };
}
