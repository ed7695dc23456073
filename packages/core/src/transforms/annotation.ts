import { FrameKind } from "../model/profile.ts";
import type { NameTable } from "./flame-tree.ts";

const SUFFIXES: ReadonlyMap<number, string> = new Map([
  [FrameKind.kernel, "_[k]"],
  [FrameKind.jit, "_[j]"],
  [FrameKind.interpreted, "_[0]"],
  [FrameKind.c1, "_[1]"],
  [FrameKind.waker, "_[w]"],
]);

/** `_[k]`, `_[j]`, `_[i]` …: what folded stacks append to a name; palettes and `--nameattr` look at it. */
export function annotation(kind: number, inlined: boolean): string {
  return inlined ? "_[i]" : (SUFFIXES.get(kind) ?? "");
}

/** A name with its annotation, as flamegraph.pl would have read it. */
export function annotatedName(names: NameTable, row: number): string {
  return names.text(row) + annotation(names.kind(row), names.inlined(row));
}
