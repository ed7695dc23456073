import { openJson, readWhole } from "../../codec/json-document.ts";
import { jsonPaths } from "../../codec/json-shape.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import type { ByteSource } from "../../util/source.ts";
import type { Head, Reader, ReadOptions, Verdict } from "../reader.ts";
import { parseTree, type TreeHeader, TreeNodes } from "./nodes.ts";

const ID = "tree-json";

/** Roots by these names stand for everything, not for a function. */
const ROOTS: ReadonlySet<string> = new Set(["", "root", "all", "total"]);

/**
 * A flame graph's tree as nested objects: what our own writer of this name writes, and what d3-flame-graph draws
 * (`{name, value, children}`, or `n`, `v`, `c`), where `value` is the weight of a node with all below it.
 */
export const treeJsonReader: Reader = {
  id: ID,
  title: "JSON of the tree (d3-flame-graph)",
  priority: 830,
  extensions: [".json"],
  carries: {
    time: false,
    threads: false,
    labels: false,
    lines: false,
    inlined: false,
    severalValueTypes: false,
  },
  sniff,
  read,
};

function sniff(head: Head): Verdict {
  const paths = jsonPaths(head.bytes);
  if (!paths.has("{}")) return "no";
  if (paths.has("format") && /"format"\s*:\s*"flambeau-tree"/.test(head.text)) return "yes";
  const named = paths.has("name") && paths.has("value");
  const below = paths.has("children[].name") && paths.has("children[].value");
  const short = paths.has("c[].n") && paths.has("c[].v");
  return below || short || (named && paths.has("children")) ? "yes" : "no";
}

async function read(
  source: ByteSource,
  into: ProfileBuilder,
  notes: Notes,
  options: ReadOptions,
): Promise<void> {
  into.meta.format = ID;
  const json = openJson(source, ID, options);
  const nodes = new TreeNodes();
  const header: TreeHeader = { own: false, title: "", producer: "", typeName: "", unit: "" };
  await readWhole(
    json,
    notes,
    () => parseTree(json, into, header, nodes),
    () => nodes.length >= 2,
  );
  addSamples(nodes, header, into, notes);
  if (header.title !== "") into.meta.title = header.title;
  if (header.producer !== "") into.meta.producer = header.producer;
}

function addSamples(nodes: TreeNodes, header: TreeHeader, into: ProfileBuilder, notes: Notes): void {
  const stacks = stackRows(nodes, header, into);
  const sides = !Number.isNaN(nodes.base.at(0)) && !Number.isNaN(nodes.head.at(0));
  if (!sides) {
    const type = into.valueType(header.typeName || "weight", header.unit || "count");
    const self = selfWeights(nodes, nodes.value, notes);
    for (let row = 0; row < nodes.length; row++) {
      const given = nodes.self.at(row);
      const weight = Number.isFinite(given) ? given : self[row]!;
      if (weight !== 0) into.sampleOf(stacks[row]!, type, weight);
    }
    return;
  }
  const base = into.valueType("base", header.unit || "count");
  const head = into.valueType("head", header.unit || "count");
  into.meta.differential = { base, head };
  into.meta.defaultValueType = head;
  const baseSelf = selfWeights(nodes, nodes.base, notes);
  const headSelf = selfWeights(nodes, nodes.head, notes);
  for (let row = 0; row < nodes.length; row++) {
    if (baseSelf[row] !== 0 || headSelf[row] !== 0)
      into.sample(stacks[row]!, [baseSelf[row]!, headSelf[row]!]);
  }
}

/** The builder's stack of each node; -1 for a root that stands for everything. */
function stackRows(nodes: TreeNodes, header: TreeHeader, into: ProfileBuilder): Int32Array {
  const stacks = new Int32Array(nodes.length);
  for (let row = 0; row < nodes.length; row++) {
    const parent = nodes.parent.at(row);
    const name = nodes.name.at(row);
    if (parent < 0 && (header.own || ROOTS.has(into.text(name)))) {
      stacks[row] = -1;
      continue;
    }
    const frame = into.frame({ name: name || into.string("(unnamed)") });
    stacks[row] = into.stack(parent < 0 ? -1 : stacks[parent]!, frame);
  }
  return stacks;
}

/**
 * What a node weighs itself: its weight without its callees'. A node that says nothing weighs what its callees do; one
 * that says less than they do has nothing left, with a note.
 */
function selfWeights(nodes: TreeNodes, values: TreeNodes["value"], notes: Notes): Float64Array {
  const below = new Float64Array(nodes.length);
  const self = new Float64Array(nodes.length);
  for (let row = nodes.length - 1; row >= 0; row--) {
    const value = values.at(row);
    const total = Number.isFinite(value) ? value : below[row]!;
    const rest = total - below[row]!;
    // Sums of fractions are not exact.
    const isNothing = Math.abs(rest) <= Math.abs(total) * 1e-9;
    if (rest < 0 && total > 0 && !isNothing) {
      notes.add(
        "approximated",
        "less-than-callees",
        "A node weighs less than its callees together; it has no weight of its own.",
      );
    }
    self[row] = isNothing || (rest < 0 && total > 0) || !Number.isFinite(rest) ? 0 : rest;
    const parent = nodes.parent.at(row);
    if (parent >= 0) below[parent] = below[parent]! + total;
  }
  return self;
}
