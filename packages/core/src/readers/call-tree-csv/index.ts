import { csvFields } from "../../codec/csv.ts";
import { readLines } from "../../codec/lines.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Head, Reader, Verdict } from "../reader.ts";
import { VisualStudioRows } from "./visual-studio.ts";
import { VtuneRows } from "./vtune.ts";

/** How a table's rows become samples. */
export interface Rows {
  row(fields: readonly string[], line: number): void;
}

const VTUNE = /^"?Function Stack"?,/;
const VISUAL_STUDIO = /^Level,Function Name,/;

/**
 * Call trees as tables: Intel VTune's (`vtune -report top-down … -format csv`; depth is leading blanks) and Visual
 * Studio's call tree summary (depth is a column).
 */
export const callTreeCsvReader: Reader = {
  id: "call-tree-csv",
  title: "Call tree as CSV (VTune, Visual Studio)",
  priority: 302,
  extensions: [".csv"],
  carries: {
    time: false,
    threads: false,
    labels: false,
    lines: false,
    inlined: false,
    severalValueTypes: true,
  },
  sniff: (head: Head): Verdict => (VTUNE.test(head.text) || VISUAL_STUDIO.test(head.text) ? "yes" : "no"),
  async read(source, into, notes, options) {
    into.meta.format = "call-tree-csv";
    let rows: Rows | undefined;
    await readLines(
      source,
      notes,
      (text, line) => {
        if (text.trim() === "") return;
        if (rows !== undefined) rows.row(csvFields(text), line);
        else if (VTUNE.test(text)) rows = new VtuneRows(csvFields(text), into, notes);
        else if (VISUAL_STUDIO.test(text)) rows = new VisualStudioRows(csvFields(text), into, notes);
        else {
          throw new FlambeauError(
            "malformed",
            "the table does not begin with the header of VTune or Visual Studio",
            {
              format: "call-tree-csv",
              line,
            },
          );
        }
      },
      options.onProgress,
    );
    if (into.sampleCount === 0) {
      throw new FlambeauError("malformed", "the table holds no function with a weight", {
        format: "call-tree-csv",
      });
    }
  },
};
