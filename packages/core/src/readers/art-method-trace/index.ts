import { FlambeauError } from "../../util/errors.ts";
import { readAll } from "../../util/source.ts";
import type { Head, Reader, Verdict } from "../reader.ts";
import { readRegular, readStreamed } from "./first.ts";
import { FORMAT, Input } from "./input.ts";
import { readSecond } from "./second.ts";

const VERSION = /^\*version\n[1-9]\n/;
const MAGIC = "SLOW";
const ASTERISK = 0x2a;

/**
 * Android's method traces (`Debug.startMethodTracing`, `am profile`, Android Studio), whether every call was recorded or
 * stacks were sampled: the format is the same. Between two records of a thread its stack stood. Source:
 * art/runtime/trace.h in Android; the Firefox Profiler's and Perfetto's importers.
 */
export const artMethodTraceReader: Reader = {
  id: FORMAT,
  title: "Android method trace (ART)",
  priority: 943,
  extensions: [".trace"],
  carries: {
    time: true,
    threads: true,
    labels: false,
    lines: true,
    inlined: false,
    severalValueTypes: true,
  },
  sniff: ({ bytes, text }: Head): Verdict => {
    if (VERSION.test(text.slice(0, 11))) return "yes";
    const version = (bytes[4] ?? 0) & 15;
    const isBinary = text.startsWith(MAGIC) && bytes[5] === 0 && version >= 1 && version <= 5;
    return isBinary && ((bytes[4] ?? 0) >> 4) % 15 === 0 ? "yes" : "no";
  },
  async read(source, into, notes) {
    into.meta.format = FORMAT;
    into.meta.producer = "Android Runtime";
    const input = new Input(await readAll(source));
    const isText = input.bytes[0] === ASTERISK;
    const version = (input.bytes[4] ?? 0) & 15;
    const read = isText ? readRegular : version > 3 ? readSecond : readStreamed;
    if (!read(input, into, notes)) {
      throw new FlambeauError("malformed", "the trace holds no call", { format: FORMAT });
    }
  },
};
