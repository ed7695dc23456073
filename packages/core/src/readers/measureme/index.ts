import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import { ByteWindow } from "../../util/window.ts";
import type { Head, Reader, Verdict } from "../reader.ts";
import { type Intervals, readIntervals } from "./intervals.ts";
import { beginsAsMeasureme, FORMAT, readPages } from "./pages.ts";
import { type Counter, IntervalSamples } from "./samples.ts";
import { METADATA_ID } from "./strings.ts";

/**
 * What `rustc -Z self-profile` writes (.mm_profdata, versions 7 to 9): when the compiler's queries and activities began
 * and ended, or what a hardware counter stood at. Names come apart from events, so both are kept until the end.
 * Source: measureme/src and decodeme/src in rust-lang/measureme.
 */
export const measuremeReader: Reader = {
  id: FORMAT,
  title: "rustc self-profile (measureme)",
  priority: 936,
  extensions: [".mm_profdata"],
  carries: {
    time: true,
    threads: true,
    labels: false,
    lines: false,
    inlined: false,
    severalValueTypes: true,
  },
  sniff: ({ bytes }: Head): Verdict => (beginsAsMeasureme(bytes) ? "yes" : "no"),
  async read(source, into, notes, options) {
    into.meta.format = FORMAT;
    into.meta.producer = "rustc";
    const recording = await readPages(new ByteWindow(source), notes, options.onProgress);
    const intervals = readIntervals(recording);
    if (intervals.length === 0) {
      throw new FlambeauError("malformed", "the self-profile holds no event with a duration", {
        format: FORMAT,
      });
    }
    const facts = factsOf(recording.strings.text(METADATA_ID) ?? "", into);
    noteOthers(intervals, notes);
    new IntervalSamples(intervals, recording.strings, facts.counter, facts.process, into, notes).add();
  },
};

function noteOthers({ instants, integers }: Intervals, notes: Notes): void {
  if (instants > 0) {
    const message = "an event without a duration (a query found in the cache, say) was left out";
    notes.add("skipped", "instant-events", message, undefined, instants);
  }
  if (integers > 0) {
    const message = "an event that is a number (the size of a file, say) was left out";
    notes.add("skipped", "integer-events", message, undefined, integers);
  }
}

/** What the recording says of itself, in JSON with numbers of 64 bits. */
function factsOf(text: string, into: ProfileBuilder): { counter: Counter; process: number | undefined } {
  const start = /"start_time":\s*(\d{1,19})\b/.exec(text)?.[1];
  if (start !== undefined) {
    into.meta.timeOrigin = BigInt(start);
    into.meta.clock = "unix";
  }
  const command = /"cmd":\s*("(?:[^"\\]|\\.)*")/.exec(text)?.[1];
  if (command !== undefined) into.meta.comments = [`Command: ${unquoted(command)}`];
  const process = /"process_id":\s*(\d{1,10})\b/.exec(text)?.[1];
  const counter = /"counter":\s*\{\s*"name":\s*"([^"]*)"/.exec(text)?.[1] ?? "wall-time";
  const isTime = counter === "wall-time";
  return {
    counter: { name: isTime ? "time" : counter, unit: isTime ? "nanoseconds" : "count", isTime },
    process: process === undefined ? undefined : Number(process),
  };
}

function unquoted(json: string): string {
  try {
    return String(JSON.parse(json));
  } catch {
    return json.slice(1, -1);
  }
}
