import { PairInterner } from "../model/pairs.ts";
import type { Profile } from "../model/profile.ts";
import type { StringTable } from "../model/strings.ts";
import type { NameTable } from "./flame-tree.ts";
import { frameLabels, type GroupBy } from "./labels.ts";

/** Which name each frame is drawn with. Frames with the same name row are one in the tree. */
export interface FrameNaming {
  /** Row of `names` per frame; never 0, which is the root's. */
  readonly row: Int32Array;
  readonly names: NameTable;
}

/** How frames are named, besides what they are grouped by. */
export interface NamingOptions {
  /**
   * "split": functions that agree in label but not in kind or inlining are two names, as the `_[k]` and `_[i]`
   * annotations of folded stacks have it. "merge": they are one. Default: "split" where `meta.annotated`.
   */
  readonly kinds?: "merge" | "split" | undefined;
  /** Changes every label, once per distinct label; an empty answer leaves the label as it is. */
  readonly relabel?: ((label: string) => string) | undefined;
}

/**
 * Names every frame by what `groupBy` says (see {@link GroupBy} for the labels); equal labels are one name. In a
 * name shared by several frames, `kind` is the one that all frames of known kind agree on, else unknown.
 */
export function nameFrames(
  profile: Profile,
  groupBy: GroupBy = "function",
  options: NamingOptions = {},
): FrameNaming {
  const { frames } = profile;
  const split = (options.kinds ?? (profile.meta.annotated === true ? "split" : "merge")) === "split";
  const labels = frameLabels(profile, groupBy, options.relabel);
  const row = split
    ? rowsByLabelAndKind(labels.id, frames.kind, frames.inlined)
    : rowsByLabel(labels.id, labels.strings.length);
  let length = 1;
  for (let frame = 0; frame < row.length; frame++) if (row[frame]! >= length) length = row[frame]! + 1;
  const ids = new Uint32Array(length);
  const kinds = new Uint8Array(length).fill(UNSEEN);
  const inlined = new Uint8Array(length).fill(1);
  for (let frame = 0; frame < row.length; frame++) {
    const name = row[frame]!;
    ids[name] = labels.id[frame]!;
    kinds[name] = commonKind(kinds[name]!, frames.kind[frame]!);
    if (frames.inlined[frame] === 0) inlined[name] = 0;
  }
  inlined[0] = 0;
  return { row, names: new Names(labels.strings, ids, kinds, inlined) };
}

function rowsByLabel(id: Uint32Array, labelCount: number): Int32Array {
  const rowOfLabel = new Int32Array(labelCount);
  const row = new Int32Array(id.length);
  let length = 1;
  for (let frame = 0; frame < row.length; frame++) {
    const label = id[frame]!;
    if (rowOfLabel[label] === 0) rowOfLabel[label] = length++;
    row[frame] = rowOfLabel[label]!;
  }
  return row;
}

function rowsByLabelAndKind(id: Uint32Array, kind: Uint8Array, inlined: Uint8Array): Int32Array {
  const pairs = new PairInterner();
  const row = new Int32Array(id.length);
  for (let frame = 0; frame < row.length; frame++) {
    row[frame] = pairs.add(id[frame]!, kind[frame]! * 2 + inlined[frame]!) + 1;
  }
  return row;
}

const UNSEEN = 254;
const CONFLICT = 255;

function commonKind(known: number, kind: number): number {
  if (known === UNSEEN || known === 0) return kind;
  return kind === 0 || kind === known ? known : CONFLICT;
}

/** Names as strings of a string table. */
class Names implements NameTable {
  readonly length: number;
  readonly #strings: StringTable;
  readonly #ids: Uint32Array;
  readonly #kinds: Uint8Array;
  readonly #inlined: Uint8Array;

  constructor(strings: StringTable, ids: Uint32Array, kinds: Uint8Array, inlined: Uint8Array) {
    this.length = ids.length;
    this.#strings = strings;
    this.#ids = ids;
    this.#kinds = kinds;
    this.#inlined = inlined;
  }

  text(row: number): string {
    return this.#strings.get(this.#ids[row]!);
  }

  kind(row: number): number {
    const kind = this.#kinds[row]!;
    return kind >= UNSEEN ? 0 : kind;
  }

  inlined(row: number): boolean {
    return this.#inlined[row] === 1;
  }

  bytes(row: number): Uint8Array {
    return this.#strings.view(this.#ids[row]!);
  }
}

/** True where no two frames share a name: then the profile's stacks are the tree, and nothing has to merge. */
export function isInjective(naming: FrameNaming): boolean {
  if (naming.names.length <= naming.row.length) return false;
  const seen = new Uint8Array(naming.names.length);
  for (let frame = 0; frame < naming.row.length; frame++) {
    const name = naming.row[frame]!;
    if (seen[name] !== 0) return false;
    seen[name] = 1;
  }
  return true;
}
