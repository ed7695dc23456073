import { readLines } from "../../codec/lines.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Head, Reader, Verdict } from "../reader.ts";
import { GhcProfile } from "./parse.ts";

/**
 * GHC's cost-centre profile as text (`+RTS -p`, or `-P` with exact ticks and bytes): a tree by indentation, with each
 * cost centre's own time, allocation and entries.
 */
export const ghcProfReader: Reader = {
  id: "ghc-prof",
  title: "GHC .prof",
  priority: 316,
  extensions: [".prof"],
  carries: {
    time: false,
    threads: false,
    labels: false,
    lines: true,
    inlined: false,
    severalValueTypes: true,
  },
  sniff: (head: Head): Verdict =>
    /^\s*\S[^\n]* Time and Allocation Profiling Report {2}\(/.test(head.text) ? "yes" : "no",
  async read(source, into, notes, options) {
    into.meta.format = "ghc-prof";
    const profile = new GhcProfile(into, notes);
    await readLines(source, notes, (text, line) => profile.line(text, line), options.onProgress);
    profile.end();
    if (into.sampleCount === 0) {
      throw new FlambeauError("malformed", "the report has no tree of cost centres", { format: "ghc-prof" });
    }
  },
};
