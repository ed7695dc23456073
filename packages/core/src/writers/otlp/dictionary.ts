import { ProtobufWriter } from "../../codec/protobuf-writer.ts";
import { FrameKind, type Label, type Profile, type Thread } from "../../model/profile.ts";

/** Field numbers of the dictionary's tables. */
const MAPPING = 1;
const LOCATION = 2;
const FUNCTION = 3;
const LINK = 4;
const STRING = 5;
const ATTRIBUTE = 6;
const STACK = 7;

/** What a frame's type is called there, for the kinds that it knows. */
const FRAME_TYPES: ReadonlyMap<number, string> = new Map([
  [FrameKind.kernel, "kernel"],
  [FrameKind.native, "native"],
]);

/** Fills the tables of a message; row 0 of each stands for "none". Rows are found again by their content. */
export class Dictionary {
  readonly #profile: Profile;
  readonly #out = new ProtobufWriter();
  readonly #row = new ProtobufWriter();
  readonly #strings = new Map<string, number>();
  readonly #attributes = new Map<string, number>();
  readonly #mappings = new Map<number, number>();
  readonly #functions = new Map<string, number>();
  /** By the frames that a location holds, the innermost first. */
  readonly #locations = new Map<string, number>();
  readonly #stacks = new Map<number, number>();

  constructor(profile: Profile) {
    this.#profile = profile;
    for (const table of [MAPPING, LOCATION, FUNCTION, LINK, ATTRIBUTE, STACK])
      this.#out.bytes(table, new Uint8Array(0));
    this.string("");
  }

  /** The encoded message. */
  bytes(): Uint8Array {
    return this.#out.view();
  }

  string(text: string): number {
    let index = this.#strings.get(text);
    if (index === undefined) {
      index = this.#strings.size;
      this.#strings.set(text, index);
      this.#out.text(STRING, text);
    }
    return index;
  }

  label({ key, value, unit = "" }: Label): number {
    return this.#attribute(key, value, unit);
  }

  /** The attributes that name a thread. */
  thread({ name, tid, pid, process }: Thread): number[] {
    const indices: number[] = [];
    if (name !== "") indices.push(this.#attribute("thread.name", name, ""));
    if (tid !== undefined) indices.push(this.#attribute("thread.id", tid, ""));
    if (pid !== undefined) indices.push(this.#attribute("process.pid", pid, ""));
    if (process !== undefined) indices.push(this.#attribute("process.executable.name", process, ""));
    return indices;
  }

  /** Row of a stack; a frame and the calls inlined into it share a location. */
  stack(stack: number): number {
    if (stack < 0) return 0;
    let index = this.#stacks.get(stack);
    if (index === undefined) {
      const locations = this.#locationsOf(stack);
      this.#row.clear();
      for (const location of locations) this.#row.varint(location);
      const packed = this.#row.view().slice();
      this.#row.clear();
      this.#row.bytes(1, packed);
      index = this.#stacks.size + 1;
      this.#stacks.set(stack, index);
      this.#out.bytes(STACK, this.#row.view());
    }
    return index;
  }

  #locationsOf(stack: number): number[] {
    const { stacks, frames } = this.#profile;
    const locations: number[] = [];
    let chain: number[] = [];
    for (let at = stack; at >= 0; at = stacks.parent[at]!) {
      const frame = stacks.frame[at]!;
      chain.push(frame);
      if (frames.inlined[frame] === 1 && stacks.parent[at]! >= 0) continue;
      locations.push(this.#location(chain));
      chain = [];
    }
    return locations;
  }

  #location(chain: readonly number[]): number {
    const key = chain.join();
    const known = this.#locations.get(key);
    if (known !== undefined) return known;
    const { frames } = this.#profile;
    const outermost = chain.at(-1)!;
    const mapping = this.#mapping(frames.mapping[outermost]!);
    const type = FRAME_TYPES.get(frames.kind[outermost]!);
    const attribute = type === undefined ? 0 : this.#attribute("profile.frame.type", type, "");
    const functions = chain.map((frame) => this.#function(frame));
    const row = this.#row;
    row.clear();
    if (mapping !== 0) row.unsigned(1, mapping);
    if (frames.address[outermost] !== 0n) row.unsigned(2, frames.address[outermost]!);
    chain.forEach((frame, i) => {
      if (functions[i] === 0 && chain.length === 1) return;
      const line = row.open(3);
      row.unsigned(1, functions[i]!);
      if (frames.line[frame] !== 0) row.unsigned(2, frames.line[frame]!);
      if (frames.column[frame] !== 0) row.unsigned(3, frames.column[frame]!);
      row.close(line);
    });
    if (attribute !== 0) row.bytes(4, varints([attribute]));
    return this.#add(LOCATION, key, this.#locations);
  }

  /** Row of a frame's function; 0 where only its address is known. */
  #function(frame: number): number {
    const { frames, strings } = this.#profile;
    if (frames.name[frame] === 0) return 0;
    const key = `${frames.name[frame]}/${frames.file[frame]}`;
    const known = this.#functions.get(key);
    if (known !== undefined) return known;
    const name = this.string(strings.get(frames.name[frame]!));
    const file = this.string(strings.get(frames.file[frame]!));
    this.#row.clear();
    this.#row.unsigned(1, name);
    if (file !== 0) this.#row.unsigned(3, file);
    return this.#add(FUNCTION, key, this.#functions);
  }

  #mapping(index: number): number {
    const mapping = this.#profile.mappings[index];
    if (mapping === undefined) return 0;
    const known = this.#mappings.get(index);
    if (known !== undefined) return known;
    const path = this.string(mapping.path);
    const { buildId } = mapping;
    const attribute = buildId === "" ? 0 : this.#attribute("process.executable.build_id.gnu", buildId, "");
    this.#row.clear();
    this.#row.unsigned(1, mapping.start);
    this.#row.unsigned(2, mapping.end);
    this.#row.unsigned(3, mapping.fileOffset);
    this.#row.unsigned(4, path);
    if (attribute !== 0) this.#row.bytes(5, varints([attribute]));
    return this.#add(MAPPING, index, this.#mappings);
  }

  #attribute(key: string, value: string | number, unit: string): number {
    const id = JSON.stringify([key, typeof value, String(value), unit]);
    const known = this.#attributes.get(id);
    if (known !== undefined) return known;
    const keyIndex = this.string(key);
    const unitIndex = this.string(unit);
    const row = this.#row;
    row.clear();
    row.unsigned(1, keyIndex);
    const nested = row.open(2);
    if (typeof value === "string") row.text(1, value);
    else if (Number.isSafeInteger(value)) row.signed(3, value);
    else row.double(4, value);
    row.close(nested);
    if (unitIndex !== 0) row.unsigned(3, unitIndex);
    return this.#add(ATTRIBUTE, id, this.#attributes);
  }

  /** Adds the row that was just encoded to a table and remembers it. */
  #add<K>(table: number, key: K, rows: Map<K, number>): number {
    const index = rows.size + 1;
    rows.set(key, index);
    this.#out.bytes(table, this.#row.view());
    return index;
  }
}

/** A packed list. */
export function varints(values: readonly number[]): Uint8Array {
  const writer = new ProtobufWriter();
  for (const value of values) writer.varint(value);
  return writer.view();
}
