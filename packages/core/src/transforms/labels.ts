import type { Profile } from "../model/profile.ts";
import { StringInterner, type StringTable } from "../model/strings.ts";
import { grown } from "../util/growable.ts";
import { encodeUtf8 } from "../util/platform.ts";

/**
 * What frames are merged by, and labelled with:
 *
 * | by                | label                        | what the input does not say                       |
 * |-------------------|------------------------------|---------------------------------------------------|
 * | `function`        | `malloc`                     | `[libc.so.6]`, without a module `0x7f53…`         |
 * | `file`            | `src/main.c`                 | the module, without one the function              |
 * | `module`          | `libc.so.6` (base name)      | `[kernel]`, `[jit]` by kind, else `[unknown]`     |
 * | `function+module` | `malloc [libc.so.6]`         | the function alone                                |
 * | `function+file`   | `main (src/main.c)`          | the function alone                                |
 * | `function+line`   | `main (src/main.c:12)`       | `main (src/main.c)`, `main (:12)`, the function   |
 * | `function+address`| `main 0x4005d0`              | the function alone                                |
 */
export const GROUPINGS = [
  "function",
  "file",
  "module",
  "function+module",
  "function+file",
  "function+line",
  "function+address",
] as const;

/** One of {@link GROUPINGS}. */
export type GroupBy = (typeof GROUPINGS)[number];

/** A label per frame: string `id[frame]` of `strings`. Equal labels have equal ids; no label is empty. */
export interface FrameLabels {
  readonly id: Uint32Array;
  readonly strings: StringTable;
}

/** Labels of all frames of a profile. `relabel` has the last word on each label. */
export function frameLabels(
  profile: Profile,
  groupBy: GroupBy,
  relabel?: (label: string) => string,
): FrameLabels {
  const { frames, strings } = profile;
  if (groupBy === "function" && relabel === undefined && !frames.name.includes(0)) {
    return { id: frames.name, strings };
  }
  const maker = new LabelMaker(profile, groupBy);
  const labels = new StringInterner();
  const id = new Uint32Array(frames.length);
  for (let frame = 0; frame < frames.length; frame++) id[frame] = maker.label(frame, labels);
  const made = labels.finish();
  return relabel === undefined ? { id, strings: made } : relabelled(id, made, relabel);
}

function relabelled(id: Uint32Array, strings: StringTable, relabel: (label: string) => string): FrameLabels {
  const labels = new StringInterner();
  const renamed = new Uint32Array(strings.length);
  for (let old = 1; old < strings.length; old++) {
    const text = strings.get(old);
    const changed = relabel(text);
    if (changed === text || changed === "") {
      const view = strings.view(old);
      renamed[old] = labels.addBytes(view, 0, view.length);
    } else {
      renamed[old] = labels.add(changed);
    }
  }
  return { id: id.map((old) => renamed[old]!), strings: labels.finish() };
}

const SLASH = 0x2f;
const BACKSLASH = 0x5c;

/** Offset of what follows the last slash; a path that ends in one has no base name and is kept whole. */
function baseNameStart(path: Uint8Array): number {
  for (let at = path.length - 1; at > 0; at--) {
    if (path[at - 1] === SLASH || path[at - 1] === BACKSLASH) return at;
  }
  return 0;
}

/** Puts labels together as bytes, so that names that are not UTF-8 stay what they are. */
class LabelMaker {
  readonly #profile: Profile;
  readonly #groupBy: GroupBy;
  /** Base name of each mapping's path. */
  readonly #modules: readonly Uint8Array[];
  #bytes: Uint8Array = new Uint8Array(256);
  #used = 0;

  constructor(profile: Profile, groupBy: GroupBy) {
    this.#profile = profile;
    this.#groupBy = groupBy;
    this.#modules = profile.mappings.map((mapping) => {
      const path = encodeUtf8(mapping.path);
      return path.subarray(baseNameStart(path));
    });
  }

  label(frame: number, into: StringInterner): number {
    this.#used = 0;
    if (this.#groupBy === "file") this.#fileOnly(frame);
    else if (this.#groupBy === "module") this.#moduleOnly(frame);
    else {
      this.#function(frame);
      this.#suffix(frame);
    }
    return into.addBytes(this.#bytes, 0, this.#used);
  }

  #put(bytes: Uint8Array): void {
    this.#bytes = grown(this.#bytes, this.#used + bytes.length);
    this.#bytes.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  /** ASCII text. */
  #text(text: string): void {
    this.#bytes = grown(this.#bytes, this.#used + text.length);
    for (let i = 0; i < text.length; i++) this.#bytes[this.#used++] = text.charCodeAt(i);
  }

  /** Base name of the frame's module, empty where it has none. */
  #moduleOf(frame: number): Uint8Array | undefined {
    const module = this.#modules[this.#profile.frames.mapping[frame]!];
    return module === undefined || module.length === 0 ? undefined : module;
  }

  #function(frame: number): void {
    const { frames, strings } = this.#profile;
    const name = frames.name[frame]!;
    const module = this.#moduleOf(frame);
    if (name !== 0) this.#put(strings.view(name));
    else if (module !== undefined) this.#bracketed(module);
    else this.#text(`0x${frames.address[frame]!.toString(16)}`);
  }

  #bracketed(module: Uint8Array): void {
    this.#text("[");
    this.#put(module);
    this.#text("]");
  }

  #fileOnly(frame: number): void {
    const { frames, strings } = this.#profile;
    const module = this.#moduleOf(frame);
    if (frames.file[frame] !== 0) this.#put(strings.view(frames.file[frame]!));
    else if (module !== undefined) this.#bracketed(module);
    else this.#function(frame);
  }

  #moduleOnly(frame: number): void {
    const module = this.#moduleOf(frame);
    const kind = this.#profile.frames.kind[frame];
    if (module !== undefined) this.#put(module);
    else this.#text(kind === 2 ? "[kernel]" : kind === 3 ? "[jit]" : "[unknown]");
  }

  #suffix(frame: number): void {
    const { frames } = this.#profile;
    if (this.#groupBy === "function+module") {
      const module = this.#moduleOf(frame);
      if (module === undefined || frames.name[frame] === 0) return;
      this.#text(" ");
      this.#bracketed(module);
    } else if (this.#groupBy === "function+file") {
      this.#place(frame, 0);
    } else if (this.#groupBy === "function+line") {
      this.#place(frame, frames.line[frame]!);
    } else if (this.#groupBy === "function+address" && frames.address[frame] !== 0n) {
      const nameless = frames.name[frame] === 0 && this.#moduleOf(frame) === undefined;
      if (!nameless) this.#text(` 0x${frames.address[frame]!.toString(16)}`);
    }
  }

  #place(frame: number, line: number): void {
    const { frames, strings } = this.#profile;
    const file = frames.file[frame]!;
    if (file === 0 && line === 0) return;
    this.#text(" (");
    this.#put(strings.view(file));
    if (line !== 0) this.#text(`:${line}`);
    this.#text(")");
  }
}
