import { type CpuProfileFile, emptyFile } from "../../codec/cpuprofile/file.ts";
import { NodeParser } from "../../codec/cpuprofile/parse-node.ts";
import { addSamples } from "../../codec/cpuprofile/samples.ts";
import { buildTree } from "../../codec/cpuprofile/tree.ts";
import { JsonKeys, type JsonReader, NumberColumn } from "../../codec/json.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";

const KEYS = new JsonKeys(
  "data",
  "cpuProfile",
  "nodes",
  "samples",
  "timeDeltas",
  "timestamps",
  "startTime",
  "endTime",
);

/** What one event brought of a profile: where its samples begin and end, and when it was written. */
interface Chunk {
  readonly time: number;
  readonly samples: readonly [start: number, end: number];
  readonly deltas: readonly [start: number, end: number];
}

/** A CPU profile inside a trace, which comes in pieces. */
interface TracedProfile {
  readonly file: CpuProfileFile;
  readonly nodes: NodeParser;
  readonly chunks: Chunk[];
  /** Row of {@link TraceThreads}: the thread of the `Profile` event, not of the sampler that writes the chunks. */
  thread: number;
  /** Microseconds. */
  start: number;
  declared: boolean;
}

/**
 * V8's CPU profiles inside a trace of Chrome: `Profile` says which thread is sampled, `ProfileChunk`s with the same
 * process and id bring nodes and samples; before Chrome 69 one `CpuProfile` event has it all.
 */
export class CpuProfiles {
  readonly #json: JsonReader;
  readonly #builder: ProfileBuilder;
  readonly #notes: Notes;
  readonly #profiles = new Map<string, TracedProfile>();
  readonly #scratch = new NumberColumn();

  constructor(json: JsonReader, builder: ProfileBuilder, notes: Notes) {
    this.#json = json;
    this.#builder = builder;
    this.#notes = notes;
  }

  /** An event of the profiler whose arguments stand at `offset`; `declares`: it names the sampled thread. */
  event(key: string, thread: number, time: number, offset: number, declares: boolean): void {
    let profile = this.#profiles.get(key);
    if (profile === undefined) {
      const file = emptyFile();
      const nodes = new NodeParser(this.#json, file, this.#builder, this.#notes);
      profile = { file, nodes, chunks: [], thread, start: Number.NaN, declared: false };
      this.#profiles.set(key, profile);
    }
    if (declares && !profile.declared) {
      profile.thread = thread;
      profile.declared = true;
    }
    const { samples, timeDeltas } = profile.file;
    const before = [samples.length, timeDeltas.length] as const;
    this.#json.revisit(offset, () => this.#members(profile));
    if (declares && Number.isNaN(profile.start)) profile.start = time;
    if (samples.length === before[0] && timeDeltas.length === before[1]) return;
    profile.chunks.push({
      time,
      samples: [before[0], samples.length],
      deltas: [before[1], timeDeltas.length],
    });
  }

  /** The members of `args`, of `data` and of `cpuProfile` within, which share no names. */
  #members(profile: TracedProfile): void {
    const json = this.#json;
    const deltas = profile.file.timeDeltas.length;
    let depth = 0;
    if (json.peek() !== 0x7b) return;
    json.enterObject();
    while (depth >= 0) {
      const key = json.nextKey(KEYS);
      if (key === undefined) {
        depth--;
        continue;
      }
      const byte = json.peek();
      if ((key === "data" || key === "cpuProfile") && byte === 0x7b) {
        json.enterObject();
        depth++;
      } else if (byte === 0x5b) this.#list(key, profile, deltas);
      else if (isNumberStart(byte)) this.#time(key, profile);
      else json.skipValue();
    }
  }

  #list(key: string, { file, nodes }: TracedProfile, deltasBefore: number): void {
    const json = this.#json;
    if (key === "nodes") {
      json.enterArray();
      while (json.nextElement()) nodes.node();
    } else if (key === "samples") this.#numbers(file.samples);
    else if (key === "timestamps") this.#numbers(file.timestamps);
    // Some write them twice, beside the profile and within.
    else if (key === "timeDeltas" && file.timeDeltas.length === deltasBefore) this.#numbers(file.timeDeltas);
    else json.skipValue();
  }

  #time(key: string, profile: TracedProfile): void {
    const value = this.#json.number();
    if (key === "startTime" && value !== 0) profile.start = value;
    else if (key === "endTime") profile.file.endTime = value;
  }

  #numbers(into: NumberColumn): void {
    this.#json.numbersWithin(this.#scratch);
    for (let i = 0; i < this.#scratch.length; i++) into.push(this.#scratch.at(i));
  }

  /** True where some profile has nodes. */
  get found(): boolean {
    for (const { file } of this.#profiles.values()) if (file.nodes.length > 0) return true;
    return false;
  }

  /** When the earliest profile began, in microseconds; Infinity where there is none. */
  get start(): number {
    let start = Number.POSITIVE_INFINITY;
    for (const profile of this.#profiles.values()) {
      if (profile.start < start && profile.file.nodes.length > 0) start = profile.start;
    }
    return start;
  }

  /** Adds the samples; `threadOf` gives the builder's thread, `nanoseconds` the time since the trace's origin. */
  handOver(threadOf: (row: number) => number, nanoseconds: (microseconds: number) => number): void {
    for (const profile of this.#profiles.values()) {
      const { file } = profile;
      if (!profile.declared) {
        this.#notes.add(
          "approximated",
          "chunk-without-profile",
          "A CPU profile is nowhere declared; it is shown under the thread that wrote it.",
        );
      }
      if (file.nodes.length === 0) continue;
      const sorted = inOrder(profile);
      if (file.startTime === undefined && Number.isFinite(profile.start)) sorted.startTime = profile.start;
      const tree = buildTree(sorted.nodes, this.#builder, this.#notes);
      const shift = Number.isFinite(profile.start) ? nanoseconds(profile.start) : 0;
      addSamples(sorted, tree, this.#builder, this.#notes, { thread: threadOf(profile.thread), shift });
    }
  }
}

/** Pieces are written in the order of time, but not always stored so. */
function inOrder({ file, chunks }: TracedProfile): CpuProfileFile {
  const sorted = chunks.every((chunk, i) => i === 0 || chunks[i - 1]!.time <= chunk.time);
  if (sorted) return file;
  const samples = new NumberColumn();
  const timeDeltas = new NumberColumn();
  for (const chunk of [...chunks].sort((a, b) => a.time - b.time)) {
    for (let i = chunk.samples[0]; i < chunk.samples[1]; i++) samples.push(file.samples.at(i));
    for (let i = chunk.deltas[0]; i < chunk.deltas[1]; i++) timeDeltas.push(file.timeDeltas.at(i));
  }
  return { ...file, samples, timeDeltas };
}

function isNumberStart(byte: number): boolean {
  return byte === 0x2d || (byte >= 0x30 && byte <= 0x39);
}
