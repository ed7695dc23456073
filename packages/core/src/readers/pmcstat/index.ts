import { InclusiveTree } from "../../codec/inclusive-tree.ts";
import { readLines } from "../../codec/lines.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Head, Reader, Verdict } from "../reader.ts";

const HEADER = /^@ (\S+) \[\d+ samples?\]/;
/** `14.44%  [5156]     fletcher_2_native @ /boot/kernel/zfs.ko`: depth is how far the percentage is indented. */
const LINE = /^( *)\d+(?:\.\d+)?%\s+\[(\d{1,18})\]\s+(.*)$/;

/**
 * FreeBSD's `pmcstat -G`: trees from the function that was hit to its callers, with inclusive counts; one part per event.
 */
export const pmcstatReader: Reader = {
  id: "pmcstat",
  title: "FreeBSD pmcstat -G",
  priority: 303,
  extensions: [],
  carries: {
    time: false,
    threads: false,
    labels: false,
    lines: false,
    inlined: false,
    severalValueTypes: true,
  },
  sniff: (head: Head): Verdict =>
    /^@ \S+ \[\d+ samples?\]/m.test(head.text) && /^ *[\d.]+%\s+\[\d+\]/m.test(head.text) ? "yes" : "no",
  async read(source, into, notes, options) {
    into.meta.format = "pmcstat";
    let type = -1;
    let module = "";
    const tree = new InclusiveTree((path, [self]) => {
      let stack = -1;
      for (let i = path.length - 1; i >= 0; i--) stack = into.stack(stack, path[i]!);
      into.sampleOf(stack, type, self!);
    });
    await readLines(
      source,
      notes,
      (text, line) => {
        const header = HEADER.exec(text);
        const match = LINE.exec(text);
        if (header !== null) {
          tree.end();
          type = into.valueType(header[1]!, "count");
        } else if (match !== null && type >= 0) {
          const named = /^(.*?)(?: @ (.*))?$/.exec(match[3]!)!;
          // The module stands only where it differs from the line's before.
          module = named[2] ?? module;
          const name = into.string(named[1] === "" ? "[unknown]" : named[1]!);
          const frame = into.frame({ name, mapping: module === "" ? -1 : into.mapping({ path: module }) });
          tree.node(match[1]!.length, frame, [Number(match[2])]);
        } else if (text.trim() !== "" && !/^(?:#|\/\/)/.test(text)) {
          notes.add("skipped", "bad-line", "a line is no frame of a tree: it was skipped", { line });
        }
      },
      options.onProgress,
    );
    tree.end();
    if (into.sampleCount === 0)
      throw new FlambeauError("malformed", "the text holds no sample", { format: "pmcstat" });
  },
};
