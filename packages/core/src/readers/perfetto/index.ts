import { ProtobufReader, WireType } from "../../codec/protobuf.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { ByteSource } from "../../util/source.ts";
import { ByteWindow } from "../../util/window.ts";
import type { Head, Reader, ReadOptions, Verdict } from "../reader.ts";
import { FORMAT } from "./message.ts";
import { Trace } from "./trace.ts";

/** Field 1, length-delimited: every packet of a trace. */
const PACKET_TAG = 0x0a;
const LONGEST_PACKET = 1 << 30;

/**
 * A Perfetto trace: packets of many producers. Sampled stacks (traced_perf, Chrome), heap profiles (heapprofd), spans
 * of the tracing SDK, of Chrome and of Android's atrace, and the scheduler's switches become samples. Symbols that
 * `traceconv symbolize` appends are used.
 *
 * Source of the format: protos/perfetto/trace/ in google/perfetto.
 */
export const perfettoReader: Reader = {
  id: FORMAT,
  title: "Perfetto trace (Android, Chrome, heapprofd)",
  priority: 941,
  extensions: [".perfetto-trace", ".pftrace"],
  carries: {
    time: true,
    threads: true,
    labels: true,
    lines: true,
    inlined: true,
    severalValueTypes: true,
  },
  sniff,
  read,
};

/** Integers of `TracePacket` (time, user, sequence, flags …); every other field is length-delimited. */
const VARINTS: ReadonlySet<number> = new Set([3, 8, 10, 13, 41, 42, 58, 79, 87, 98]);

function sniff({ bytes, complete }: Head): Verdict {
  if (bytes[0] !== PACKET_TAG) return "no";
  const reader = new ProtobufReader(bytes);
  const found = { marks: 0, packets: 0 };
  try {
    while (reader.next()) {
      if (reader.field !== 1 || reader.wire !== WireType.bytes) return "no";
      const length = reader.unsigned();
      const outer = reader.end;
      const cut = length > outer - reader.at;
      if (cut && complete) return "no";
      reader.end = cut ? outer : reader.at + length;
      if (!isPacket(reader, found)) return "no";
      reader.leave(outer);
      found.packets++;
    }
  } catch {
    // The head ends within a packet: what came before tells.
    if (complete && found.packets === 0) return "no";
  }
  return found.marks > 0 ? "yes" : "no";
}

/** Walks a message; false where a field is not written as packets have it. Counts times and writers. */
function isPacket(reader: ProtobufReader, found: { marks: number }): boolean {
  while (reader.next()) {
    const { field } = reader;
    if (reader.wire !== (VARINTS.has(field) ? WireType.varint : WireType.bytes)) return false;
    if (field === 8 || field === 10 || field === 3) found.marks++;
    reader.skip();
  }
  return true;
}

async function read(
  source: ByteSource,
  into: ProfileBuilder,
  notes: Notes,
  options: ReadOptions,
): Promise<void> {
  into.meta.format = FORMAT;
  into.meta.producer = "Perfetto";
  const window = new ByteWindow(source);
  const trace = new Trace(into, notes);
  let packets = 0;
  for (;;) {
    const offset = window.offset;
    if (!(await window.ensure(1))) break;
    const packet = await nextPacket(window, notes);
    if (packet === undefined) break;
    try {
      trace.packet(packet, offset);
    } catch (error) {
      if (!(error instanceof FlambeauError)) throw error;
      notes.add("skipped", "damaged-packet", "a packet is damaged: the rest of it was skipped", { offset });
    }
    window.at += packet.length;
    packets++;
    options.onProgress?.(offset);
  }
  if (packets === 0)
    throw new FlambeauError("malformed", "there is no packet of a trace", { format: FORMAT, offset: 0 });
  if (!trace.finish()) {
    throw new FlambeauError("nothing-left", "the trace holds no samples, heap profiles, spans or switches", {
      format: FORMAT,
      hint: "Record with linux.perf, android.heapprofd, track_event, atrace or sched events; other data is shown by ui.perfetto.dev.",
    });
  }
}

/** The next packet, at which the window then stands; undefined where the file breaks off. */
async function nextPacket(window: ByteWindow, notes: Notes): Promise<Uint8Array | undefined> {
  const offset = window.offset;
  // A tag of one byte and a length of at most five.
  await window.ensure(6);
  const reader = new ProtobufReader(window.bytes, window.at, window.end, FORMAT);
  try {
    if (reader.next() && reader.field === 1 && reader.wire === WireType.bytes) {
      const length = reader.unsigned();
      window.at = reader.at;
      if (length <= LONGEST_PACKET && (await window.ensure(length)))
        return window.bytes.subarray(window.at, window.at + length);
      notes.add("truncated", "truncated", "the trace ends within a packet; what came before is kept", {
        offset,
      });
      return undefined;
    }
  } catch (error) {
    if (!(error instanceof FlambeauError)) throw error;
  }
  notes.add("truncated", "damaged", "this is no packet of a trace: the rest of the file was not read", {
    offset,
  });
  return undefined;
}
