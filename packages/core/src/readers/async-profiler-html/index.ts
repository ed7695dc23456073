import { readLines } from "../../codec/lines.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Head, Reader, Verdict } from "../reader.ts";
import { HtmlFlameGraph } from "./parse.ts";

/**
 * async-profiler's flame graph and tree as HTML: calls in a script add one frame each, in the order of a walk through
 * the tree. Format: async-profiler, src/converter/one/convert/FlameGraph.java and flame.html.
 */
export const asyncProfilerHtmlReader: Reader = {
  id: "async-profiler-html",
  title: "async-profiler HTML flame graph",
  priority: 310,
  extensions: [".html"],
  carries: {
    time: false,
    threads: false,
    labels: false,
    lines: false,
    inlined: true,
    severalValueTypes: false,
  },
  sniff(head: Head): Verdict {
    const { text } = head;
    if (!/^\s*<!DOCTYPE html>/i.test(text)) return "no";
    return /The async-profiler authors|\bconst levels = (?:new )?Array\(\d+\)|claimHtml\("executionsHeatmap"\)/.test(
      text,
    ) || /\bvar levels = Array\(\d+\)|\bconst levels = Array/.test(text)
      ? "yes"
      : "no";
  },
  async read(source, into, notes, options) {
    into.meta.format = "async-profiler-html";
    into.meta.producer = "async-profiler";
    const graph = new HtmlFlameGraph(into, notes);
    await readLines(source, notes, (text, line) => graph.line(text, line), options.onProgress);
    if (graph.heatmap) {
      throw new FlambeauError("unsupported", "a heatmap of async-profiler cannot be read", {
        format: "async-profiler-html",
        hint: "Read the JFR file that it was made from.",
      });
    }
    graph.end();
    if (into.sampleCount === 0) {
      throw new FlambeauError("malformed", "the page holds no frames", { format: "async-profiler-html" });
    }
  },
};
