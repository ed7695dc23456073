import { readLines } from "../../codec/lines.ts";
import { Rectangles } from "../../codec/rectangles.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Head, Reader, Verdict } from "../reader.ts";
import { SvgFrames } from "./parse.ts";

/**
 * A flame graph that was drawn as SVG, read back: flamegraph.pl's, inferno's and our own. The weights are those in the
 * titles; frames too narrow to be drawn are lost for good, and their weight stays with the frame below.
 */
export const flamegraphSvgReader: Reader = {
  id: "flamegraph-svg",
  title: "Flame graph drawn as SVG",
  priority: 320,
  extensions: [".svg"],
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
    if (!/^\s*(?:<\?xml\b|<svg\b|<!DOCTYPE svg|<!--)/.test(text) || !/<svg\b/.test(text)) return "no";
    return /<title>[^<]* \((?:[\d,.]+) [^<]*%[^<]*\)<\/title>/.test(text) ||
      /\bid="(?:unzoom|frames|matched)"|flamegraph|class="func_g"|\.func_g\b/i.test(text)
      ? "yes"
      : "no";
  },
  async read(source, into, notes, options) {
    into.meta.format = "flamegraph-svg";
    const rectangles = new Rectangles();
    const frames = new SvgFrames(into, rectangles);
    await readLines(source, notes, (text) => frames.text(text), options.onProgress);
    frames.end();
    if (rectangles.length === 0) {
      throw new FlambeauError("malformed", "the picture has no frames with a title", {
        format: "flamegraph-svg",
      });
    }
    const { orphans, overfull } = frames.placed().addSamples(into, frames.valueType());
    notes.add(
      "approximated",
      "read-back",
      "a picture was read back: frames too narrow to be drawn are missing, their weight is shown with the frame below",
    );
    if (frames.gathered > 0) {
      notes.add(
        "approximated",
        "small-frames",
        "a block of small frames is shown as one frame",
        undefined,
        frames.gathered,
      );
    }
    if (frames.differential) {
      notes.add(
        "skipped",
        "differential",
        "the picture compares two profiles: only the widths' side was read",
      );
    }
    if (orphans > 0) {
      notes.add(
        "approximated",
        "no-parent",
        "a frame stands on nothing: it was read as a root",
        undefined,
        orphans,
      );
    }
    if (overfull > 0) {
      notes.add(
        "approximated",
        "children-heavier",
        "a frame weighs less than the frames on it together: its own weight was taken as zero",
        undefined,
        overfull,
      );
    }
  },
};
