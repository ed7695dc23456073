import { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import { type ByteSource, sourceOfChunks } from "../../util/source.ts";
import { ByteWindow } from "../../util/window.ts";
import type { Unpackers } from "../reader.ts";
import type { TrailerLayout } from "./attributes.ts";
import { FORMAT } from "./header.ts";
import { type Recording, SMALLEST_ATTRIBUTE } from "./recording.ts";
import { Rounds } from "./rounds.ts";
import { RecordType, type Session } from "./session.ts";
import { Words } from "./words.ts";

/** Types of records that perf itself writes between those of the kernel (tools/perf/util/event.h). */
const HEADER_ATTR = 64;
const TRACING_DATA = 66;
const BUILD_ID = 67;
const FINISHED_ROUND = 68;
const AUXTRACE = 71;
const EVENT_UPDATE = 78;
const HEADER_FEATURE = 80;
const COMPRESSED = 81;
const COMPRESSED2 = 83;
const FIRST_OF_PERF = 64;
const UPDATE_NAME = 2;
const TRACING_FEATURE = 1;

/** What the walk through the records needs. */
export interface Walk {
  readonly little: boolean;
  readonly recording: Recording;
  readonly session: Session;
  readonly notes: Notes;
  readonly unpackers: Unpackers | undefined;
  readonly onProgress: ((bytes: number) => void) | undefined;
}

/** Bytes between two reports of progress. */
const REPORT_EACH = 1 << 22;

/** Walks through records: those of perf are dealt with here, the kernel's are put in order for the session. */
export class Records {
  readonly #walk: Walk;
  readonly #rounds: Rounds;
  #reported = 0;
  #wasNoted = false;

  constructor(walk: Walk) {
    this.#walk = walk;
    this.#rounds = new Rounds(walk.little, walk.session.record);
  }

  /** Reads the records in the next `size` bytes of the window. */
  async read(window: ByteWindow, size: number): Promise<void> {
    const { notes } = this.#walk;
    const end = window.offset + size;
    const packed = await this.#plain(window, end);
    if (packed) await this.#packed(window, end);
    this.#rounds.finish();
    if (this.#rounds.forced) {
      const message = "the recording does not say where its rounds end: samples may be out of order";
      notes.add("approximated", "order-unknown", message);
    }
  }

  /** Records as they lie in the window, up to the first compressed one: then it answers true. */
  async #plain(window: ByteWindow, end: number): Promise<boolean> {
    for (;;) {
      this.#inWindow(window, end);
      const size = await this.#next(window, end);
      if (size === 0) return false;
      const type = this.#words(window).u32(window.at);
      if (type === COMPRESSED || type === COMPRESSED2) return true;
      await this.#one(window, type, size);
    }
  }

  /**
   * Compressed records hold pieces of one zstd stream, whose content is records again, cut anywhere. What lies between
   * them is dealt with when the unpacker wants the next piece, which is when all before it is used up.
   */
  async #packed(window: ByteWindow, end: number): Promise<void> {
    const unpack = this.#walk.unpackers?.zstd;
    if (unpack === undefined) {
      throw new FlambeauError("unsupported", "the recording is compressed, which cannot be unpacked here", {
        format: FORMAT,
        offset: window.offset,
        hint: "Record without -z, or rewrite it: perf inject -i perf.data -o plain.data",
      });
    }
    const pieces: ByteSource = sourceOfChunks(this.#pieces(window, end));
    const own = new Notes();
    const inner = new ByteWindow(unpack(pieces, own, {}));
    await this.#plain(inner, Number.POSITIVE_INFINITY);
    // perf flushes its stream but never ends it: only damage is worth a note.
    this.#walk.notes.addAll(own.list().filter(({ code }) => code !== "zstd-truncated"));
  }

  async *#pieces(window: ByteWindow, end: number): AsyncGenerator<Uint8Array> {
    for (;;) {
      const size = await this.#next(window, end);
      if (size === 0) return;
      const words = this.#words(window);
      const type = words.u32(window.at);
      if (type !== COMPRESSED && type !== COMPRESSED2) {
        await this.#one(window, type, size);
        continue;
      }
      // The newer kind says how much of it is no padding.
      const from = window.at + (type === COMPRESSED2 ? 16 : 8);
      const length = type === COMPRESSED2 ? words.u64(window.at + 8) : size - 8;
      const stop = Math.min(from + length, window.at + size);
      const piece = window.bytes.slice(from, stop);
      window.at += size;
      if (piece.length > 0) yield piece;
    }
  }

  /** Size of the record at the window's place; 0 where there is none any more. */
  async #next(window: ByteWindow, end: number): Promise<number> {
    if (window.offset >= end) return 0;
    if (window.left < 8 && !(await window.ensure(8))) {
      if (window.left > 0 || end !== Number.POSITIVE_INFINITY) this.#cut(window);
      return 0;
    }
    const size = this.#words(window).u16(window.at + 6);
    if (size < 8) {
      this.#note(
        "damaged-record",
        `a record claims to be ${size} bytes long: what follows is not read`,
        window,
      );
      return 0;
    }
    if (window.left < size && !(await window.ensure(size))) {
      this.#cut(window);
      return 0;
    }
    return size;
  }

  #cut(window: ByteWindow): void {
    this.#note("recording-truncated", "the recording ends too early: what came is kept", window);
  }

  #note(code: string, message: string, window: ByteWindow): void {
    if (this.#wasNoted) return;
    this.#wasNoted = true;
    this.#walk.notes.add("truncated", code, message, { offset: window.offset });
  }

  #seen: Words | undefined;

  /** The window's bytes, which are another array when it grew. */
  #words(window: ByteWindow): Words {
    if (this.#seen?.bytes !== window.bytes) this.#seen = new Words(window.bytes, this.#walk.little);
    return this.#seen;
  }

  /** The records that lie in the window as a whole: nearly all, so that nothing is waited for between them. */
  #inWindow(window: ByteWindow, end: number): void {
    const words = this.#words(window);
    const stop = Math.min(window.end, window.at + (end - window.offset));
    let { at } = window;
    while (at + 8 <= stop) {
      const size = words.u16(at + 6);
      const type = words.u32(at);
      if (size < 8 || at + size > stop || NEEDS_MORE.has(type)) break;
      this.#whole(words, type, at, size);
      at += size;
    }
    window.at = at;
    if (window.offset - this.#reported < REPORT_EACH) return;
    this.#reported = window.offset;
    this.#walk.onProgress?.(window.offset);
  }

  /** One record, which is in the window; moves on behind it. */
  async #one(window: ByteWindow, type: number, size: number): Promise<void> {
    if (type === AUXTRACE || type === TRACING_DATA) {
      await this.#withPayload(window, type, size);
      return;
    }
    this.#whole(this.#words(window), type, window.at, size);
    window.at += size;
  }

  #whole(words: Words, type: number, at: number, size: number): void {
    if (type < FIRST_OF_PERF) this.#ofKernel(words, type, at, size);
    else if (type === FINISHED_ROUND) this.#rounds.round();
    else this.#ofPerf(words, type, at, at + size);
  }

  #ofKernel(words: Words, type: number, at: number, size: number): void {
    const { recording, notes } = this.#walk;
    if (type === RecordType.lost || type === RecordType.lostSamples) this.#lost(words, type, at, size);
    else if (type === RecordType.throttle) {
      const message = "the kernel throttled an event: samples are missing there";
      notes.add("information", "throttled", message);
    } else if (type === RecordType.sample) this.#sample(words, at, size);
    else if (ORDERED.has(type)) {
      const trailer = trailerOf(recording, words, at + size);
      const inside = trailer.time > 0 && size >= 8 + trailer.size;
      const time = inside ? words.u64(at + size - trailer.time) : Number.NaN;
      this.#rounds.add(words.bytes, at, size, time);
    }
  }

  #sample(words: Words, at: number, size: number): void {
    const { recording, notes } = this.#walk;
    const event = recording.onlyEvent ?? eventOf(recording, words, at, size);
    if (event === undefined || size < event.sample.rest) {
      const message = "a sample belongs to no event that is described, or is too short for it";
      notes.add("skipped", "unusable-sample", message);
      return;
    }
    const time = event.sample.time < 0 ? Number.NaN : words.u64(at + event.sample.time);
    this.#rounds.add(words.bytes, at, size, time);
  }

  #lost(words: Words, type: number, at: number, size: number): void {
    const place = type === RecordType.lost ? 16 : 8;
    const count = size >= place + 8 ? words.u64(at + place) : 0;
    if (count === 0) return;
    const message = "the kernel lost records because perf did not read them in time";
    this.#walk.notes.add("information", "lost-records", message, undefined, count);
  }

  #ofPerf(words: Words, type: number, at: number, end: number): void {
    const { recording } = this.#walk;
    if (type === HEADER_ATTR && at + 16 <= end) {
      const size = words.u32(at + 12);
      if (size >= SMALLEST_ATTRIBUTE && at + 8 + size <= end) {
        recording.addEvent(words, at + 8, size, at + 8 + size, end - at - 8 - size);
      }
    } else if (type === HEADER_FEATURE && at + 16 <= end) {
      recording.addFeature(words.u64(at + 8), words, at + 16, end);
    } else if (type === BUILD_ID) recording.addBuildId(words, at, end);
    else if (type === EVENT_UPDATE && at + 24 < end && words.u64(at + 8) === UPDATE_NAME) {
      recording.nameEvent(words.u64(at + 16), words.text(at + 24, end));
    }
  }

  /** Records behind which lies more than their size says. */
  async #withPayload(window: ByteWindow, type: number, size: number): Promise<void> {
    const { recording, notes } = this.#walk;
    const words = this.#words(window);
    const claimed = size < 16 ? 0 : type === AUXTRACE ? words.u64(window.at + 8) : words.u32(window.at + 8);
    window.at += size;
    if (type === AUXTRACE) {
      const message =
        "processor trace (Intel PT, Arm SPE, CoreSight) is not decoded: perf inject --itrace makes samples of it";
      notes.add("skipped", "processor-trace", message);
      if (!(await window.skip(claimed))) this.#cut(window);
      return;
    }
    const padded = Math.ceil(claimed / 8) * 8;
    if (!(await window.ensure(padded))) return this.#cut(window);
    recording.addFeature(TRACING_FEATURE, this.#words(window), window.at, window.at + claimed);
    window.at += padded;
  }
}

