import { childLists, type FlameTree } from "../../transforms/flame-tree.ts";
import { rankNames, sortedChildren } from "../../transforms/order.ts";
import { grown } from "../../util/growable.ts";
import type { ByteSink } from "../../util/sink.ts";

/** Bytes handed to the sink at a time. */
const PIECE = 1 << 21;
const SEMICOLON = 0x3b;
const BLANK = 0x20;
const NEWLINE = 10;

/** The numbers at the end of a node's line; undefined where the node has no line. */
export type LineEnd = (node: number) => string | undefined;

/**
 * Writes a tree as folded lines, depth first, siblings in the order of their names' bytes. The current path is
 * one buffer: going down appends a name, so a line costs one copy however deep the stack is.
 */
export async function emitFolded(tree: FlameTree, lineEnd: LineEnd, sink: ByteSink): Promise<number> {
  const lists = childLists(tree);
  const names = Array.from({ length: tree.names.length }, (_, row) => tree.names.bytes(row));
  const sorted = sortedChildren(tree, lists, rankNames(tree.names));
  let path = new Uint8Array(1 << 16);
  // Two pieces: while the sink takes one, the other is filled.
  let out = new Uint8Array(PIECE);
  let other = new Uint8Array(PIECE);
  let used = 0;
  let taken: Promise<void> | undefined;
  const flush = async (): Promise<void> => {
    if (taken !== undefined) await taken;
    taken = sink.write(out.subarray(0, used)) ?? undefined;
    [out, other] = [other, out];
    used = 0;
  };
  let lines = 0;
  // A stack of nodes still to visit, with the length of their parent's path.
  let nodes = new Int32Array(1024);
  let lengths = new Int32Array(1024);
  let top = 0;
  const push = (parent: number, length: number): void => {
    const count = sorted(parent);
    nodes = grown(nodes, top + count.length);
    lengths = grown(lengths, top + count.length);
    for (let i = count.length - 1; i >= 0; i--) {
      nodes[top] = count.rows[i]!;
      lengths[top++] = length;
    }
  };
  push(0, 0);
  while (top > 0) {
    const node = nodes[--top]!;
    let length = lengths[top]!;
    const name = names[tree.name[node]!]!;
    path = grown(path, length + name.length + 1);
    path.set(name, length);
    length += name.length;
    const end = lineEnd(node);
    if (end !== undefined) {
      if (used + length + end.length + 2 > out.length) {
        await flush();
        out = grown(out, length + end.length + 2);
      }
      out.set(path.subarray(0, length), used);
      used += length;
      out[used++] = BLANK;
      for (let i = 0; i < end.length; i++) out[used++] = end.charCodeAt(i);
      out[used++] = NEWLINE;
      lines++;
    }
    path[length] = SEMICOLON;
    if (lists.first[node] !== 0) push(node, length + 1);
  }
  if (used > 0) await flush();
  await taken;
  return lines;
}
