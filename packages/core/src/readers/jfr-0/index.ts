import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import { type ByteSource, readAll } from "../../util/source.ts";
import type { Head, Reader, ReadOptions, Verdict } from "../reader.ts";
import { Chunk } from "./chunk.ts";
import { FORMAT } from "./cursor.ts";
import { RANKED } from "./kinds.ts";

/**
 * Flight recordings of Oracle's JDK 7 and 8 (version 0.9): chunks with their metadata at the end, without compression;
 * the newer versions are the reader jfr's. Source: OpenJDK Mission Control, flightrecorder/internal/parser/v0.
 */
export const jfr0Reader: Reader = {
  id: FORMAT,
  title: "Java Flight Recorder of Oracle's JDK 7 and 8 (0.9)",
  priority: 369,
  extensions: [".jfr"],
  carries: {
    time: true,
    threads: true,
    labels: true,
    lines: true,
    inlined: true,
    severalValueTypes: true,
  },
  sniff: (head: Head): Verdict => (isChunk(head.bytes, 0) ? "yes" : "no"),
  read,
};

/** `FLR\0`, and 0 as the first part of the version. */
function isChunk(bytes: Uint8Array, at: number): boolean {
  const magic = [0x46, 0x4c, 0x52, 0, 0, 0];
  return magic.every((byte, i) => bytes[at + i] === byte);
}

async function read(
  source: ByteSource,
  into: ProfileBuilder,
  notes: Notes,
  options: ReadOptions,
): Promise<void> {
  const bytes = await readAll(source);
  into.meta.format = FORMAT;
  let origin: number | undefined;
  let end = 0;
  for (let at = 0; at < bytes.length; ) {
    if (!isChunk(bytes, at)) {
      if (at === 0)
        throw new FlambeauError("malformed", "no chunk of a recording begins here", {
          format: FORMAT,
          offset: 0,
        });
      notes.add("truncated", "jfr-trailing", "What follows the last whole chunk is none; it is left out.", {
        offset: at,
      });
      break;
    }
    try {
      const chunk = new Chunk(bytes.subarray(at), at, into, notes);
      origin ??= chunk.metadata.startMillis;
      end = Math.max(end, chunk.metadata.endMillis);
      chunk.read(origin);
      at += Math.max(HEADER, chunk.size);
    } catch (error) {
      if (!(error instanceof FlambeauError) || into.sampleCount === 0) throw error;
      notes.add(
        "truncated",
        "jfr-incomplete",
        "A chunk is incomplete: the recording was cut or still running.",
        {
          offset: at,
        },
      );
      break;
    }
  }
  finish(into, notes, origin, end);
  options.onProgress?.(bytes.length);
}

const HEADER = 16;

function finish(into: ProfileBuilder, notes: Notes, origin: number | undefined, end: number): void {
  if (origin !== undefined && Math.abs(origin) < 1e15) {
    into.meta.timeOrigin = BigInt(Math.trunc(origin)) * 1_000_000n;
    into.meta.clock = "unix";
    if (end > origin && end < 1e15) into.meta.duration = (end - origin) * 1e6;
  }
  if (into.sampleCount === 0) {
    notes.add("information", "jfr-no-samples", "The recording holds no events that sample a stack.");
  }
  const rows = RANKED.map((name) => into.valueTypes.findIndex((type) => type.name === name));
  into.meta.defaultValueType = rows.find((row) => row >= 0) ?? 0;
}
