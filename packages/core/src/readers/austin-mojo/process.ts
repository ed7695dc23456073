import { parseHex } from "../../codec/native-frames.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import { FrameKind } from "../../model/profile.ts";

/** A piece of memory that a file is mapped to. */
interface Range {
  readonly start: bigint;
  readonly end: bigint;
  readonly path: string;
}

/** Files mapped into the process, which austinp (with native frames) lists. */
export class MappedFiles {
  readonly #ranges: Range[] = [];

  /** `400000-423000 /usr/bin/python3.8` */
  add(text: string): void {
    const match = /^([0-9a-f]{1,16})-([0-9a-f]{1,16}) (.+)$/.exec(text);
    if (match === null) return;
    this.#ranges.push({ start: BigInt(`0x${match[1]}`), end: BigInt(`0x${match[2]}`), path: match[3]! });
  }

  /** Path of the file at an address; empty where there is none. */
  at(address: bigint): string {
    return this.#ranges.find(({ start, end }) => address >= start && address < end)?.path ?? "";
  }
}

/** Place of a frame in its source, from 1; 0 where not known. */
export interface Place {
  readonly file: number;
  readonly scope: number;
  readonly line: number;
  readonly column: number;
}

/** Strings and frames of one process: references are its own. */
export class ProcessTables {
  readonly #into: ProfileBuilder;
  readonly #maps: MappedFiles;
  /** Texts by key; 0 is empty and 1 is unknown everywhere. */
  readonly #strings = new Map<number, string>([
    [0, ""],
    [1, ""],
  ]);
  readonly #frames = new Map<number, number>();

  constructor(into: ProfileBuilder, maps: MappedFiles) {
    this.#into = into;
    this.#maps = maps;
  }

  string(key: number, text: string): void {
    this.#strings.set(key, text);
  }

  /** False where the frame's strings have not come. */
  frame(key: number, { file, scope, line, column }: Place): boolean {
    const path = this.#strings.get(file);
    const name = this.#strings.get(scope);
    const native = /^native@([0-9a-f]{1,16})$/.exec(path ?? "");
    const row =
      native === null
        ? this.#into.frame({
            name: this.#into.string(name || "[unknown]"),
            file: path === undefined || path === "" ? 0 : this.#into.string(path),
            line: inRange(line),
            column: inRange(column),
          })
        : this.#native(name ?? "", parseHex(native[1]!) ?? 0n);
    this.#frames.set(key, row);
    return path !== undefined && name !== undefined;
  }

  /** Row of a frame; undefined where it has not come. */
  row(key: number): number | undefined {
    return this.#frames.get(key);
  }

  #native(name: string, address: bigint): number {
    const path = this.#maps.at(address);
    return this.#into.frame({
      name: name === "" && address !== 0n ? 0 : this.#into.string(name || "[unknown]"),
      address: name === "" ? address : 0n,
      mapping: path === "" ? -1 : this.#into.mapping({ path }),
      kind: FrameKind.native,
    });
  }
}

function inRange(value: number): number {
  return value > 0 && value < 2 ** 31 ? value : 0;
}
