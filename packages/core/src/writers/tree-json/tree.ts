import type { Note } from "../../model/notes.ts";
import { childLists, type FlameTree } from "../../transforms/flame-tree.ts";
import { type ByteSink, TextSink } from "../../util/sink.ts";

/** What stands beside the root's own fields. */
export interface TreeHeader {
  readonly title?: string | undefined;
  /** `cpu/nanoseconds` in its two parts; undefined where the tree sums up two sides. */
  readonly valueType?: { readonly name: string; readonly unit: string } | undefined;
  readonly producer?: string | undefined;
  readonly notes?: readonly Note[];
}

/**
 * Writes the tree as nested objects, the shape that d3-flame-graph and its like draw:
 *
 * ```
 * {"format":"flambeau-tree","version":1,…,
 *  "name":"all","value":5,"total":5,"self":0,"children":[{"name":"main","value":5,…}]}
 * ```
 *
 * The root's object carries the header too. `value` (d3's word) and `total` are the same: the weight of the node
 * with all below it. Differentials add `base`, `head` and `delta` (head − base) of the totals. Nodes below which
 * nothing weighs are left out. Objects nest as deep as the stacks: for very deep ones (some ten thousand
 * frames) many JSON parsers, JSON.parse among them, give up. Nothing here recurses, or holds the text.
 */
export async function writeFlameTreeJson(
  tree: FlameTree,
  sink: ByteSink,
  header: TreeHeader = {},
): Promise<void> {
  const out = new TextSink(sink);
  const nodes = new NodeText(tree);
  const { first, next } = childLists(tree);
  const weighs = nodesWithWeight(tree);
  /** The first of a list of siblings that weighs anything; 0 = none. */
  const from = (sibling: number): number => {
    while (sibling !== 0 && weighs[sibling] === 0) sibling = next[sibling]!;
    return sibling;
  };
  let text = `{${headerText(tree, header)},${nodes.fields(0, "all")}`;
  let node = 0;
  while (node >= 0) {
    const below = from(first[node]!);
    if (below !== 0) {
      text += `,"children":[{${nodes.fields(below)}`;
      node = below;
    } else {
      // Close this node, and every caller whose last it was, up to one that has another child.
      let beside = 0;
      while (node >= 0 && beside === 0) {
        text += "}";
        beside = node === 0 ? 0 : from(next[node]!);
        if (beside === 0) {
          node = tree.parent[node]!;
          if (node >= 0) text += "]";
        }
      }
      if (beside !== 0) {
        text += `,{${nodes.fields(beside)}`;
        node = beside;
      }
    }
    const wait = out.write(text);
    text = "";
    if (wait !== undefined) await wait;
  }
  await out.write("\n");
  await out.flush();
}

/** The members of one node's object. */
class NodeText {
  readonly #tree: FlameTree;
  /** Names as JSON, made when first needed. */
  readonly #quoted: (string | undefined)[] = [];

  constructor(tree: FlameTree) {
    this.#tree = tree;
  }

  fields(node: number, name?: string): string {
    const { total, self, sides } = this.#tree;
    const weight = numberText(total[node]!);
    const label = name === undefined ? this.#name(this.#tree.name[node]!) : JSON.stringify(name);
    const text = `"name":${label},"value":${weight},"total":${weight},"self":${numberText(self[node]!)}`;
    if (sides === undefined) return text;
    const base = sides.base.total[node]!;
    const head = sides.head.total[node]!;
    return `${text},"base":${numberText(base)},"head":${numberText(head)},"delta":${numberText(head - base)}`;
  }

  #name(row: number): string {
    let quoted = this.#quoted[row];
    if (quoted === undefined) {
      quoted = JSON.stringify(this.#tree.names.text(row));
      this.#quoted[row] = quoted;
    }
    return quoted;
  }
}

/** 1 for every node that has a weight of its own or below it, on either side. */
function nodesWithWeight({ length, parent, self, sides }: FlameTree): Uint8Array {
  const weighs = new Uint8Array(length);
  for (let node = length - 1; node > 0; node--) {
    const own =
      self[node] !== 0 ||
      (sides !== undefined && (sides.base.self[node] !== 0 || sides.head.self[node] !== 0));
    if (own) weighs[node] = 1;
    if (weighs[node] === 1) weighs[parent[node]!] = 1;
  }
  return weighs;
}

/** JSON has no word for what is not finite: sums of huge weights are written as the largest number. */
function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  if (Number.isNaN(value)) return "0";
  return String(value > 0 ? Number.MAX_VALUE : -Number.MAX_VALUE);
}

function headerText(tree: FlameTree, header: TreeHeader): string {
  const fields = {
    format: "flambeau-tree",
    version: 1,
    title: header.title,
    producer: header.producer,
    valueType: header.valueType,
    unit: tree.unit,
    notes: header.notes ?? [],
  };
  return JSON.stringify(fields).slice(1, -1);
}
