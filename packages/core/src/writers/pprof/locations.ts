import { FunctionField, LineField, LocationField, ProfileField } from "../../codec/pprof-schema.ts";
import type { ProtobufWriter } from "../../codec/protobuf-writer.ts";
import { PairInterner } from "../../model/pairs.ts";
import type { FrameTable, Profile } from "../../model/profile.ts";
import { StackInterner } from "../../model/stacks.ts";
import type { StringInterner } from "../../model/strings.ts";

/**
 * Turns frames into pprof's locations: an inlined frame joins the location of its caller, where both have the
 * same mapping and address (or its own is not known).
 *
 * ```
 * stack row     main   parse   skip(inlined)   next
 * chain         0      1       2 = 1 + skip    3          a location each, the joined one with two lines
 * above         -1     main    main            skip       row of the next location towards the root
 * ```
 */
export class LocationTable {
  /** Per stack row: its location as a chain of frames, the outermost first. */
  readonly #chain: Int32Array;
  /** Per stack row: the row where the location that calls it ends, or -1. */
  readonly #above: Int32Array;
  readonly #chains = new StackInterner();
  /** Per chain: location id, 0 = not used so far. Ids are given in order of use. */
  readonly #ids: Int32Array;
  readonly #used: number[] = [];
  readonly #frames: FrameTable;
  readonly #profile: Profile;
  readonly #strings: StringInterner;
  /** Per distinct pair of name and file: its function's id. */
  readonly #functions = new PairInterner();

  constructor(profile: Profile, strings: StringInterner) {
    const { stacks, frames } = profile;
    this.#profile = profile;
    this.#frames = frames;
    this.#strings = strings;
    this.#chain = new Int32Array(stacks.length);
    this.#above = new Int32Array(stacks.length);
    for (let row = 0; row < stacks.length; row++) {
      const parent = stacks.parent[row]!;
      const frame = stacks.frame[row]!;
      const joined = parent >= 0 && joins(frames, frame, stacks.frame[parent]!);
      this.#chain[row] = this.#chains.add(joined ? this.#chain[parent]! : -1, frame);
      this.#above[row] = joined ? this.#above[parent]! : parent;
    }
    this.#ids = new Int32Array(this.#chains.length);
  }

  /** Writes the packed location ids of a stack, leaf first. */
  writeIds(stack: number, out: ProtobufWriter): void {
    for (let row = stack; row >= 0; row = this.#above[row]!) {
      const chain = this.#chain[row]!;
      let id = this.#ids[chain]!;
      if (id === 0) {
        id = this.#used.push(chain);
        this.#ids[chain] = id;
      }
      out.varint(id);
    }
  }

  /** Writes the locations that stacks used, handing over to `flush` between them. */
  async writeLocations(out: ProtobufWriter, flush: () => void | Promise<void>): Promise<void> {
    const { parent, frame } = this.#chains.columns();
    const { mapping, address } = this.#frames;
    for (let i = 0; i < this.#used.length; i++) {
      const innermost = frame[this.#used[i]!]!;
      let outermost = innermost;
      for (let chain = this.#used[i]!; chain >= 0; chain = parent[chain]!) outermost = frame[chain]!;
      const message = out.open(ProfileField.location);
      out.unsigned(LocationField.id, i + 1);
      if (mapping[outermost]! >= 0) out.unsigned(LocationField.mappingId, mapping[outermost]! + 1);
      if (address[outermost] !== 0n) out.unsigned(LocationField.address, address[outermost]!);
      const alone = outermost === innermost && parent[this.#used[i]!] === -1;
      for (let chain = this.#used[i]!; chain >= 0; chain = parent[chain]!) {
        if (!alone || hasSource(this.#frames, innermost)) this.#writeLine(frame[chain]!, out);
      }
      out.close(message);
      await flush();
    }
  }

  /** Writes the functions that the locations refer to. */
  async writeFunctions(out: ProtobufWriter, flush: () => void | Promise<void>): Promise<void> {
    const { a: names, b: files, length } = this.#functions.columns();
    for (let i = 0; i < length; i++) {
      const name = names[i]!;
      const file = files[i]!;
      const message = out.open(ProfileField.function);
      out.unsigned(FunctionField.id, i + 1);
      if (name !== 0) {
        out.unsigned(FunctionField.name, name);
        out.unsigned(FunctionField.systemName, name);
      }
      if (file !== 0) out.unsigned(FunctionField.filename, file);
      out.close(message);
      await flush();
    }
  }

  #writeLine(frame: number, out: ProtobufWriter): void {
    const { name, file, line, column } = this.#frames;
    const id = this.#functions.add(this.#string(name[frame]!), this.#string(file[frame]!)) + 1;
    const message = out.open(LocationField.line);
    out.unsigned(LineField.functionId, id);
    if (line[frame] !== 0) out.unsigned(LineField.line, line[frame]!);
    if (column[frame] !== 0) out.unsigned(LineField.column, column[frame]!);
    out.close(message);
  }

  /** Index in the file's string table of one of the profile's strings, byte for byte. */
  #string(id: number): number {
    const { bytes, offsets } = this.#profile.strings;
    return this.#strings.addBytes(bytes, offsets[id]!, offsets[id + 1]!);
  }
}

/** True where a frame belongs to its caller's location. */
export function joins(frames: FrameTable, frame: number, caller: number): boolean {
  if (frames.inlined[frame] !== 1) return false;
  const address = frames.address[frame]!;
  const mapping = frames.mapping[frame]!;
  return (
    (address === frames.address[caller] || address === 0n) &&
    (mapping === frames.mapping[caller] || mapping === -1)
  );
}

/** False for a frame that is only an address. */
function hasSource({ name, file, line, column }: FrameTable, frame: number): boolean {
  return name[frame] !== 0 || file[frame] !== 0 || line[frame] !== 0 || column[frame] !== 0;
}
