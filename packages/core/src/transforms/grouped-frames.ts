import { PairInterner } from "../model/pairs.ts";
import type { FrameTable, Mapping, Profile } from "../model/profile.ts";
import { StringInterner, type StringTable } from "../model/strings.ts";
import { grown } from "../util/growable.ts";
import type { GroupBy } from "./labels.ts";
import { type NamingOptions, nameFrames } from "./names.ts";

const CONFLICT = -2;

/**
 * Frames of one or several profiles as one frame per label. A frame keeps the file and the module that all frames
 * behind it agree on (those that say nothing aside); lines, columns and addresses go.
 */
export class GroupedFrames {
  readonly #groupBy: GroupBy;
  readonly #options: NamingOptions;
  readonly #strings = new StringInterner();
  readonly #mappings: Mapping[] = [];
  readonly #mappingIds = new Map<string, number>();
  /** (label, kind and inlining where names are split by them) → row. */
  readonly #rows = new PairInterner();
  #name = new Uint32Array(64);
  #kind = new Uint8Array(64);
  #inlined = new Uint8Array(64);
  /** String id, 0 while unknown, or CONFLICT. */
  #file = new Int32Array(64);
  /** Row of mappings, -1 while unknown, or CONFLICT. */
  #mapping = new Int32Array(64);
  /** 1 where frames of different known kinds met. */
  #mixed = new Uint8Array(64);

  constructor(groupBy: GroupBy, options: NamingOptions) {
    this.#groupBy = groupBy;
    this.#options = options;
  }

  /** Adds a profile's frames; answers the grouped frame of each. */
  add(profile: Profile): Int32Array {
    const { frames, strings } = profile;
    const { row, names } = nameFrames(profile, this.#groupBy, this.#options);
    const split = (this.#options.kinds ?? (profile.meta.annotated === true ? "split" : "merge")) === "split";
    const rowOfName = new Int32Array(names.length);
    for (let name = 1; name < names.length; name++) {
      rowOfName[name] = this.#row(names.bytes(name), names.kind(name), names.inlined(name), split);
    }
    const mappings = profile.mappings.map((mapping) => this.#mappingOf(mapping.path));
    const files = new Map<number, number>();
    return row.map((name, frame) => {
      const grouped = rowOfName[name]!;
      const file = frames.file[frame]!;
      if (file !== 0) {
        let id = files.get(file);
        if (id === undefined) {
          const view = strings.view(file);
          id = this.#strings.addBytes(view, 0, view.length);
          files.set(file, id);
        }
        const known = this.#file[grouped]!;
        this.#file[grouped] = known === 0 || known === id ? id : CONFLICT;
      }
      const mapping = mappings[frames.mapping[frame]!];
      if (mapping !== undefined) {
        const known = this.#mapping[grouped]!;
        this.#mapping[grouped] = known === -1 || known === mapping ? mapping : CONFLICT;
      }
      return grouped;
    });
  }

  finish(): { frames: FrameTable; strings: StringTable; mappings: Mapping[] } {
    const { length } = this.#rows;
    const frames: FrameTable = {
      length,
      name: this.#name.slice(0, length),
      file: Uint32Array.from(this.#file.subarray(0, length), (id) => Math.max(id, 0)),
      line: new Uint32Array(length),
      column: new Uint32Array(length),
      mapping: this.#mapping.slice(0, length).map((id) => Math.max(id, -1)),
      address: new BigUint64Array(length),
      kind: this.#kind.slice(0, length),
      inlined: this.#inlined.slice(0, length),
    };
    return { frames, strings: this.#strings.finish(), mappings: this.#mappings };
  }

  #row(label: Uint8Array, kind: number, inlined: boolean, split: boolean): number {
    const name = this.#strings.addBytes(label, 0, label.length);
    const before = this.#rows.length;
    const row = this.#rows.add(name, split ? 1 + kind * 2 + Number(inlined) : 0);
    if (row < before) {
      if (!split) this.#agree(row, kind, inlined);
      return row;
    }
    this.#grow(row + 1);
    this.#name[row] = name;
    this.#kind[row] = kind;
    this.#inlined[row] = Number(inlined);
    this.#mapping[row] = -1;
    return row;
  }

  #agree(row: number, kind: number, inlined: boolean): void {
    if (!inlined) this.#inlined[row] = 0;
    const known = this.#kind[row]!;
    if (kind === 0 || kind === known || this.#mixed[row] === 1) return;
    this.#kind[row] = known === 0 ? kind : 0;
    this.#mixed[row] = known === 0 ? 0 : 1;
  }

  #mappingOf(path: string): number {
    let id = this.#mappingIds.get(path);
    if (id === undefined) {
      id = this.#mappings.push({ path, buildId: "", start: 0n, end: 0n, fileOffset: 0n }) - 1;
      this.#mappingIds.set(path, id);
    }
    return id;
  }

  #grow(needed: number): void {
    this.#name = grown(this.#name, needed);
    this.#kind = grown(this.#kind, needed);
    this.#inlined = grown(this.#inlined, needed);
    this.#file = grown(this.#file, needed);
    this.#mapping = grown(this.#mapping, needed);
    this.#mixed = grown(this.#mixed, needed);
  }
}
