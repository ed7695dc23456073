import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import { Phase } from "./events.ts";
import { MAX_MICROSECONDS, type TraceFacts } from "./facts.ts";
import type { EventParser } from "./parse-event.ts";
import type { SampledFrames } from "./sampled-frames.ts";
import { EventSamples } from "./samples.ts";
import { ThreadStacks } from "./stacks.ts";

/** Microseconds since 1970 that a clock other than the wall's does not show: it would have run since 2001. */
const WALL_CLOCK = 1e15;

/** Turns what was read into samples: CPU profiles first, because they are what is shown by default. */
export function finishTrace(
  parser: EventParser,
  sampled: SampledFrames,
  facts: TraceFacts,
  builder: ProfileBuilder,
  notes: Notes,
): void {
  const { events, threads, profiles } = parser;
  if (events.length === 0 && !profiles.found && sampled.length === 0) throw withoutEvents();
  const { start, end } = timeRange(parser, sampled);
  const origin = Math.floor(start);
  const nanoseconds = (microseconds: number): number => Math.round((microseconds - origin) * 1000);
  setOrigin(origin, facts, builder);
  if (facts.producer !== undefined) builder.meta.producer = facts.producer;
  const rows = new Map<number, number>();
  const threadOf = (row: number): number => {
    let known = rows.get(row);
    if (known === undefined) {
      known = threads.intoBuilder(row, builder);
      rows.set(row, known);
    }
    return known;
  };
  profiles.handOver(threadOf, nanoseconds);
  if (sampled.length > 0) sampled.handOver(threadOf, nanoseconds, notes);
  if (events.length > 0) {
    if (Number.isFinite(end - start)) builder.meta.duration = nanoseconds(end) - nanoseconds(start);
    const samples = new EventSamples(builder, nanoseconds);
    const stacks = new ThreadStacks(events, parser.frames, samples, builder, notes);
    events.rowsByThread(threads.length).forEach((list, row) => {
      if (list.length > 0) stacks.thread(list, threadOf(row));
    });
    samples.flush();
  }
}

/** The first and the last time of the trace, in microseconds. */
function timeRange(
  { events, profiles }: EventParser,
  sampled: SampledFrames,
): { readonly start: number; readonly end: number } {
  let start = Math.min(profiles.start, sampled.start);
  let end = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < events.length; row++) {
    const time = events.time[row]!;
    const last = events.phase[row] === Phase.complete ? time + events.duration[row]! : time;
    if (time < start) start = time;
    if (last > end) end = last;
  }
  return { start: Number.isFinite(start) ? start : 0, end };
}

function setOrigin(origin: number, facts: TraceFacts, builder: ProfileBuilder): void {
  if (Math.abs(origin) > MAX_MICROSECONDS) return;
  const since = BigInt(origin) * 1000n;
  if (facts.epoch !== undefined && facts.epoch < 1n << 63n) {
    builder.meta.timeOrigin = facts.epoch + since;
    builder.meta.clock = "unix";
  } else {
    builder.meta.timeOrigin = since;
    builder.meta.clock = origin > WALL_CLOCK ? "unix" : "monotonic";
  }
}

function withoutEvents(): FlambeauError {
  return new FlambeauError("malformed", "This trace has no events that make stacks", {
    format: "chrome-trace",
    hint: "Stacks come from events with a duration (B, E, X) and from CPU profiles; was the right category recorded?",
  });
}
