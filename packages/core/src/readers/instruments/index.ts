import { InclusiveTree } from "../../codec/inclusive-tree.ts";
import { readLines } from "../../codec/lines.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Head, Reader, Verdict } from "../reader.ts";

/** First words of the header, over the versions of Instruments. */
const HEADER =
  /^(?:Running Time|Bytes Used|Weight|Self Weight|Count|Total Samples|Cycles)\b.*\tSymbol Names?\s*$/;
/** Indentation of symbols: spaces, and figure spaces since Xcode 16. */
const INDENT = /^[ \u2007]*/;
const UNITS: ReadonlyMap<string, readonly [unit: string, scale: number]> = new Map([
  ["ns", ["nanoseconds", 1]],
  ["us", ["nanoseconds", 1e3]],
  ["µs", ["nanoseconds", 1e3]],
  ["ms", ["nanoseconds", 1e6]],
  ["s", ["nanoseconds", 1e9]],
  ["min", ["nanoseconds", 60e9]],
  ["h", ["nanoseconds", 3600e9]],
  ["Bytes", ["bytes", 1]],
  ["bytes", ["bytes", 1]],
  ["KB", ["bytes", 1024]],
  ["MB", ["bytes", 1024 ** 2]],
  ["GB", ["bytes", 1024 ** 3]],
  ["KiB", ["bytes", 1024]],
  ["MiB", ["bytes", 1024 ** 2]],
  ["GiB", ["bytes", 1024 ** 3]],
]);

/**
 * What Instruments' "Deep Copy" puts on the clipboard: a tree by indentation with inclusive amounts, rounded for people.
 * What a frame weighs itself is what its callees leave.
 */
export const instrumentsReader: Reader = {
  id: "instruments",
  title: "Instruments (deep copy)",
  priority: 304,
  extensions: [],
  carries: {
    time: false,
    threads: false,
    labels: false,
    lines: false,
    inlined: false,
    severalValueTypes: false,
  },
  sniff: (head: Head): Verdict => (HEADER.test(head.lines[0] ?? "") ? "yes" : "no"),
  async read(source, into, notes, options) {
    into.meta.format = "instruments";
    let type = -1;
    const tree = new InclusiveTree((path, [self]) => {
      let stack = -1;
      for (const frame of path) stack = into.stack(stack, frame);
      into.sampleOf(stack, type, self!);
    });
    await readLines(
      source,
      notes,
      (text, line) => {
        if (line === 1 || text.trim() === "") return;
        const fields = text.split("\t");
        const amount = /^\s*(\d[\d.,]{0,30})\s*(\S*)\s+[\d.,]+%/.exec(fields[0]!);
        const symbol = fields.at(-1)!;
        const unit = UNITS.get(amount?.[2] ?? "") ?? (["count", 1] as const);
        if (amount === null || fields.length < 2 || symbol.trim() === "") {
          notes.add("skipped", "bad-line", "a line is no frame of the tree: it was skipped", { line });
          return;
        }
        if (type < 0)
          type = into.valueType(
            unit[0] === "nanoseconds" ? "time" : unit[0] === "bytes" ? "memory" : "samples",
            unit[0],
          );
        const depth = INDENT.exec(symbol)![0].length;
        const weight = Number(amount[1]!.replaceAll(",", "")) * unit[1];
        tree.node(depth, into.frameNamed(symbol.slice(depth).trim()), [Number.isFinite(weight) ? weight : 0]);
      },
      options.onProgress,
    );
    tree.end();
    if (into.sampleCount === 0) {
      throw new FlambeauError("malformed", "the text holds no frame with a weight", {
        format: "instruments",
      });
    }
    notes.add("approximated", "rounded", "Instruments rounds amounts for people: small ones are not exact");
  },
};
