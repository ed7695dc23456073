import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { ByteSource } from "../../util/source.ts";
import { ByteWindow } from "../../util/window.ts";
import type { Head, Reader, ReadOptions, Verdict } from "../reader.ts";
import { EventBytes, FORMAT } from "./bytes.ts";
import { Log } from "./log.ts";

const MAGIC = "hdrbhetb";
/** Markers of the header, as big-endian words: `etb\0`, `ete\0`, `hete`, `hdre`, `datb`. */
const Marker = { eventBegin: 0x65746200, eventEnd: 0x65746500, data: 0x64617462 } as const;
const EVENTS_END = 0xffff;
/** Sizes of events in the header: this stands for "each says its own". */
const VARIABLE = 0xffff;
const LONGEST_TEXT = 1 << 20;

/**
 * GHC's event log (`+RTS -l`): samples of cost centre stacks over time (`-p`), of the heap (`-h…`), and how long threads
 * ran and waited. Every event's length is in the header, so that unknown ones are passed over. Source of the format:
 * rts/include/rts/EventLogFormat.h in GHC, and its user's guide.
 */
export const ghcEventlogReader: Reader = {
  id: FORMAT,
  title: "GHC event log",
  priority: 945,
  extensions: [".eventlog"],
  carries: {
    time: true,
    threads: true,
    labels: false,
    lines: true,
    inlined: false,
    severalValueTypes: true,
  },
  sniff: ({ text }: Head): Verdict => (text.startsWith(MAGIC) ? "yes" : "no"),
  read,
};

async function read(
  source: ByteSource,
  into: ProfileBuilder,
  notes: Notes,
  options: ReadOptions,
): Promise<void> {
  into.meta.format = FORMAT;
  into.meta.producer = "GHC";
  const window = new ByteWindow(source);
  const sizes = await readHeader(window);
  const log = new Log(into, notes);
  let ended = false;
  while (await window.ensure(2)) {
    const offset = window.offset;
    const type = await number(window, 2);
    ended = type === EVENTS_END;
    if (ended) break;
    const size = sizes.get(type);
    if (size === undefined) {
      notes.add(
        "truncated",
        "damaged",
        "an event is of no kind that the header names: the rest was not read",
        { offset },
      );
      ended = true;
      break;
    }
    if (!(await window.ensure(10))) break;
    const time = await number(window, 8);
    const length = size === VARIABLE ? await number(window, 2) : size;
    if (!(await window.ensure(length))) break;
    const payload = window.bytes.subarray(window.at, window.at + length);
    window.at += length;
    try {
      log.event(type, time, payload);
    } catch (error) {
      if (!(error instanceof FlambeauError)) throw error;
      notes.add("skipped", "damaged-event", "an event is shorter than its kind is: it was skipped", {
        offset,
      });
    }
    options.onProgress?.(offset);
  }
  if (!ended) {
    const text = "the log ends in the middle: the program may have been killed; what came before is kept";
    notes.add("truncated", "truncated", text, { offset: window.offset });
  }
  if (log.finish()) return;
  throw new FlambeauError("nothing-left", "the event log holds no samples and no running threads", {
    format: FORMAT,
    hint: "Build with -prof and run with +RTS -l -p (time) or -l -hc (heap).",
  });
}

/** The size of each kind of event; {@link VARIABLE} for those that say it themselves. */
async function readHeader(window: ByteWindow): Promise<ReadonlyMap<number, number>> {
  const sizes = new Map<number, number>();
  if (!(await window.ensure(8))) throw malformed(window);
  window.at += 8;
  for (;;) {
    const marker = await number(window, 4);
    if (marker === Marker.data) return sizes;
    if (marker !== Marker.eventBegin) continue;
    const type = await number(window, 2);
    sizes.set(type, await number(window, 2));
    for (let texts = 0; texts < 2; texts++) {
      const length = await number(window, 4);
      if (length > LONGEST_TEXT || !(await window.skip(length))) throw malformed(window);
    }
    if ((await number(window, 4)) !== Marker.eventEnd) throw malformed(window);
  }
}

async function number(window: ByteWindow, size: number): Promise<number> {
  if (!(await window.ensure(size))) throw malformed(window);
  const value = new EventBytes(window.bytes.subarray(window.at, window.at + size)).number(size);
  window.at += size;
  return value;
}

function malformed(window: ByteWindow): FlambeauError {
  return new FlambeauError("malformed", "the list of event kinds is damaged or not all there", {
    format: FORMAT,
    offset: window.offset,
  });
}
