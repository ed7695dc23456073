import { readLines } from "../../codec/lines.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Head, Reader, Verdict } from "../reader.ts";
import { Heatmap } from "./heatmap.ts";
import { HtmlFlameGraph } from "./parse.ts";
import { HtmlTree } from "./tree.ts";

/**
 * async-profiler's flame graph and tree as HTML: calls in a script add one frame each, in the order of a walk through
 * the tree; and its heatmap, samples over time. Format: async-profiler, src/converter/one/convert/FlameGraph.java and flame.html.
 */
export const asyncProfilerHtmlReader: Reader = {
  id: "async-profiler-html",
  title: "async-profiler HTML: flame graph, tree, heatmap",
  priority: 310,
  extensions: [".html"],
  carries: {
    time: true,
    threads: false,
    labels: false,
    lines: true,
    inlined: true,
    severalValueTypes: false,
  },
  sniff(head: Head): Verdict {
    const { text } = head;
    if (!/^\s*<!DOCTYPE html>/i.test(text)) return "no";
    return /The async-profiler authors|\bconst levels = (?:new )?Array\(\d+\)|claimHtml\("executionsHeatmap"\)/.test(
      text,
    ) ||
      /\bvar levels = Array\(\d+\)|\bconst levels = Array/.test(text) ||
      (text.includes("<title>Tree view</title>") && text.includes("function treeView("))
      ? "yes"
      : "no";
  },
  async read(source, into, notes, options) {
    into.meta.format = "async-profiler-html";
    into.meta.producer = "async-profiler";
    const graph = new HtmlFlameGraph(into, notes);
    const heatmap = new Heatmap(into, notes);
    const tree = new HtmlTree(into, notes);
    const onLine = (text: string, line: number): void => {
      if (!heatmap.line(text) && !tree.line(text)) graph.line(text, line);
    };
    await readLines(source, notes, onLine, options.onProgress);
    if (heatmap.found) heatmap.end();
    else graph.end();
    tree.end();
    if (into.sampleCount === 0) {
      throw new FlambeauError("malformed", "the page holds no frames", { format: "async-profiler-html" });
    }
  },
};
