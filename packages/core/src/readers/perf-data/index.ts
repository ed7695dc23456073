import { ByteWindow } from "../../util/window.ts";
import type { Head, Reader, Verdict } from "../reader.ts";
import { byteOrder, FORMAT, readFeatures, readHeader } from "./header.ts";
import { addProfile } from "./profile.ts";
import { Recording } from "./recording.ts";
import { Records } from "./records.ts";
import { Session } from "./session.ts";

/**
 * What `perf record` writes: addresses, and what every process had mapped when they were seen. Names come from
 * `ReadOptions.names`.
 *
 * Format: tools/perf/Documentation/perf.data-file-format.txt and include/uapi/linux/perf_event.h in Linux.
 */
export const perfDataReader: Reader = {
  id: FORMAT,
  title: "Linux perf.data",
  priority: 960,
  extensions: [".data"],
  carries: { time: true, threads: true, labels: true, lines: false, inlined: true, severalValueTypes: true },
  sniff,
  async read(source, into, notes, options) {
    const window = new ByteWindow(source);
    const recording = new Recording();
    const { words, layout } = await readHeader(window, recording, notes);
    const named = { names: options.names, addresses: options.addresses !== false };
    const session = new Session(recording, into, notes, named);
    const records = new Records({
      little: words.little,
      recording,
      session,
      notes,
      unpackers: options.unpackers,
      onProgress: options.onProgress,
    });
    await records.read(window, layout?.dataSize ?? Number.POSITIVE_INFINITY);
    if (layout !== undefined && layout.features.length > 0 && window.offset === layout.dataEnd) {
      await readFeatures(window, words.little, layout, recording, notes);
    }
    await addProfile(session, recording, into, notes, named);
  },
};

function sniff(head: Head): Verdict {
  return byteOrder(head.bytes) === undefined ? "no" : "yes";
}
