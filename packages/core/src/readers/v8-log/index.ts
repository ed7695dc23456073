import { readLines } from "../../codec/lines.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Head, Reader, Verdict } from "../reader.ts";
import { LogReplay } from "./replay.ts";

const ID = "v8-log";

/**
 * V8's log (`node --prof`, isolate-….log): code as it is created, moved and deleted, and ticks with addresses, which are
 * looked up in the code that was there at the time. Functions of the program's own binary and of libraries are known by
 * the module alone: the log has no symbols of them (`node --prof-process` asks nm).
 *
 * Source of the format: V8's `tools/tickprocessor.mjs`, `profile.mjs` and `logreader.mjs`.
 */
export const v8LogReader: Reader = {
  id: ID,
  title: "V8 log (node --prof)",
  priority: 355,
  extensions: [".log"],
  carries: {
    time: true,
    threads: false,
    labels: false,
    lines: true,
    inlined: false,
    severalValueTypes: true,
  },
  sniff: (head: Head): Verdict => (/^v8-version,\d+,\d+,\d+/.test(head.text) ? "yes" : "no"),
  async read(source, into, notes, options) {
    into.meta.format = ID;
    const replay = new LogReplay(into, notes);
    await readLines(source, notes, (text, line) => replay.line(text, line), options.onProgress);
    if (replay.ticks === 0) {
      throw new FlambeauError("malformed", "This log of V8 has no ticks", {
        format: ID,
        hint: "node --prof writes them; other logs of V8 (--log-code and so on) hold code only.",
      });
    }
    replay.end();
    if (replay.interval > 0) {
      into.meta.period = { type: { name: "wall", unit: "nanoseconds" }, value: replay.interval };
    }
  },
};
