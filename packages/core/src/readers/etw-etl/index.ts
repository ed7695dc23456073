import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { ByteSource } from "../../util/source.ts";
import { ByteWindow } from "../../util/window.ts";
import type { Head, Reader, ReadOptions, Verdict } from "../reader.ts";
import { BUFFER_HEADER, eventsOf, FORMAT, u32 } from "./buffers.ts";
import { Trace } from "./trace.ts";

const LARGEST_BUFFER = 1 << 24;
/** Set in a buffer's flags where its events are compressed. */
const COMPRESSED = 0x40;
/** A buffer that holds the header of the whole. */
const HEADER_TYPE = 4;

/**
 * Windows' event traces (ETW): the kernel's CPU samples with their stacks, and how often all other events occurred, by
 * provider and name. Addresses stay addresses: the names are in PDB files. For named stacks export from PerfView or WPA.
 * Source of the format: the headers of Windows (evntrace.h, evntcons.h, ntwmi.h); microsoft/perfview for what kernel
 * events hold.
 */
export const etwEtlReader: Reader = {
  id: FORMAT,
  title: "Windows event trace (ETW)",
  priority: 948,
  extensions: [".etl"],
  carries: {
    time: true,
    threads: true,
    labels: false,
    lines: false,
    inlined: false,
    severalValueTypes: true,
  },
  sniff,
  read,
};

/** The first buffer says how long it is and how much of it is used, and holds the header of the whole. */
function sniff({ bytes }: Head): Verdict {
  if (bytes.length < BUFFER_HEADER + 32) return "no";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const size = u32(view, 0);
  const used = u32(view, 48);
  const isBuffer =
    size >= 1024 && size <= LARGEST_BUFFER && size % 1024 === 0 && used > BUFFER_HEADER && used <= size;
  const hasHeader = view.getUint16(54, true) === HEADER_TYPE && view.getUint8(BUFFER_HEADER + 3) === 0xc0;
  const kind = view.getUint8(BUFFER_HEADER + 2);
  return isBuffer && hasHeader && (kind === 1 || kind === 2) && view.getUint16(BUFFER_HEADER + 6, true) === 0
    ? "yes"
    : "no";
}

async function read(
  source: ByteSource,
  into: ProfileBuilder,
  notes: Notes,
  options: ReadOptions,
): Promise<void> {
  into.meta.format = FORMAT;
  into.meta.producer = "Event Tracing for Windows";
  const window = new ByteWindow(source);
  const trace = new Trace(into, notes);
  while (await window.ensure(BUFFER_HEADER)) {
    const offset = window.offset;
    options.onProgress?.(offset);
    const size = u32(
      new DataView(window.bytes.buffer, window.bytes.byteOffset + window.at, BUFFER_HEADER),
      0,
    );
    if (size < BUFFER_HEADER || size > LARGEST_BUFFER) {
      notes.add("truncated", "damaged", "a buffer's length cannot be right: the rest was not read", {
        offset,
      });
      break;
    }
    const isWhole = await window.ensure(size);
    const length = Math.min(size, window.left);
    const view = new DataView(window.bytes.buffer, window.bytes.byteOffset + window.at, length);
    readBuffer(view, offset, trace, notes);
    window.at += length;
    if (!isWhole) {
      notes.add("truncated", "truncated", "the trace ends within a buffer; what came before is kept", {
        offset,
      });
      break;
    }
  }
  if (trace.finish()) return;
  throw new FlambeauError("nothing-left", "the Windows event trace holds no events that can be shown", {
    format: FORMAT,
    hint: "Open it in PerfView or Windows Performance Analyzer, and export stacks from there (PerfView XML, xperf CSV).",
  });
}

function readBuffer(view: DataView, offset: number, trace: Trace, notes: Notes): void {
  const used = Math.min(view.byteLength, u32(view, 48));
  if ((view.getUint16(52, true) & COMPRESSED) !== 0) {
    const text = "a buffer of events is compressed, which cannot be unpacked here: it was skipped";
    notes.add("skipped", "compressed-buffer", text, { offset });
    return;
  }
  const skipped = (at: number): void => {
    const text = "an event of an old or unknown kind is not read";
    notes.add("skipped", "unknown-event", text, { offset: offset + at });
  };
  for (const event of eventsOf(view, used, skipped)) trace.event(event);
}
