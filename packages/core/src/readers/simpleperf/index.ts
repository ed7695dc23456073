import { FlambeauError } from "../../util/errors.ts";
import { decodeLatin1 } from "../../util/platform.ts";
import { ByteWindow } from "../../util/window.ts";
import type { Head, Reader, Verdict } from "../reader.ts";
import { Recording } from "./recording.ts";
import { messageOf } from "./records.ts";

const FORMAT = "simpleperf";
const MAGIC = "SIMPLEPERF";
/** The records of a file have lengths of four bytes; none is this long. */
const LONGEST_RECORD = 1 << 28;

/**
 * Android's simpleperf as `simpleperf report-sample --protobuf` writes it: records with their length before them,
 * samples first, then files with their symbols, and threads. With `--trace-offcpu` switches weigh the time until the
 * thread runs again. Source: system/extras/simpleperf/cmd_report_sample.proto in Android.
 */
export const simpleperfReader: Reader = {
  id: FORMAT,
  title: "simpleperf (Android)",
  priority: 935,
  extensions: [".trace"],
  carries: {
    time: true,
    threads: true,
    labels: false,
    lines: false,
    inlined: false,
    severalValueTypes: true,
  },
  sniff: ({ bytes }: Head): Verdict => (decodeLatin1(bytes.subarray(0, 10)) === MAGIC ? "yes" : "no"),
  async read(source, into, notes, options) {
    into.meta.format = FORMAT;
    into.meta.producer = "simpleperf";
    const window = new ByteWindow(source);
    const whole = await window.ensure(12);
    if (!whole || decodeLatin1(window.bytes.subarray(0, 10)) !== MAGIC) {
      throw new FlambeauError("malformed", `the file does not begin with ${MAGIC}`, {
        format: FORMAT,
        offset: 0,
      });
    }
    window.at += 12;
    const recording = new Recording(into, notes);
    let ended = false;
    for (;;) {
      const offset = window.offset;
      const record = await nextRecord(window);
      if (record === undefined) break;
      ended = record.length === 0;
      if (ended) break;
      try {
        recording.take(messageOf(record, FORMAT));
      } catch (error) {
        if (!(error instanceof FlambeauError)) throw error;
        notes.add("skipped", "damaged-record", "a record is damaged: it was skipped", { offset });
      }
      window.at += record.length;
      options.onProgress?.(offset);
    }
    if (!ended) {
      const message = "the file ends in the middle; what came before is kept";
      notes.add("truncated", "truncated", message, { offset: window.offset });
    }
    if (!recording.finish()) {
      throw new FlambeauError("malformed", "the recording holds no sample", { format: FORMAT });
    }
  },
};

/** The next record, at which the window then stands; empty at the end, undefined where the file breaks off. */
async function nextRecord(window: ByteWindow): Promise<Uint8Array | undefined> {
  if (!(await window.ensure(4))) return undefined;
  const { bytes, at } = window;
  const size = (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
  if (size > LONGEST_RECORD) return undefined;
  window.at += 4;
  if (!(await window.ensure(size))) return undefined;
  return window.bytes.subarray(window.at, window.at + size);
}
