import { type FlameTree, FrameKind, type NameTable, totalsFromSelf } from "../../packages/core/src/index.ts";

/** Options of {@link foldedTree}. */
export interface FoldedTreeOptions {
  /** Keep the order of the lines and merge only equal neighbours: a flame chart. */
  readonly ordered?: boolean;
  /** Which side of two columns gives the width; default head. */
  readonly width?: "head" | "base" | "both";
  readonly unit?: string;
  readonly inverted?: boolean;
}

interface Names extends NameTable {
  row(name: string): number;
}

const KINDS: ReadonlyMap<string, number> = new Map([
  ["k", FrameKind.kernel],
  ["j", FrameKind.jit],
  ["w", FrameKind.waker],
]);

/**
 * A small tree from folded text, straight and slow: for tests of the layout and the renderers only. One number per line,
 * or two for a differential. `_[k]`, `_[j]`, `_[w]` and `_[i]` set kind and inlining.
 */
export function foldedTree(text: string, options: FoldedTreeOptions = {}): FlameTree {
  const names = nameTable();
  const parent: number[] = [-1];
  const name: number[] = [names.row("")];
  const columns: [number[], number[]] = [[0], [0]];
  const children = new Map<string, number>();
  const start: number[] = [0];
  let now = 0;
  let path: number[] = [];
  let two = false;
  for (const line of text.split("\n")) {
    const match = /^(.*)\s+?(-?\d+(?:\.\d*)?)$/.exec(line);
    if (match === null) continue;
    const pair = /^(.*)\s+?(-?\d+(?:\.\d*)?)$/.exec(match[1]!);
    const [stack, first, second] = pair === null ? [match[1]!, match[2]!] : [pair[1]!, pair[2]!, match[2]!];
    const frames = stack === "" ? [] : stack.split(";");
    if (options.inverted === true) frames.reverse();
    let node = 0;
    const next: number[] = [];
    frames.forEach((frame, depth) => {
      const row = names.row(frame);
      const reuse = options.ordered === true ? path[depth] : children.get(`${node}/${row}`);
      const fits = reuse !== undefined && parent[reuse] === node && name[reuse] === row;
      let child = reuse;
      if (!fits || child === undefined) {
        child = parent.push(node) - 1;
        name.push(row);
        start.push(now);
        columns[0].push(0);
        columns[1].push(0);
        children.set(`${node}/${row}`, child);
        path = path.slice(0, depth);
      }
      next.push(child);
      node = child;
    });
    path = next;
    now += Number(second ?? first);
    two ||= second !== undefined;
    columns[0][node]! += Number(first);
    columns[1][node]! += Number(second ?? 0);
  }
  const parents = Int32Array.from(parent);
  const sides = columns.map((column) => {
    const self = Float64Array.from(column);
    return { self, total: totalsFromSelf(parents, self) };
  });
  const [base, head] = sides as [(typeof sides)[0], (typeof sides)[0]];
  const both = { self: base.self.map((value, i) => value + head.self[i]!) };
  const width = !two || options.width === "base" ? base : options.width === "both" ? both : head;
  return {
    length: parents.length,
    parent: parents,
    name: Uint32Array.from(name),
    names,
    self: width.self,
    total: totalsFromSelf(parents, width.self),
    unit: options.unit ?? "samples",
    ...(two ? { sides: { base, head } } : {}),
    ...(options.ordered === true ? { ordered: true as const, start: Float64Array.from(start) } : {}),
  };
}

function nameTable(): Names {
  const rows = new Map<string, number>();
  const texts: { label: string; kind: number; inlined: boolean }[] = [];
  const encoder = new TextEncoder();
  return {
    get length() {
      return texts.length;
    },
    row(name) {
      let row = rows.get(name);
      if (row === undefined) {
        const match = /^(.*)_\[([kijw])\]$/s.exec(name);
        row = texts.length;
        texts.push({
          label: match?.[1] ?? name,
          kind: KINDS.get(match?.[2] ?? "") ?? 0,
          inlined: match?.[2] === "i",
        });
        rows.set(name, row);
      }
      return row;
    },
    text: (row) => texts[row]!.label,
    kind: (row) => texts[row]!.kind,
    inlined: (row) => texts[row]!.inlined,
    bytes: (row) => encoder.encode(texts[row]!.label),
  };
}
