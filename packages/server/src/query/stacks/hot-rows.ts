import type { TypedSelection } from "../../store/reads/where.ts";
import type { WrittenRange } from "../../store/store.ts";
import type { WeightedStacks } from "../trees/path-sums.ts";

const HOUR = 3_600_000;
/** Of a store that others write to as well: how long rows are believed, in hours that still fill and in older ones. */
const RECENT = 2 * HOUR;
const RECENT_LIFE = 5_000;
const OLD_LIFE = 60_000;
/** A selection is asked for "again" within this time. */
const MEMORY = 10 * 60_000;

/** A selection with too many rows is not counted again within this time. */
const REFUSAL = 60_000;

/** Longer ranges are left to the engine's rollups: an hour a piece, they would be too many pieces. */
const LONGEST = 48 * HOUR;
/** Missing ranges up to this are read while the query waits; longer ones make it quicker to let the engine add up. */
const QUICKLY_READ = 2 * HOUR;

/** Samples with their time in seconds since the Unix epoch. */
export interface TimedStacks extends WeightedStacks {
  readonly times: Uint32Array;
}

/** What is here of a selection, and what would have to be read first; milliseconds, `from` ≤ t < `to`. */
export interface HotAnswer {
  /** Undefined where something is missing. */
  readonly parts: readonly WeightedStacks[] | undefined;
  readonly missing: { readonly from: number; readonly to: number } | undefined;
  /** True where the missing part is small enough to be read while the query waits. */
  readonly quick: boolean;
}

interface HourOfRows {
  readonly loaded: number;
  readonly version: number;
  readonly rows: TimedStacks;
  /** The same, each stack once. */
  readonly merged: WeightedStacks;
  /** Milliseconds: rows before are all there is; rows at or after may be missing. */
  validTo: number;
}

interface HotSelector {
  readonly selection: TypedSelection;
  asked: number;
  /** When its rows were found to be too many. */
  refused: number;
  loading: Promise<void> | undefined;
  /** Earliest time that was written to while rows were being read. */
  written: number;
  readonly hours: Map<number, HourOfRows>;
  /** Sum over the whole hours that were asked for last, each stack once. */
  whole: { readonly key: string; readonly stacks: WeightedStacks } | undefined;
}

/**
 * The samples of selections that are asked for again and again, an hour a piece, as typed arrays: dashboards ask for
 * the same series with a range that moves on. The store tells what was written ({@link HotRows.changed}); from that time
 * on, an hour's rows are read again before they are used. Where others write to the same store, rows also age.
 */
export class HotRows {
  readonly #limit: number;
  readonly #shared: boolean;
  readonly #now: () => number;
  /** Least recently asked first. */
  readonly #selectors = new Map<string, HotSelector>();
  #rows = 0;
  #versions = 0;

  /** @param shared whether others write to the same store, of which nobody tells */
  constructor(limit: number, shared: boolean, now: () => number = Date.now) {
    this.#limit = limit;
    this.#shared = shared;
    this.#now = now;
  }

  /** What is here of a selection; undefined where nothing is. */
  lookUp(selection: TypedSelection): HotAnswer | undefined {
    const selector = isShort(selection) ? this.#selectors.get(keyOf(selection)) : undefined;
    if (selector === undefined || selector.hours.size === 0) return undefined;
    selector.asked = this.#now();
    const missing = this.#missing(selector, selection);
    if (missing === undefined) return { parts: this.#parts(selector, selection), missing, quick: true };
    return { parts: undefined, missing, quick: missing.to - missing.from <= QUICKLY_READ };
  }

  /** True where a selection was asked for before: then it is worth loading. */
  wants(selection: TypedSelection): boolean {
    if (this.#limit === 0 || !isShort(selection)) return false;
    const key = keyOf(selection);
    const known = this.#selectors.get(key);
    const now = this.#now();
    const again = known !== undefined && now - known.asked < MEMORY && now - known.refused >= REFUSAL;
    const selector = known ?? {
      selection,
      asked: 0,
      refused: Number.NEGATIVE_INFINITY,
      loading: undefined,
      written: Number.POSITIVE_INFINITY,
      hours: new Map(),
      whole: undefined,
    };
    selector.asked = this.#now();
    this.#selectors.delete(key);
    this.#selectors.set(key, selector);
    this.#forgetOld();
    return again;
  }

  /** Reads what is missing of a selection by `read`, unless that is under way; resolves when it is here. */
  load(
    selection: TypedSelection,
    read: (missing: { from: number; to: number }) => Promise<TimedStacks | undefined>,
  ): Promise<void> {
    const selector = this.#selectors.get(keyOf(selection));
    if (selector === undefined) return Promise.resolve();
    selector.loading ??= this.#load(selector, selection, read).finally(() => {
      selector.loading = undefined;
    });
    return selector.loading;
  }

