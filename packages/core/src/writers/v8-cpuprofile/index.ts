import { frameText } from "../../codec/frame-text.ts";
import { NumberColumn } from "../../codec/json.ts";
import { lostColumns, timelineLosses } from "../../codec/losses.ts";
import { rowsByThread, type ThreadRows } from "../../codec/thread-rows.ts";
import { microseconds, type Timeline, timelineOf } from "../../codec/timeline.ts";
import type { Profile } from "../../model/profile.ts";
import { type ByteSink, TextSink } from "../../util/sink.ts";
import type { WriteOptions, Writer } from "../writer.ts";
import { CallNodes, SpecialNode } from "./nodes.ts";

/**
 * V8's CPU profile, which Chrome's DevTools, VS Code and speedscope open. A sample there lasts until the next one, so
 * time without a sample becomes `(idle)`, which these tools leave out of their sums, and a sample of `(root)` stands
 * at the very end, so that the last real one keeps its length. Source of the format: the inspector protocol's
 * `Profiler.Profile`.
 *
 * ```
 * time     0   10        20   25
 * sample   a   b         -    a        a lasts 10, b 5, then nothing is known until 20
 * written  a   b   idle  -    a  root
 * ```
 */
export const v8CpuprofileWriter: Writer = {
  id: "v8-cpuprofile",
  title: "V8 CPU profile (Chrome DevTools, VS Code)",
  extensions: [".cpuprofile"],
  keepsTime: true,
  write,
};

/** The samples of the file, threads one after another. */
class FileSamples {
  /** Rows of nodes. */
  readonly node: NumberColumn = new NumberColumn();
  /** Nanoseconds since the file's start. */
  readonly time: NumberColumn = new NumberColumn();
  end = 0;
  moved = 0;
  idle = false;
}

async function write(profile: Profile, sink: ByteSink, options: WriteOptions): Promise<string[]> {
  const { meta, valueTypes, samples } = profile;
  const type = options.valueType ?? meta.defaultValueType;
  const weights = samples.weights[type] ?? new Float64Array(samples.length);
  const severalTypes = valueTypes.length > 1;
  const threads = rowsByThread(
    profile,
    false,
    (row) => weights[row]! > 0 || (weights[row] === 0 && !severalTypes),
  );
  const nodes = new CallNodes(profile);
  const file = samplesOf(profile, threads, type, weights, nodes);
  const out = new TextSink(sink);
  await writeNodes(profile, nodes, out);
  await writeTimes(profile, file, out);
  await out.flush();
  return losses(profile, type, threads, file);
}

function samplesOf(
  profile: Profile,
  threads: readonly ThreadRows[],
  type: number,
  weights: Float64Array,
  nodes: CallNodes,
): FileSamples {
  const file = new FileSamples();
  for (const thread of threads) {
    if (threads.length > 1) nodes.beginThread(thread.name);
    const timeline = timelineOf(profile, thread, type, weights, file.end);
    // One thread keeps its times; of several, each begins where the one before ended.
    const shift = threads.length > 1 && timeline.begin.length > 0 ? file.end - timeline.begin[0]! : 0;
    addThread(profile, thread, timeline, shift, nodes, file);
  }
  return file;
}

function addThread(
  { samples }: Profile,
  { rows }: ThreadRows,
  { begin, length, end, moved }: Timeline,
  shift: number,
  nodes: CallNodes,
  file: FileSamples,
): void {
  let ended = begin[0] ?? 0;
  for (let i = 0; i < rows.length; i++) {
    // Less than a nanosecond is rounding.
    if (begin[i]! - ended >= 1) {
      file.node.push(nodes.idle());
      file.time.push(ended + shift);
      file.idle = true;
    }
    const node = nodes.of(samples.stack[rows[i]!]!);
    nodes.hits[node]!++;
    file.node.push(node);
    file.time.push(begin[i]! + shift);
    ended = begin[i]! + length[i]!;
  }
  file.end = Math.max(file.end, end + shift);
  file.moved += moved;
}

