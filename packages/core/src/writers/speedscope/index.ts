import { typeText } from "../../codec/losses.ts";
import { rowsByThread, type ThreadRows } from "../../codec/thread-rows.ts";
import { type Profile, totalsOf } from "../../model/profile.ts";
import { type ByteSink, TextSink } from "../../util/sink.ts";
import type { WriteOptions, Writer } from "../writer.ts";

export interface SpeedscopeWriteOptions extends WriteOptions {
  /** One profile with the samples of all threads, instead of one per thread. */
  readonly together?: boolean;
}

/** speedscope's units; what it does not know is "none". */
const UNITS: ReadonlySet<string> = new Set([
  "nanoseconds",
  "microseconds",
  "milliseconds",
  "seconds",
  "bytes",
]);

/**
 * speedscope's file format: one sampled profile per thread, samples in the order of time. Source of the format:
 * speedscope's `src/lib/file-format-spec.ts`.
 */
export const speedscopeWriter: Writer = {
  id: "speedscope",
  title: "speedscope",
  extensions: [".speedscope.json"],
  keepsTime: true,
  write: (profile, sink, options: SpeedscopeWriteOptions) => write(profile, sink, options),
};

async function write(profile: Profile, sink: ByteSink, options: SpeedscopeWriteOptions): Promise<string[]> {
  const { meta, valueTypes, samples } = profile;
  const type = options.valueType ?? meta.defaultValueType;
  const weights = samples.weights[type] ?? new Float64Array(samples.length);
  // Of several value types a sample often has but one: the others' samples are not this one's.
  const keep = (row: number): boolean => valueTypes.length < 2 || weights[row] !== 0;
  const threads = rowsByThread(profile, options.together === true, keep);
  const out = new TextSink(sink);
  await out.write('{"$schema":"https://www.speedscope.app/file-format-schema.json","shared":{"frames":[');
  await writeFrames(profile, out);
  await out.write(']},"profiles":[');
  const unit = valueTypes[type]?.unit ?? "none";
  for (let i = 0; i < threads.length; i++) {
    if (i > 0) await out.write(",\n");
    await writeThread(profile, threads[i]!, weights, UNITS.has(unit) ? unit : "none", out);
  }
  const name = meta.title === undefined ? "" : `"name":${JSON.stringify(meta.title)},`;
  await out.write(`],${name}"activeProfileIndex":0,"exporter":"flambeau"}\n`);
  await out.flush();
  return losses(profile, type, weights);
}

async function writeFrames({ frames, strings, mappings }: Profile, out: TextSink): Promise<void> {
  for (let row = 0; row < frames.length; row++) {
    const mapping = mappings[frames.mapping[row]!];
    const name = strings.get(frames.name[row]!) || addressText(frames.address[row]!, mapping?.path);
    const file = strings.get(frames.file[row]!) || (mapping?.path ?? "");
    let text = `${row > 0 ? ",\n" : ""}{"name":${JSON.stringify(name)}`;
    if (file !== "") text += `,"file":${JSON.stringify(file)}`;
    if (frames.line[row] !== 0) text += `,"line":${frames.line[row]}`;
    if (frames.column[row] !== 0) text += `,"col":${frames.column[row]}`;
    const wait = out.write(`${text}}`);
    if (wait !== undefined) await wait;
  }
}

function addressText(address: bigint, path: string | undefined): string {
  return address === 0n && path !== undefined ? `[${path}]` : `0x${address.toString(16)}`;
}

async function writeThread(
  profile: Profile,
  { name, rows }: ThreadRows,
  weights: Float64Array,
  unit: string,
  out: TextSink,
): Promise<void> {
  const { samples, stacks } = profile;
  const start = startValue(profile, rows, unit);
  const path = new PathText(stacks.parent, stacks.frame);
  let end = start;
  for (const row of rows) end += weights[row]!;
  const range = `"startValue":${finite(start)},"endValue":${finite(Math.max(start, end))}`;
  await out.write(`{"type":"sampled","name":${JSON.stringify(name)},"unit":"${unit}",${range},"samples":[`);
  for (let i = 0; i < rows.length; i++) {
    const wait = path.write(i > 0 ? "," : "", samples.stack[rows[i]!]!, out);
    if (wait !== undefined) await wait;
  }
  await out.write('],"weights":[');
  for (let i = 0; i < rows.length; i++) {
    const wait = out.write(`${i > 0 ? "," : ""}${weights[rows[i]!]}`);
    if (wait !== undefined) await wait;
  }
  await out.write("]}");
}