  async #load(
    selector: HotSelector,
    selection: TypedSelection,
    read: (missing: { from: number; to: number }) => Promise<TimedStacks | undefined>,
  ): Promise<void> {
    const missing = this.#missing(selector, selection);
    if (missing === undefined) return;
    selector.written = Number.POSITIVE_INFINITY;
    const rows = await read(missing);
    if (rows !== undefined && this.#selectors.get(keyOf(selection)) === selector)
      this.#put(selector, missing, rows);
  }

  /** Makes room by dropping other selections; false where `rows` are more than an eighth of the cache. */
  hasRoom(selection: TypedSelection, rows: number): boolean {
    const own = keyOf(selection);
    if (rows > this.#limit / 8) {
      const selector = this.#selectors.get(own);
      if (selector !== undefined) selector.refused = this.#now();
      return false;
    }
    for (const [key, selector] of this.#selectors) {
      if (this.#rows + rows <= this.#limit) break;
      if (key !== own) this.#drop(key, selector);
    }
    return this.#rows + rows <= this.#limit;
  }

  /** Takes note that samples came in. */
  changed({ type, service, from, to }: WrittenRange): void {
    for (const selector of this.#selectors.values()) {
      if (!mayHold(selector.selection, type, service)) continue;
      selector.written = Math.min(selector.written, from);
      for (const [hour, rows] of selector.hours) {
        if (hour > to || hour + HOUR <= from) continue;
        rows.validTo = Math.min(rows.validTo, Math.max(hour, Math.floor(from / 1000) * 1000));
      }
    }
  }

  /** Keeps rows, which are all samples from `from` to the end of the hour `to`. */
  #put(selector: HotSelector, { from, to }: { from: number; to: number }, rows: TimedStacks): void {
    for (let hour = hourOf(from); hour < to; hour += HOUR) {
      const end = hour + HOUR;
      const fresh = between(rows, Math.max(hour, from) / 1000, end / 1000);
      const known = selector.hours.get(hour);
      const part =
        from > hour && known !== undefined
          ? joined(between(known.rows, hour / 1000, from / 1000), fresh)
          : fresh;
      this.#rows += part.times.length - (known?.rows.times.length ?? 0);
      selector.hours.set(hour, {
        loaded: this.#now(),
        version: this.#versions++,
        rows: part,
        merged: merge([part]),
        validTo: Math.min(end, Math.max(hour, Math.floor(selector.written / 1000) * 1000)),
      });
    }
    selector.whole = undefined;
  }

  #parts(selector: HotSelector, selection: TypedSelection): WeightedStacks[] {
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

  #sumOf(selector: HotSelector, whole: readonly HourOfRows[]): WeightedStacks {
    const key = whole.map(({ version }) => version).join();
    if (selector.whole?.key !== key) {
      selector.whole = { key, stacks: merge(whole.map(({ merged }) => merged)) };
    }
    return selector.whole.stacks;
  }

  #missing(selector: HotSelector, selection: TypedSelection): { from: number; to: number } | undefined {
    const now = this.#now();
    const asked = inSeconds(selection);
    let from = Number.POSITIVE_INFINITY;
    let to = Number.NEGATIVE_INFINITY;
    for (const hour of hoursOf(selection)) {
      const validTo = this.#validTo(hour, selector.hours.get(hour), now);
      if (validTo >= Math.min(hour + HOUR, asked.to)) continue;
      from = Math.min(from, validTo);
      to = Math.max(to, hour + HOUR);
    }
    return from < to ? { from, to } : undefined;
  }

  #validTo(hour: number, rows: HourOfRows | undefined, now: number): number {
    if (rows === undefined) return hour;
    const life = now - hour < RECENT + HOUR ? RECENT_LIFE : OLD_LIFE;
    return this.#shared && now - rows.loaded > life ? hour : rows.validTo;
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

/** False where a selection leaves out a type or a service for certain. */
function mayHold(selection: TypedSelection, type: string, service: string): boolean {
  if (selection.type !== type) return false;
  return selection.matchers.every(
    ({ name, operator, value }) => name !== "service_name" || operator !== "=" || value === service,
  );
}

function hourOf(time: number): number {
  return Math.floor(time / HOUR) * HOUR;
}

function joined(a: TimedStacks, b: TimedStacks): TimedStacks {
  if (a.times.length === 0) return b;
  const length = a.times.length + b.times.length;
  const all = {
    stacks: new Int32Array(length),
    values: new Float64Array(length),
    times: new Uint32Array(length),
  };
  for (const key of ["stacks", "values", "times"] as const) {
    all[key].set(a[key]);
    all[key].set(b[key], a.times.length);
  }
  return all;
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
  for (let hour = hourOf(from); hour < to; hour += HOUR) yield hour;
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