async function writeNodes(profile: Profile, nodes: CallNodes, out: TextSink): Promise<void> {
  const { first, next } = nodes.children();
  await out.write('{"nodes":[');
  for (let row = 0; row < nodes.length; row++) {
    const children: number[] = [];
    for (let child = first[row]!; child >= 0; child = next[child]!) children.push(child + 1);
    const below = children.length > 0 ? `,"children":[${children.join()}]` : "";
    const hits = nodes.hits[row]!;
    const { text, line } = callFrame(profile, nodes, row);
    const ticks = hits > 0 && line > 0 ? `,"positionTicks":[{"line":${line},"ticks":${hits}}]` : "";
    const node = `${row > 0 ? ",\n" : ""}{"id":${row + 1},"callFrame":${text},"hitCount":${hits}${below}${ticks}}`;
    const wait = out.write(node);
    if (wait !== undefined) await wait;
  }
  await out.write("]");
}

/** Lines and columns count from 0; -1: not known. */
function callFrame(
  profile: Profile,
  nodes: CallNodes,
  row: number,
): { readonly text: string; readonly line: number } {
  const frame = nodes.frame[row]!;
  const special = frame === SpecialNode.root ? "(root)" : frame === SpecialNode.idle ? "(idle)" : undefined;
  const { name, file, line, column } =
    frame >= 0
      ? frameText(profile, frame)
      : { name: special ?? nodes.threadNames.get(row) ?? "", file: "", line: 0, column: 0 };
  const place = `"url":${JSON.stringify(file)},"lineNumber":${line - 1},"columnNumber":${column - 1}`;
  return { text: `{"functionName":${JSON.stringify(name)},"scriptId":"0",${place}}`, line };
}

async function writeTimes({ meta }: Profile, file: FileSamples, out: TextSink): Promise<void> {
  const { node, time } = file;
  const origin = meta.timeOrigin ?? 0n;
  const start = origin >= 0n ? origin / 1000n : 0n;
  // What the start in whole microseconds leaves of the origin belongs to the first sample.
  const rest = Number((origin >= 0n ? origin : 0n) - start * 1000n);
  const end = start + BigInt(Math.ceil((file.end + rest) / 1000));
  await out.write(`,"startTime":${start},"endTime":${end},"samples":[`);
  for (let i = 0; i < node.length; i++) {
    const wait = out.write(`${i > 0 ? "," : ""}${node.at(i) + 1}`);
    if (wait !== undefined) await wait;
  }
  await out.write(node.length > 0 ? ',1],"timeDeltas":[' : '],"timeDeltas":[');
  let last = 0;
  for (let i = 0; i <= node.length && node.length > 0; i++) {
    const at = Math.round((i < node.length ? time.at(i) : file.end) + rest);
    const wait = out.write(`${i > 0 ? "," : ""}${microseconds(at - last)}`);
    last = at;
    if (wait !== undefined) await wait;
  }
  const title = meta.title === undefined ? "" : `,"title":${JSON.stringify(meta.title)}`;
  await out.write(`]${title}}\n`);
}

function losses(profile: Profile, type: number, threads: readonly ThreadRows[], file: FileSamples): string[] {
  const sentences = timelineLosses(profile, type, "a CPU profile");
  if (threads.length > 1) {
    sentences.push(
      `A CPU profile holds one thread: the ${threads.length} threads stand one after another, below a frame each.`,
    );
  }
  if (file.idle) sentences.push("Time without a sample was written as (idle).");
  if (file.moved > 0) {
    sentences.push(`${file.moved} samples begin later than they say: the one before them was not over.`);
  }
  const { meta } = profile;
  const named = threads.length === 1 && threads[0]!.thread >= 0;
  return sentences.concat(
    lostColumns(profile, [
      named ? "the thread's name" : "",
      meta.clock === "unix" ? "date of the recording" : "",
    ]),
  );
}
