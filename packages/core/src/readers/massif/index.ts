import { readLines } from "../../codec/lines.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Head, Reader, Verdict } from "../reader.ts";
import { MsPrint } from "./ms-print.ts";
import { MassifOutput } from "./output.ts";
import { MassifSnapshots } from "./snapshots.ts";

const OUTPUT = /^desc: [^\n]*\ncmd: [^\n]*\ntime_unit: /;
/** As `heaptrack_print --print-massif` writes it: it begins with the first snapshot. */
const BARE = /^#-+\nsnapshot=\d+\n#-+\ntime=/;
/** What ms_print puts above its graph. */
const PRINTED = /^-{20,}\nCommand: +[^\n]*\nMassif arguments: [^\n]*\nms_print arguments: /;

/**
 * Valgrind's massif: snapshots of the heap, some with a tree of who allocated it. The profile is the snapshot at the
 * peak; a note counts the others. Also what ms_print draws of it. The tree is inverted: the allocating function is its root. Format:
 * https://valgrind.org/docs/manual/ms-manual.html
 */
export const massifReader: Reader = {
  id: "massif",
  title: "Valgrind massif, ms_print",
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
  sniff(head: Head): Verdict {
    const text = head.text.replaceAll("\r", "");
    return OUTPUT.test(text) || BARE.test(text) || PRINTED.test(text) ? "yes" : "no";
  },
  async read(source, into, notes, options) {
    into.meta.format = "massif";
    const snapshots = new MassifSnapshots(into, notes);
    let lines: MassifOutput | MsPrint | undefined;
    const onLine = (text: string, line: number): void => {
      lines ??= text.startsWith("-----") ? new MsPrint(into, snapshots) : new MassifOutput(into, snapshots);
      lines.line(text, line);
    };
    await readLines(source, notes, onLine, options.onProgress);
    if (!snapshots.end())
      throw new FlambeauError("malformed", "the file holds no snapshot", { format: "massif" });
  },
};
