import { InclusiveTree } from "../../codec/inclusive-tree.ts";
import { readLines } from "../../codec/lines.ts";
import { nativeFrame, parseHex, parseLineNumber } from "../../codec/native-frames.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Head, Reader, Verdict } from "../reader.ts";

/**
 * Reports of macOS's `sample` and `spindump`-like tools. The call graph has inclusive counts; `+ ! : |` only guide the eye.
 *
 * ```
 * Call graph:
 *     825 Thread_1   DispatchQueue_1: com.apple.main-thread  (serial)
 *     + 825 start  (in libdyld.dylib) + 1  [0x7fff737cf3d5]
 *     +   825 main  (in rg) + 41  [0x10384b549]  main.rs:12
 * ```
 */
export const macosSampleReader: Reader = {
  id: "macos-sample",
  title: "macOS sample",
  priority: 305,
  extensions: [".sample.txt"],
  carries: {
    time: false,
    threads: true,
    labels: true,
    lines: true,
    inlined: false,
    severalValueTypes: false,
  },
  sniff: (head: Head): Verdict => (/^Analysis of sampling .* every /m.test(head.text) ? "yes" : "no"),
  async read(source, into, notes, options) {
    into.meta.format = "macos-sample";
    into.meta.threadsAreRoots = true;
    into.valueType("samples", "count");
    let inside = false;
    let ended = false;
    let details: { thread?: number; labels?: number } = {};
    const tree = new InclusiveTree((path, [self]) => {
      let stack = -1;
      for (const frame of path) if (frame >= 0) stack = into.stack(stack, frame);
      into.sampleOf(stack, 0, self!, details);
    });
    await readLines(
      source,
      notes,
      (text, line) => {
        if (!inside) {
          if (/^Call graph:/.test(text)) inside = !ended;
          else readHeader(text, into);
          return;
        }
        if (text.trim() === "" || /^Total number in stack/.test(text)) {
          inside = false;
          ended = true;
          return;
        }
        const match = /^ {4}([+!:| ]*)(\d{1,15}) (.*)$/.exec(text);
        const depth = match === null ? -1 : match[1]!.length / 2;
        if (match === null || !Number.isInteger(depth) || depth > tree.depth) {
          throw new FlambeauError(
            "malformed",
            "a line of the call graph is not indented as its place demands",
            {
              format: "macos-sample",
              line,
            },
          );
        }
        if (depth === 0) {
          tree.end();
          details = threadOf(match[3]!, into);
        }
        tree.node(depth, depth === 0 ? -1 : frameOf(match[3]!, into), [Number(match[2])]);
      },
      options.onProgress,
    );
    tree.end();
    if (inside) notes.add("truncated", "truncated", "the input ends within the call graph");
    if (tree.overfull > 0) {
      notes.add(
        "approximated",
        "children-heavier",
        "a frame counts less than its callees together: its own count was taken as zero",
        undefined,
        tree.overfull,
      );
    }
    if (into.sampleCount === 0) {
      throw new FlambeauError("malformed", "the report has no call graph", { format: "macos-sample" });
    }
  },
};

function readHeader(text: string, into: ProfileBuilder): void {
  const sampling = /^Analysis of sampling (.*) every (\d+(?:\.\d+)?) (millisecond|microsecond)s?/.exec(text);
  if (sampling !== null) {
    into.meta.title = sampling[1]!;
    const value = Number(sampling[2]) * (sampling[3] === "millisecond" ? 1e6 : 1e3);
    if (value > 0) into.meta.period = { type: { name: "wall", unit: "nanoseconds" }, value };
  }
  const tool = /^Analysis Tool:\s+(\S.*)$/.exec(text);
  if (tool !== null) into.meta.producer = tool[1]!.trim();
}

/** `Thread_15758523   DispatchQueue_1: com.apple.main-thread  (serial)`. */
function threadOf(text: string, into: ProfileBuilder): { thread: number; labels: number } {
  const match = /^(Thread_([0-9a-fA-F]+))(?::)?\s*(.*)$/.exec(text);
  const name = match?.[1] ?? text.trim();
  const tid = match !== null && /^\d{1,15}$/.test(match[2]!) ? Number(match[2]) : undefined;
  const queue = match?.[3]?.trim() ?? "";
  return {
    thread: into.thread({ name, ...(tid === undefined ? {} : { tid }) }),
    labels: into.labelSet(queue === "" ? [] : [{ key: "queue", value: queue }]),
  };
}

/** `start  (in libdyld.dylib) + 1  [0x7fff737cf3d5]`, perhaps with a source at the end. */
function frameOf(text: string, into: ProfileBuilder): number {
  const match = /^(.*?) {2}\(in (.*?)\)(.*)$/.exec(text);
  if (match === null) return nativeFrame(into, { symbol: text.trim() === "???" ? "" : text.trim() });
  const address = /\[(0x[0-9a-f]{1,16})/.exec(match[3]!)?.[1];
  const place = /\]\s+(\S.*):(\d+)$/.exec(match[3]!);
  return nativeFrame(into, {
    symbol: match[1] === "???" ? "" : match[1]!,
    module: match[2]!,
    address: address === undefined ? undefined : parseHex(address),
    ...(place === null ? {} : { file: place[1]!, line: parseLineNumber(place[2]) }),
  });
}
