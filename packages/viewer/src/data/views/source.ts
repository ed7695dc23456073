import {
  buildFlameTree,
  type FrameNaming,
  type FunctionTable,
  functionTable,
  type NameTable,
  type Profile,
} from "@flambeau/core";
import type { Reply } from "../rpc.ts";
import type { DataSpec } from "../spec.ts";
import { treeOptions } from "../tree-options.ts";

export interface SourceRequest {
  readonly data: DataSpec;
  /** The file whose lines are asked for; absent: the files. */
  readonly file: string | undefined;
}

/** A source file's weight: a sample counts once per file in `total`, however many of its frames are there. */
export interface SourceFile {
  readonly path: string;
  readonly self: number;
  readonly total: number;
}

export interface SourceResult {
  /** Heaviest first. */
  readonly files: readonly SourceFile[];
  /** Weight of everything. */
  readonly all: number;
  readonly unit: string;
  /** Of the file asked for; line 0: where the line is not known. */
  readonly lines:
    | {
        readonly line: Uint32Array<ArrayBuffer>;
        readonly self: Float64Array<ArrayBuffer>;
        readonly total: Float64Array<ArrayBuffer>;
      }
    | undefined;
}

/** Weight by source file, and by line of one file. */
export function sourceView(profile: Profile, { data, file }: SourceRequest): Reply<SourceResult> {
  const { strings, frames } = profile;
  const byFile = weigh(profile, data, (frame) => frames.file[frame]!, strings.length);
  const files: SourceFile[] = [];
  for (let id = 1; id < strings.length; id++) {
    if (byFile.table.total[id + 1] === 0) continue;
    files.push({
      path: strings.get(id),
      self: byFile.table.self[id + 1]!,
      total: byFile.table.total[id + 1]!,
    });
  }
  files.sort((a, b) => b.self - a.self || b.total - a.total);
  const lines = file === undefined ? undefined : linesOf(profile, data, file);
  return {
    value: { files, all: byFile.all, unit: byFile.unit, lines },
    transfer: lines === undefined ? [] : [lines.line.buffer, lines.self.buffer, lines.total.buffer],
  };
}

function linesOf(profile: Profile, data: DataSpec, path: string): SourceResult["lines"] {
  const { frames, strings } = profile;
  const wanted = new Uint8Array(strings.length);
  for (let id = 1; id < strings.length; id++) if (strings.get(id) === path) wanted[id] = 1;
  const known = new Map<number, number>();
  // Row 0: every other file.
  const numbers: number[] = [0];
  const rowOf = (frame: number): number => {
    if (wanted[frames.file[frame]!] === 0) return 0;
    const line = frames.line[frame]!;
    let row = known.get(line);
    if (row === undefined) {
      row = numbers.push(line) - 1;
      known.set(line, row);
    }
    return row;
  };
  const rows = Int32Array.from({ length: frames.length }, (_, frame) => rowOf(frame));
  const { table } = weigh(profile, data, (frame) => rows[frame]!, numbers.length);
  const order = [...numbers.keys()].slice(1).filter((row) => table.total[row + 1] !== 0);
  order.sort((a, b) => numbers[a]! - numbers[b]!);
  return {
    line: Uint32Array.from(order, (row) => numbers[row]!),
    self: Float64Array.from(order, (row) => table.self[row + 1]!),
    total: Float64Array.from(order, (row) => table.total[row + 1]!),
  };
}

/** Weights by a row per frame; row `r` is at `[r + 1]` of the table. */
function weigh(
  profile: Profile,
  data: DataSpec,
  rowOf: (frame: number) => number,
  rows: number,
): { table: FunctionTable; all: number; unit: string } {
  const naming: FrameNaming = {
    row: Int32Array.from({ length: profile.frames.length }, (_, frame) => rowOf(frame) + 1),
    names: new Nameless(rows + 1),
  };
  const tree = buildFlameTree(profile, { ...treeOptions(profile, data), threadRoots: "none", naming });
  return { table: functionTable(tree), all: tree.total[0] ?? 0, unit: tree.unit };
}

/** Names that nobody asks for: only their rows count. */
class Nameless implements NameTable {
  readonly length: number;

  constructor(length: number) {
    this.length = length;
  }

  text(): string {
    return "";
  }

  kind(): number {
    return 0;
  }

  inlined(): boolean {
    return false;
  }

  bytes(): Uint8Array {
    return new Uint8Array(0);
  }
}
