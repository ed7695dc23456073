import { type EventAttribute, readAttribute } from "./attributes.ts";
import type { Words } from "./words.ts";

/** Build ids are 20 bytes at most; perf writes their length where it is less. */
export const BUILD_ID_SIZE = 20;
/** An attribute of the first kernel that had perf. */
export const SMALLEST_ATTRIBUTE = 64;

/** The clock of the recording beside the wall clock, at one moment; nanoseconds. */
interface ClockPair {
  readonly wall: bigint;
  readonly clock: bigint;
}

/** What a recording says of itself besides its records. */
export class Recording {
  readonly events: EventAttribute[] = [];
  /** Row of `events` by the ids that records carry. */
  readonly eventById: Map<number, number> = new Map();
  /** By path. */
  readonly buildIds: Map<string, string> = new Map();
  /** `hostname`, `cmdline` … in the words of `perf script --header`. */
  readonly facts: Map<string, string> = new Map();
  clock: ClockPair | undefined;
  /** Descriptions of tracepoints as they stand in tracefs, as one text. */
  tracing: Uint8Array | undefined;

  addEvent(words: Words, at: number, size: number, idsAt: number, idsSize: number): void {
    const row = this.events.push(readAttribute(words, at, size)) - 1;
    for (let id = idsAt; id + 8 <= idsAt + idsSize; id += 8) this.eventById.set(words.u64(id), row);
  }

  /** The only event, or undefined where a record's id must be looked at. */
  get onlyEvent(): EventAttribute | undefined {
    return this.events.length === 1 ? this.events[0] : undefined;
  }

  /** A feature section of the header, or the record in its place where there is no header. */
  addFeature(feature: number, words: Words, at: number, end: number): void {
    const fact = TEXT_FEATURES.get(feature);
    if (fact !== undefined) this.#addFact(fact, sizedText(words, at, end)?.text);
    else if (feature === FEATURE_TRACING) this.tracing = words.bytes.slice(at, end);
    else if (feature === FEATURE_BUILD_ID) this.#addBuildIds(words, at, end);
    else if (feature === FEATURE_CMDLINE) this.#addFact("cmdline", texts(words, at, end).join(" "));
    else if (feature === FEATURE_EVENT_DESC) this.#nameEvents(words, at, end);
    else if (feature === FEATURE_CLOCK_DATA && at + 24 <= end) {
      this.clock = {
        wall: words.view.getBigUint64(at + 8, words.little),
        clock: words.view.getBigUint64(at + 16, words.little),
      };
    }
  }

  /** ```header 8 | pid 4 | build id 20 | its size 1 | - 3 | path``` */
  addBuildId(words: Words, at: number, end: number): void {
    if (at + 36 >= end) return;
    const sized = (words.u16(at + 4) & MISC_BUILD_ID_SIZE) !== 0;
    const size = sized ? Math.min(words.bytes[at + 32]!, BUILD_ID_SIZE) : BUILD_ID_SIZE;
    const id = words.hex(at + 12, size);
    const path = words.text(at + 36, end);
    if (path !== "" && !/^0*$/.test(id)) this.buildIds.set(path, id);
  }

  /** The name that an event's users gave it: of the event with this id. */
  nameEvent(id: number, name: string): void {
    const row = this.eventById.get(id);
    const event = row === undefined ? undefined : this.events[row];
    if (event !== undefined && name !== "") event.name = name;
  }

  #addFact(key: string, value: string | undefined): void {
    if (value !== undefined && value !== "") this.facts.set(key, value);
  }

  #addBuildIds(words: Words, from: number, end: number): void {
    let at = from;
    while (at + 8 <= end) {
      const size = words.u16(at + 6);
      if (size < 8 || at + size > end) return;
      this.addBuildId(words, at, at + size);
      at += size;
    }
  }

  /** ```events 4 | attribute size 4 | { attribute | ids 4 | length 4 | name | ids × 8 } …``` */
  #nameEvents(words: Words, from: number, end: number): void {
    if (from + 8 > end) return;
    const count = words.u32(from);
    const size = words.u32(from + 4);
    let at = from + 8;
    for (let row = 0; row < count && at + size + 8 <= end; row++) {
      const ids = words.u32(at + size);
      const name = sizedText(words, at + size + 4, end);
      if (name === undefined) return;
      const event = this.events[row];
      if (event !== undefined && name.text !== "") event.name = name.text;
      at = name.end + ids * 8;
    }
  }
}

const FEATURE_TRACING = 1;
const FEATURE_BUILD_ID = 2;
const FEATURE_CMDLINE = 11;
const FEATURE_EVENT_DESC = 12;
const FEATURE_CLOCK_DATA = 29;
const MISC_BUILD_ID_SIZE = 1 << 15;

/** Features that are one text, in the words of `perf script --header`. */
const TEXT_FEATURES = new Map([
  [3, "hostname"],
  [4, "os release"],
  [5, "perf version"],
  [6, "arch"],
  [8, "cpudesc"],
]);

/** A text with its length, padding included, in front; and where it ends. */
function sizedText(words: Words, at: number, end: number): { text: string; end: number } | undefined {
  if (at + 4 > end) return undefined;
  const stop = at + 4 + words.u32(at);
  return stop > end ? undefined : { text: words.text(at + 4, stop), end: stop };
}

/** Several texts, with their number in front. */
function texts(words: Words, from: number, end: number): string[] {
  if (from + 4 > end) return [];
  const found: string[] = [];
  let at = from + 4;
  for (let left = words.u32(from); left > 0; left--) {
    const next = sizedText(words, at, end);
    if (next === undefined) break;
    found.push(next.text);
    at = next.end;
  }
  return found;
}