/** The first sample's time, where the weights are times in the same unit; else the axis starts at 0. */
function startValue({ samples }: Profile, rows: Uint32Array, unit: string): number {
  const first = rows.length === 0 ? undefined : samples.time?.[rows[0]!];
  return unit === "nanoseconds" && first !== undefined && Number.isFinite(first) ? first : 0;
}

function finite(value: number): number {
  return Math.min(Math.max(value, -Number.MAX_VALUE), Number.MAX_VALUE);
}

/** Longer stacks than this go out in pieces. */
const PIECE = 4096;

/** Stacks as `[0,1,2]`, root first; the same stack as before is not walked again. */
class PathText {
  readonly #parent: Int32Array;
  readonly #frame: Int32Array;
  #stack = -1;
  #frames: number[] = [];
  #text = "[]";

  constructor(parent: Int32Array, frame: Int32Array) {
    this.#parent = parent;
    this.#frame = frame;
  }

  write(separator: string, stack: number, out: TextSink): void | Promise<void> {
    if (stack !== this.#stack) this.#walk(stack);
    return this.#frames.length > PIECE
      ? this.#writePieces(separator, out)
      : out.write(separator + this.#text);
  }

  async #writePieces(separator: string, out: TextSink): Promise<void> {
    await out.write(`${separator}[`);
    for (let at = 0; at < this.#frames.length; at += PIECE) {
      await out.write(`${at > 0 ? "," : ""}${this.#frames.slice(at, at + PIECE).join()}`);
    }
    await out.write("]");
  }

  #walk(stack: number): void {
    this.#stack = stack;
    this.#frames = [];
    for (let row = stack; row >= 0; row = this.#parent[row]!) this.#frames.push(this.#frame[row]!);
    this.#frames.reverse();
    this.#text = this.#frames.length > PIECE ? "" : `[${this.#frames.join()}]`;
  }
}

function losses(profile: Profile, type: number, weights: Float64Array): string[] {
  const { valueTypes, samples, frames, meta } = profile;
  const sentences: string[] = [];
  const written = valueTypes[type];
  const totals = totalsOf(profile);
  const others = valueTypes.filter((_, row) => row !== type && totals[row] !== 0);
  if (written !== undefined && others.length > 0) {
    sentences.push(
      `Only ${typeText(written)} was written, not ${others.map(typeText).join(", ")}: a speedscope profile counts one thing.`,
    );
  }
  if (written !== undefined && !UNITS.has(written.unit) && written.unit !== "count") {
    sentences.push(`speedscope does not know the unit ${written.unit}; it shows plain numbers.`);
  }
  if (samples.time !== undefined && written?.unit !== "nanoseconds") {
    sentences.push(
      "Samples are in the order of time, but their times are not kept: the axis counts weights.",
    );
  } else if (hasGaps(profile, weights)) {
    sentences.push("speedscope puts samples end to end: the gaps between them are not kept.");
  }
  if (weights.some((weight) => weight < 0)) sentences.push("speedscope cannot draw negative weights.");
  const lost = [
    samples.labels === undefined ? "" : "labels",
    frames.address.some((address) => address !== 0n) ? "addresses" : "",
    frames.kind.some((kind) => kind !== 0) ? "kinds of frames (kernel, jit …)" : "",
    frames.inlined.some((inlined) => inlined !== 0) ? "marks of inlined frames" : "",
    meta.timeOrigin === undefined || meta.clock !== "unix" ? "" : "date of the recording",
    profile.notes.length === 0 ? "" : "notes",
  ].filter((word) => word !== "");
  if (lost.length > 0) sentences.push(`The format has no place for: ${lost.join(", ")}.`);
  return sentences;
}

/** True where a sample does not begin where the one before it in its thread ended. */
function hasGaps({ samples, threads }: Profile, weights: Float64Array): boolean {
  const { time, thread } = samples;
  if (time === undefined) return false;
  const ends = new Float64Array(threads.length + 1).fill(Number.NaN);
  for (let row = 0; row < samples.length; row++) {
    const group = thread === undefined ? 0 : thread[row]! + 1;
    const end = ends[group]!;
    if (Math.abs(time[row]! - end) > Math.max(1, Math.abs(end) * 1e-9)) return true;
    ends[group] = time[row]! + weights[row]!;
  }
  return false;
}
