import { FlambeauError, type Writer, writerById, writerForName, writers } from "@flambeau/core";
import { gzipped } from "./gzip.ts";
import { type OutputSink, openOutput } from "./sink.ts";

/** What a result is written as: the picture, the viewer with the profile in it, or a profile format. */
export type Target =
  | { readonly kind: "svg" }
  | { readonly kind: "html" }
  | { readonly kind: "profile"; readonly writer: Writer };

/** What `--to` takes. */
export function targetIds(): string[] {
  return ["svg", "html", ...writers.map((writer) => writer.id)];
}

/** Chosen by `--to`, else by the ending of the output's name. Undefined: neither is given. */
export function chooseTarget(output: string | undefined, to: string | undefined): Target | undefined {
  if (to !== undefined) return targetById(to);
  if (output === undefined || output === "-") return undefined;
  const name = output.replace(/\.gz$/i, "");
  if (/\.svgz?$/i.test(name)) return { kind: "svg" };
  if (/\.html?$/i.test(name)) return { kind: "html" };
  const writer = writerForName(output) ?? writerForName(name);
  if (writer !== undefined) return { kind: "profile", writer };
  throw new FlambeauError("usage", `the ending of ${output} names no format that can be written`, {
    hint: `Say which: --to ${targetIds().join(", --to ")}.`,
  });
}

function targetById(id: string): Target {
  if (id === "svg" || id === "html") return { kind: id };
  const writer = writerById(id);
  if (writer !== undefined) return { kind: "profile", writer };
  throw new FlambeauError("usage", `there is no output format "${id}"`, {
    hint: `Known formats: ${targetIds().join(", ")}.`,
  });
}

/** True where single samples with their times end up in the output; else they may be added up while reading. */
export function keepsTime(target: Target): boolean {
  return target.kind === "html" || (target.kind === "profile" && target.writer.keepsTime === true);
}

/** The sink for a target: compressed where the name says so, and on a pipe where the format's files usually are. */
export function openTarget(output: string | undefined, target: Target): OutputSink {
  const sink = openOutput(output);
  return isCompressed(output ?? "-", target) ? gzipped(sink) : sink;
}

function isCompressed(output: string, target: Target): boolean {
  const usual = target.kind === "profile" ? (target.writer.gzipExtensions ?? []) : [];
  if (output === "-") return usual.length > 0;
  const name = output.toLowerCase();
  return [".gz", ".svgz", ...usual].some((ending) => name.endsWith(ending));
}
