import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { ByteSource } from "../../util/source.ts";
import type { Head, Reader, ReadOptions, Verdict } from "../reader.ts";
import { FORMAT } from "./bytes.ts";
import { Chunk } from "./chunk.ts";
import { EventReader, type Ranked } from "./events.ts";
import { type ChunkBytes, ChunkInput, isChunk } from "./input.ts";
import { Metadata } from "./metadata.ts";
import { Settings } from "./settings.ts";
import { Tables } from "./tables.ts";
import { Wanted } from "./wanted.ts";

/**
 * Java Flight Recorder: the JDK's, async-profiler's and Datadog's. A file is a row of chunks, each with its own
 * types and constants; nothing about an event's layout is known beforehand but its field names.
 * Source: OpenJDK, jdk.jfr.internal.consumer; https://www.morling.dev/blog/jdk-flight-recorder-file-format/.
 */
export const jfrReader: Reader = {
  id: FORMAT,
  title: "Java Flight Recorder",
  priority: 990,
  extensions: [".jfr"],
  carries: {
    time: true,
    threads: true,
    labels: true,
    lines: true,
    inlined: true,
    severalValueTypes: true,
  },
  sniff: (head: Head): Verdict => (isChunk(head.bytes, 0) && (head.bytes[5] ?? 0) > 0 ? "yes" : "no"),
  read: readJfr,
};

/** What the chunks say together. */
interface Recording {
  origin: bigint | undefined;
  /** Nanoseconds since the Unix epoch. */
  end: bigint;
  ranked: Ranked[];
  producer: string;
  /** Chunks whose types could be read. */
  readable: number;
  readonly settings: Settings;
  readonly metadata: Metadata;
  readonly tables: Tables;
  readonly wanted: Wanted;
}

async function readJfr(
  source: ByteSource,
  into: ProfileBuilder,
  notes: Notes,
  options: ReadOptions,
): Promise<void> {
  const input = new ChunkInput(source, options.onProgress);
  const recording: Recording = {
    origin: undefined,
    end: 0n,
    ranked: [],
    producer: "",
    readable: 0,
    settings: new Settings(),
    metadata: new Metadata(),
    tables: new Tables(),
    wanted: new Wanted(options.values),
  };
  for (let first = true; ; first = false) {
    const bytes = await input.next();
    if (bytes === undefined) break;
    if (bytes === "garbage") {
      if (first) throw cut(input.offset);
      notes.add("truncated", "jfr-trailing", "What follows the last whole chunk is none; it is left out.", {
        offset: input.offset,
      });
      break;
    }
    const used = readChunk(bytes, recording, into, notes);
    if (!bytes.complete && isChunk(bytes.bytes, used)) input.giveBack(bytes, used);
  }
  if (recording.readable === 0) throw cut(0);
  finish(recording, into, notes);
}

/** Reads a chunk into the profile; returns how many of its bytes are its own. */
function readChunk(bytes: ChunkBytes, recording: Recording, into: ProfileBuilder, notes: Notes): number {
  const { header } = bytes;
  recording.origin ??= header.startNanos;
  const end = header.startNanos + BigInt(Math.max(0, header.durationNanos));
  if (end > recording.end) recording.end = end;
  const chunk = new Chunk(bytes, recording.metadata, recording.tables, notes, into.mode === "merged");
  if (!bytes.complete) {
    notes.add(
      "truncated",
      "jfr-incomplete",
      "A chunk is incomplete: the recording was cut or still running.",
      {
        offset: bytes.offset,
      },
    );
  }
  if (chunk.types.size === 0) return chunk.used;
  recording.readable++;
  const { settings } = recording;
  settings.readChunk(chunk);
  const reader = new EventReader(chunk, settings, recording.origin, into, notes);
  reader.read(recording.wanted);
  recording.ranked.push(...reader.ranked);
  recording.producer ||= producerOf(settings);
  return chunk.used;
}

function producerOf(settings: Settings): string {
  const version = settings.get("version");
  if (version !== undefined && settings.get("jstackdepth") !== undefined) return `async-profiler ${version}`;
  return settings.machine;
}

function finish(recording: Recording, into: ProfileBuilder, notes: Notes): void {
  const { meta } = into;
  meta.format = FORMAT;
  meta.timeOrigin = recording.origin!;
  meta.clock = "unix";
  const duration = Number(recording.end - recording.origin!);
  if (duration > 0) meta.duration = duration;
  if (recording.producer !== "") meta.producer = recording.producer;
  const best = recording.ranked.sort((a, b) => a.rank - b.rank)[0];
  if (best?.period) meta.period = best.period;
  if (best !== undefined) meta.defaultValueType = best.valueType;
  if (!recording.wanted.finish(into, notes) && best === undefined)
    notes.add("information", "jfr-no-samples", "The recording holds no events that sample a stack.");
}

function cut(offset: number): FlambeauError {
  return new FlambeauError("truncated", "the recording ends before anything in it can be read", {
    format: FORMAT,
    offset,
    hint: "A JVM that was killed leaves such files. `jfr assemble` may repair them from its repository folder.",
  });
}
