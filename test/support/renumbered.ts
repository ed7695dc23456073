import { type FlameTree, type NameTable, type Side, totalsFromSelf } from "../../packages/core/src/index.ts";

/**
 * The same tree with its nodes and names numbered otherwise: node 0 and name 0 stay, parents still come before their
 * children. Not for ordered trees, whose row order means something.
 */
export function renumbered(tree: FlameTree, random: () => number): FlameTree {
  const children: number[][] = Array.from({ length: tree.length }, () => []);
  for (let node = 1; node < tree.length; node++) children[tree.parent[node]!]!.push(node);
  // Any node whose parent has its number may be the next.
  const order = [0];
  const open = [...children[0]!];
  while (open.length > 0) {
    const [node] = open.splice(Math.floor(random() * open.length), 1);
    order.push(node!);
    open.push(...children[node!]!);
  }
  const place = new Map(order.map((node, at) => [node, at]));
  const names = shuffled(tree.names.length, random);
  const nameRow = new Map(names.map((row, at) => [row, at]));
  const parent = Int32Array.from(order, (node) => (node === 0 ? -1 : place.get(tree.parent[node]!)!));
  const side = ({ self }: { readonly self: Float64Array }): Side => {
    const moved = Float64Array.from(order, (node) => self[node]!);
    return { self: moved, total: totalsFromSelf(parent, moved) };
  };
  return {
    length: tree.length,
    parent,
    name: Uint32Array.from(order, (node) => nameRow.get(tree.name[node]!)!),
    names: renumberedNames(tree.names, names),
    unit: tree.unit,
    ...side(tree),
    ...(tree.sides === undefined
      ? {}
      : { sides: { base: side(tree.sides.base), head: side(tree.sides.head) } }),
  };
}

function renumberedNames(names: NameTable, rows: readonly number[]): NameTable {
  return {
    length: names.length,
    text: (row) => names.text(rows[row]!),
    kind: (row) => names.kind(rows[row]!),
    inlined: (row) => names.inlined(rows[row]!),
    bytes: (row) => names.bytes(rows[row]!),
  };
}

/** 0 first, then 1 … length − 1 in any order. */
function shuffled(length: number, random: () => number): number[] {
  const rows = Array.from({ length }, (_, row) => row);
  for (let at = length - 1; at > 1; at--) {
    const other = 1 + Math.floor(random() * at);
    [rows[at], rows[other]] = [rows[other]!, rows[at]!];
  }
  return rows;
}
