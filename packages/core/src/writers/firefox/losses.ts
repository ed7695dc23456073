import { FrameKind, type Profile, totalsOf } from "../../model/profile.ts";

/** What of a profile the written file does not have, as sentences. */
export function losses(profile: Profile, type: number, weightType: string, withCpu: boolean): string[] {
  const { valueTypes, samples, frames, mappings, meta } = profile;
  const sentences: string[] = [];
  const totals = totalsOf(profile);
  const isCpu = (row: number): boolean =>
    withCpu && valueTypes[row]!.name === "cpu" && valueTypes[row]!.unit === "nanoseconds";
  const others = valueTypes.filter((_, row) => row !== type && totals[row] !== 0 && !isCpu(row));
  const written = valueTypes[type];
  if (written !== undefined && others.length > 0) {
    const names = others.map(({ name, unit }) => `${name}/${unit}`).join(", ");
    sentences.push(
      `Only ${written.name}/${written.unit} was written, not ${names}: samples weigh one thing there.`,
    );
  }
  if (written !== undefined && weightType === "samples" && written.unit !== "count") {
    sentences.push(
      `The Firefox Profiler does not know the unit ${written.unit}; it shows a number of samples.`,
    );
  }
  if (samples.time === undefined) {
    sentences.push("The samples have no times; they were put one millisecond apart.");
  }
  const elsewhere = frames.address.some((address, row) => address !== 0n && frames.mapping[row] === -1);
  const lost = [
    samples.labels === undefined ? "" : "labels",
    elsewhere ? "addresses outside of any library" : "",
    mappings.some(({ start }) => start !== 0n) ? "places of libraries in memory" : "",
    frames.kind.some((kind) => kind === FrameKind.c1 || kind === FrameKind.waker)
      ? "some kinds of frames"
      : "",
    profile.notes.length === 0 ? "" : "notes",
    meta.differential === undefined ? "" : "which two value types are compared",
  ].filter((word) => word !== "");
  if (lost.length > 0) sentences.push(`The format has no place for: ${lost.join(", ")}.`);
  return sentences;
}
