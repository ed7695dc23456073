import { readLines } from "../../codec/lines.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Head, Reader, Verdict } from "../reader.ts";
import { MassifSnapshots } from "./snapshots.ts";

/**
 * Valgrind's massif: snapshots of the heap, some with a tree of who allocated it. The profile is the snapshot at the
 * peak; a note counts the others. The tree is inverted: the allocating function is its root. Format:
 * https://valgrind.org/docs/manual/ms-manual.html
 */
export const massifReader: Reader = {
  id: "massif",
  title: "Valgrind massif",
  priority: 308,
  extensions: ["massif.out", ".massif"],
  carries: {
    time: false,
    threads: false,
    labels: false,
    lines: true,
    inlined: false,
    severalValueTypes: true,
  },
  sniff: (head: Head): Verdict =>
    /^desc: [^\n]*\ncmd: [^\n]*\ntime_unit: /.test(head.text.replaceAll("\r", "")) ? "yes" : "no",
  async read(source, into, notes, options) {
    into.meta.format = "massif";
    const snapshots = new MassifSnapshots(into, notes);
    await readLines(source, notes, (text, line) => snapshots.line(text, line), options.onProgress);
    if (!snapshots.end())
      throw new FlambeauError("malformed", "the file holds no snapshot", { format: "massif" });
  },
};
