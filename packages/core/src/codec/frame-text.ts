import type { Profile } from "../model/profile.ts";

/** Name and place of a frame for formats that hold texts only. */
export interface FrameText {
  readonly name: string;
  /** Empty where not known; the mapping's path where there is no source file. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A frame in words: one without a name is called by its address, or by the module that it lies in. */
export function frameText({ frames, strings, mappings }: Profile, row: number): FrameText {
  const path = mappings[frames.mapping[row]!]?.path ?? "";
  const address = frames.address[row]!;
  const nameless = address === 0n && path !== "" ? `[${path}]` : `0x${address.toString(16)}`;
  return {
    name: strings.get(frames.name[row]!) || nameless,
    file: strings.get(frames.file[row]!) || path,
    line: frames.line[row]!,
    column: frames.column[row]!,
  };
}
