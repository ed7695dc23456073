import { lostColumns, timelineLosses } from "../../codec/losses.ts";
import { rowsByThread, type ThreadRows } from "../../codec/thread-rows.ts";
import { timelineOf } from "../../codec/timeline.ts";
import type { Profile } from "../../model/profile.ts";
import { type ByteSink, TextSink } from "../../util/sink.ts";
import type { WriteOptions, Writer } from "../writer.ts";
import { EventText } from "./events.ts";
import { type TrackIds, trackIds } from "./track-ids.ts";

/**
 * The trace event format, as Perfetto, chrome://tracing and speedscope open it: a frame that stands in the samples of
 * a thread without a break is one event that begins (`B`) and ends (`E`). Source of the format: "Trace Event Format"
 * of Chromium's catapult project.
 *
 * ```
 * samples  main;a 5   main;a 5   main;b 2         main  0 ───────────── 12
 *                                                 a     0 ──────── 10
 *                                                 b               10 ── 12
 * ```
 */
export const chromeTraceWriter: Writer = {
  id: "chrome-trace",
  title: "Chrome trace (Perfetto, chrome://tracing)",
  extensions: [".trace.json"],
  keepsTime: true,
  write,
};

/** Beyond this many nanoseconds doubles of microseconds are no longer exact to the nanosecond: 52 days. */
const EXACT = 2 ** 52;

async function write(profile: Profile, sink: ByteSink, options: WriteOptions): Promise<string[]> {
  const { meta, samples } = profile;
  const type = options.valueType ?? meta.defaultValueType;
  const weights = samples.weights[type] ?? new Float64Array(samples.length);
  // What lasts no time cannot be seen, nor can what has no frames.
  const threads = rowsByThread(profile, false, (row) => weights[row]! > 0);
  const origin = originOf(profile);
  const out = new TextSink(sink);
  const date = origin.epoch === undefined ? "" : `"baseTimeNanoseconds":${origin.epoch},`;
  await out.write(`{"displayTimeUnit":"ns","otherData":{"source":"flambeau"},${date}"traceEvents":[`);
  const events = new EventText(profile, out);
  let moved = 0;
  for (const { thread, ids } of trackIds(profile, threads)) {
    for (const event of names(profile, thread, ids)) await events.write(event);
    const timeline = timelineOf(profile, thread, type, weights);
    await events.thread(thread, timeline, ids, origin.shift);
    moved += timeline.moved;
  }
  await out.write("\n]}\n");
  await out.flush();
  return losses(profile, type, weights, threads, moved, events.joined);
}

/** Where the trace's times count from: a clock's own times are kept; a date stands in the head. */
function originOf({ meta }: Profile): { readonly shift: number; readonly epoch: bigint | undefined } {
  const origin = meta.timeOrigin;
  if (origin === undefined || origin < 0n) return { shift: 0, epoch: undefined };
  if (meta.clock === "unix") return { shift: 0, epoch: origin };
  return { shift: origin < EXACT ? Number(origin) : 0, epoch: undefined };
}

/** The events that name a thread and its process. */
function names({ threads, meta }: Profile, { thread }: ThreadRows, { pid, tid }: TrackIds): string[] {
  const known = threads[thread];
  const naming = (event: string, text: string | undefined): string =>
    `{"ph":"M","pid":${pid},"tid":${tid},"name":"${event}","args":{"name":${JSON.stringify(text ?? "")}}}`;
  const process = known === undefined ? meta.title : known.process;
  const events = process === undefined ? [] : [naming("process_name", process)];
  if (known !== undefined && known.name !== "") events.push(naming("thread_name", known.name));
  return events;
}

function losses(
  profile: Profile,
  type: number,
  weights: Float64Array,
  threads: readonly ThreadRows[],
  moved: number,
  joined: number,
): string[] {
  const { samples, valueTypes, meta } = profile;
  const sentences = timelineLosses(profile, type, "a Chrome trace");
  if (moved > 0)
    sentences.push(`${moved} samples begin later than they say: the one before them was not over.`);
  if (valueTypes.length < 2 && weights.some((weight) => weight === 0)) {
    sentences.push("Samples that weigh nothing were left out.");
  }
  if (threads.some(({ rows }) => rows.some((row) => samples.stack[row]! < 0))) {
    sentences.push("Samples without frames are gaps.");
  }
  if (joined > 0) sentences.push("Equal stacks one after another are one event: samples are not kept apart.");
  const origin = meta.timeOrigin ?? 0n;
  const farAway = meta.clock !== "unix" && (origin < 0n || origin >= EXACT);
  return sentences.concat(lostColumns(profile, [farAway ? "the clock's origin" : ""]));
}
