import { type Profile, totalsOf, type ValueType } from "../model/profile.ts";
import { isTimed } from "./timeline.ts";

/** The value type as `cpu/nanoseconds`. */
export function typeText({ name, unit }: ValueType): string {
  return `${name}/${unit}`;
}

/** What formats of one thing over time lose of a profile, in sentences. `format`: "a Chrome trace". */
export function timelineLosses(profile: Profile, type: number, format: string): string[] {
  const { valueTypes, samples } = profile;
  const sentences: string[] = [];
  const written = valueTypes[type];
  if (written === undefined) return sentences;
  const totals = totalsOf(profile);
  // Formats over time count their samples by themselves: a count of one each is not lost.
  const others = valueTypes.filter(
    (other, row) =>
      row !== type && totals[row] !== 0 && !(other.unit === "count" && countsSamples(profile, row)),
  );
  if (others.length > 0) {
    sentences.push(
      `Only ${typeText(written)} was written, not ${others.map(typeText).join(", ")}: ${format} shows one thing.`,
    );
  }
  if (!/^(?:nano|micro|milli)?seconds$/.test(written.unit)) {
    sentences.push(`${written.unit} are shown as microseconds: ${format} knows nothing but time.`);
  }
  if (samples.time !== undefined && !isTimed(profile, written)) {
    sentences.push(
      "Samples are in the order of time, but their times are not kept: the axis counts weights.",
    );
  }
  if (samples.time === undefined && profile.meta.samplesInOrder !== true && samples.length > 1) {
    sentences.push("Samples have no time: they stand end to end, and their order means nothing.");
  }
  if (samples.weights[type]!.some((weight) => weight < 0)) {
    sentences.push(`Negative weights were left out: ${format} cannot hold them.`);
  }
  return sentences;
}

/** True where every sample counts one. */
function countsSamples({ samples }: Profile, type: number): boolean {
  return samples.weights[type]!.every((weight) => weight === 1);
}

/** The columns that a format has no place for, in words; `more` are those of the format itself. */
export function lostColumns(profile: Profile, more: readonly string[]): string[] {
  const { samples, frames, mappings } = profile;
  const lost = [
    samples.labels === undefined ? "" : "labels",
    frames.address.some((address) => address !== 0n) ? "addresses" : "",
    mappings.length > 0 ? "build ids and addresses of mappings" : "",
    frames.kind.some((kind) => kind !== 0) ? "kinds of frames (kernel, jit …)" : "",
    frames.inlined.some((inlined) => inlined !== 0) ? "marks of inlined frames" : "",
    profile.notes.length === 0 ? "" : "notes",
    ...more,
  ].filter((word) => word !== "");
  return lost.length > 0 ? [`The format has no place for: ${lost.join(", ")}.`] : [];
}