/** The layout of what stands at the end of a record: that of the event which its id, the last number, names. */
function trailerOf({ events, eventById }: Recording, words: Words, end: number): TrailerLayout {
  const first = events[0]?.trailer ?? NO_TRAILER;
  if (events.length < 2 || first.id !== 8) return first;
  const row = eventById.get(words.u64(end - 8));
  return row === undefined ? first : events[row]!.trailer;
}

const NO_TRAILER: TrailerLayout = { time: 0, id: 0, size: 0 };

/** Records that are not dealt with where they lie. */
const NEEDS_MORE: ReadonlySet<number> = new Set([AUXTRACE, TRACING_DATA, COMPRESSED, COMPRESSED2]);

/** Records whose order among the samples matters. */
const ORDERED: ReadonlySet<number> = new Set([
  RecordType.mmap,
  RecordType.mmap2,
  RecordType.comm,
  RecordType.fork,
  RecordType.ksymbol,
]);

/** Of several events the one that a sample names; without ids they cannot be told apart, and are laid out alike. */
function eventOf(recording: Recording, words: Words, at: number, size: number): Recording["onlyEvent"] {
  const first = recording.events[0];
  if (first === undefined || first.sample.id < 0) return first;
  if (size < first.sample.id + 8) return undefined;
  const row = recording.eventById.get(words.u64(at + first.sample.id));
  return recording.events[row ?? 0];
}
