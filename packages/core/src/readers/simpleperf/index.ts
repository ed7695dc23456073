import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { ByteSource } from "../../util/source.ts";
import type { Head, Reader, ReadOptions, Verdict } from "../reader.ts";
import { Recording } from "./recording.ts";
import { HEADER, RecordSource } from "./records.ts";
import { addSamples } from "./samples.ts";

const ID = "simpleperf";
const MAGIC = "SIMPLEPERF";

/**
 * Android's simpleperf, as `simpleperf report-sample --protobuf` writes it (Android Studio's .trace): samples, and behind
 * them the files, symbols and threads that they name by number.
 *
 * Source of the format: `cmd_report_sample.proto` of Android's simpleperf.
 */
export const simpleperfReader: Reader = {
  id: ID,
  title: "simpleperf (report-sample --protobuf)",
  priority: 985,
  extensions: [".trace"],
  carries: {
    time: true,
    threads: true,
    labels: false,
    lines: false,
    inlined: false,
    severalValueTypes: true,
  },
  sniff: (head: Head): Verdict => (head.text.startsWith(MAGIC) ? "yes" : "no"),
  read,
};

async function read(
  source: ByteSource,
  into: ProfileBuilder,
  notes: Notes,
  options: ReadOptions,
): Promise<void> {
  into.meta.format = ID;
  into.meta.producer = "simpleperf";
  const records = new RecordSource(source, options.onProgress);
  const recording = new Recording();
  await checkHeader(records);
  try {
    while (await records.next()) {
      recording.record(records.bytes, records.start, records.end, notes, records.offset);
    }
  } catch (error) {
    if (!(error instanceof FlambeauError) || recording.stack.length === 0) throw error;
    // What the samples mean stands behind them: a cut file has stacks, but few names.
    notes.add("truncated", "truncated", "The file ends early or is broken; what comes before was read.", {
      offset: records.offset,
    });
  }
  if (recording.stack.length === 0) {
    throw new FlambeauError("malformed", "This recording of simpleperf has no samples", { format: ID });
  }
  addSamples(recording, into, notes);
}

async function checkHeader(records: RecordSource): Promise<void> {
  const whole = await records.take(HEADER);
  const { bytes, start } = records;
  if (!whole || String.fromCharCode(...bytes.subarray(start, start + MAGIC.length)) !== MAGIC) {
    throw new FlambeauError("malformed", "This is no recording of simpleperf", { format: ID, offset: 0 });
  }
  const version = bytes[start + 10]! | (bytes[start + 11]! << 8);
  if (version !== 1) {
    throw new FlambeauError("unsupported", `Version ${version} of simpleperf's format is not known`, {
      format: ID,
      offset: 10,
    });
  }
}
