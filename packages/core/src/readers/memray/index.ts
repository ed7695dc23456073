import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { ByteSource } from "../../util/source.ts";
import { ByteWindow } from "../../util/window.ts";
import type { Head, Reader, ReadOptions, Verdict } from "../reader.ts";
import { FORMAT, RecordBytes, Short } from "./bytes.ts";
import { Frames } from "./frames.ts";
import { CODE_OBJECTS, type Header, readHeader } from "./header.ts";
import { Recording } from "./recording.ts";
import { newLast, Outcome, type OutcomeCode, readOldRecord, readRecord } from "./records.ts";
import { Sums } from "./sums.ts";

/** A record longer than this is damage: the longest hold a code object's table. */
const LONGEST_RECORD = 1 << 26;
const MAGIC = "memray\0";

/**
 * memray's capture files (`memray run`, also with `--aggregate`; the LZ4 around them comes off first): every allocation and
 * free is replayed, so that each stack shows what it held at the high-water mark, what is still there at the end, and all
 * that it ever allocated. Source of the format: records.h and record_reader.cpp in bloomberg/memray.
 */
export const memrayReader: Reader = {
  id: FORMAT,
  title: "memray capture (Python)",
  priority: 944,
  extensions: [".bin"],
  carries: {
    time: false,
    threads: true,
    labels: false,
    lines: true,
    inlined: false,
    severalValueTypes: true,
  },
  sniff: ({ text, bytes }: Head): Verdict =>
    text.startsWith(MAGIC) && bytes[8] === 0 && bytes[9] === 0 && bytes[10] === 0 ? "yes" : "no",
  read,
};

async function read(
  source: ByteSource,
  into: ProfileBuilder,
  notes: Notes,
  options: ReadOptions,
): Promise<void> {
  into.meta.format = FORMAT;
  const window = new ByteWindow(source);
  const bytes = new RecordBytes(window);
  const header = await whole(window, bytes, () => readHeader(bytes));
  if (header === undefined) {
    throw new FlambeauError("truncated", "the file ends within its header", {
      format: FORMAT,
      offset: window.offset,
    });
  }
  describe(header, into);
  const recording = new Recording(into, header, new Frames(into, header.python));
  const last = newLast();
  const sums = header.isAggregated ? new Sums(into, header, recording) : undefined;
  const step = (): OutcomeCode => {
    if (sums !== undefined) return sums.record(bytes, last);
    return header.version >= CODE_OBJECTS
      ? readRecord(bytes, header, last, recording)
      : readOldRecord(bytes, last, recording);
  };
  await readRecords(window, bytes, step, notes, options);
  sums?.finish();
  if (!recording.finish()) {
    throw new FlambeauError("nothing-left", "nothing was allocated during the recording", { format: FORMAT });
  }
  remark(header, recording, notes);
}

async function readRecords(
  window: ByteWindow,
  bytes: RecordBytes,
  step: () => OutcomeCode,
  notes: Notes,
  options: ReadOptions,
): Promise<void> {
  let records = 0;
  for (;;) {
    const offset = window.offset;
    try {
      const outcome = await whole(window, bytes, step);
      if (outcome === Outcome.end) return;
      if (outcome === undefined) {
        const text =
          "the file ends without its last record: the program may have been killed; what came before is kept";
        notes.add("truncated", "truncated", text, { offset });
        return;
      }
    } catch (error) {
      if (!(error instanceof FlambeauError)) throw error;
      notes.add("truncated", "damaged", "a record is damaged: the rest of the file was not read", { offset });
      return;
    }
    if (++records % 4096 === 0) options.onProgress?.(offset);
  }
}

/** Reads a record, again with more of the file where it does not fit the window; undefined: the file ends before. */
async function whole<T>(window: ByteWindow, bytes: RecordBytes, parse: () => T): Promise<T | undefined> {
  for (;;) {
    bytes.begin();
    try {
      const value = parse();
      bytes.commit();
      return value;
    } catch (error) {
      if (!(error instanceof Short)) throw error;
      if (window.left > LONGEST_RECORD || !(await window.ensure(window.left + 1))) return undefined;
    }
  }
}

function describe({ python, command, start, end }: Header, into: ProfileBuilder): void {
  const version =
    python === 0 ? "" : ` (Python ${python >>> 24}.${(python >>> 16) & 255}.${(python >>> 8) & 255})`;
  into.meta.producer = `memray${version}`;
  if (command !== "") into.meta.title = command;
  if (start > 0 && start < 1e14) {
    into.meta.timeOrigin = BigInt(start) * 1_000_000n;
    into.meta.clock = "unix";
    if (end >= start) into.meta.duration = (end - start) * 1e6;
  }
}

function remark({ hasNative, isAggregated }: Header, recording: Recording, notes: Notes): void {
  if (hasNative) {
    const text = "the recording has native stacks as well: only the Python frames are shown";
    notes.add("skipped", "native-stacks", text);
  }
  if (isAggregated) {
    const text = "the recording holds sums alone: what was allocated and freed before the peak is not in it";
    notes.add("information", "sums-only", text);
  }
  const { unknownFrees } = recording.heap;
  if (unknownFrees > 0) {
    const text = "memory was freed that was allocated before the recording, or by what it does not track";
    notes.add("information", "unknown-free", text, undefined, unknownFrees);
  }
}
