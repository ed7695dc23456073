import type { FrameTable, Profile } from "../model/profile.ts";
import { StringTable } from "../model/strings.ts";
import { encodeUtf8 } from "../util/platform.ts";

/** A profile's frame and string tables with more frames. */
export interface NamedFrames {
  readonly frames: FrameTable;
  readonly strings: StringTable;
  /** Row of each name. */
  readonly rows: number[];
}

/** The frame and string tables with frames that are only a name; one that is there already is used. */
export function withNamedFrames(profile: Profile, names: readonly string[]): NamedFrames {
  const known = plainFrames(profile);
  const added = names.filter((name) => !known.has(name));
  const first = profile.frames.length;
  return {
    frames: appendFrames(profile.frames, profile.strings.length, added.length),
    strings: appendStrings(profile.strings, added),
    rows: names.map((name) => known.get(name) ?? first + added.indexOf(name)),
  };
}

/** Rows of frames that are nothing but a name. */
function plainFrames({ frames, strings }: Profile): Map<string, number> {
  const rows = new Map<string, number>();
  for (let row = 0; row < frames.length; row++) {
    const more =
      frames.file[row] !== 0 ||
      frames.line[row] !== 0 ||
      frames.column[row] !== 0 ||
      frames.mapping[row] !== -1 ||
      frames.address[row] !== 0n ||
      frames.kind[row] !== 0 ||
      frames.inlined[row] !== 0;
    if (!more) rows.set(strings.get(frames.name[row]!), row);
  }
  return rows;
}

function appendFrames(frames: FrameTable, firstName: number, count: number): FrameTable {
  const length = frames.length + count;
  const longer = <T extends Uint8Array | Uint32Array | Int32Array | BigUint64Array>(column: T): T => {
    const copy = new (column.constructor as new (length: number) => T)(length);
    copy.set(column as never);
    return copy;
  };
  const name = longer(frames.name);
  for (let i = 0; i < count; i++) name[frames.length + i] = firstName + i;
  return {
    length,
    name,
    file: longer(frames.file),
    line: longer(frames.line),
    column: longer(frames.column),
    mapping: longer(frames.mapping).fill(-1, frames.length),
    address: longer(frames.address),
    kind: longer(frames.kind),
    inlined: longer(frames.inlined),
  };
}

function appendStrings(strings: StringTable, added: readonly string[]): StringTable {
  const parts = added.map(encodeUtf8);
  const end = strings.offsets[strings.length]!;
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, end));
  const offsets = new Uint32Array(strings.length + added.length + 1);
  bytes.set(strings.bytes.subarray(0, end));
  offsets.set(strings.offsets);
  let at = end;
  parts.forEach((part, i) => {
    bytes.set(part, at);
    at += part.length;
    offsets[strings.length + i + 1] = at;
  });
  return new StringTable(bytes, offsets);
}
