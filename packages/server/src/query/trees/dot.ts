import { PairInterner } from "@flambeau/core";
import type { NameTree } from "./name-tree.ts";
import { leastTotal } from "./node-limit.ts";

/** What a graph is of, for its title and numbers. */
export interface DotOptions {
  /** Functions to show: the heaviest. */
  readonly nodes: number;
  readonly title: string;
  /** A weight in words: "1.2 s". */
  readonly format: (weight: number) => string;
}

/** The call graph behind a tree: functions, and how much of the weight passes from one to another. */
interface CallGraph {
  readonly self: Float64Array;
  /** Once per sample, however often the function is on its stack. */
  readonly total: Float64Array;
  readonly calls: PairInterner;
  readonly callWeight: number[];
}

/**
 * Graphviz's DOT text of the functions and their calls, laid out as pprof does: a box per function, with its self
 * and total, larger with more self; an arrow per call, labelled with its weight.
 */
export function dotGraph(tree: NameTree, options: DotOptions): string {
  const everything = tree.total[0]!;
  const graph = callGraph(tree);
  const least = leastTotal(graph.total, options.nodes);
  const shown = (name: number) => name > 0 && graph.total[name]! >= least && graph.total[name]! > 0;
  const lines = [
    "digraph profile {",
    '  node [shape=box, style=filled, fillcolor="#f8f8f8", fontname="sans-serif"];',
    `  label=${quote(`${options.title}: ${options.format(everything)}`)}; labelloc=t;`,
  ];
  const share = (weight: number) =>
    everything > 0 ? `${((weight / everything) * 100).toFixed(1)} %` : "0 %";
  let left = 0;
  for (let name = 1; name < graph.total.length; name++) {
    if (!shown(name)) {
      if (graph.total[name]! > 0) left++;
      continue;
    }
    const self = graph.self[name]!;
    const total = graph.total[name]!;
    const size = (8 + 24 * Math.sqrt(everything > 0 ? self / everything : 0)).toFixed(1);
    const weights = `${options.format(self)} (${share(self)}) of ${options.format(total)} (${share(total)})`;
    lines.push(`  n${name} [label=${quote(`${tree.names.text(name)}\n${weights}`)}, fontsize=${size}];`);
  }
  const { a, b, length } = graph.calls.columns();
  for (let call = 0; call < length; call++) {
    if (!shown(a[call]!) || !shown(b[call]!)) continue;
    const weight = graph.callWeight[call]!;
    const width = (1 + 5 * (everything > 0 ? weight / everything : 0)).toFixed(2);
    lines.push(`  n${a[call]} -> n${b[call]} [label=${quote(options.format(weight))}, penwidth=${width}];`);
  }
  if (left > 0)
    lines.push(`  left_out [label=${quote(`${left} lighter functions are not shown`)}, shape=note];`);
  lines.push("}", "");
  return lines.join("\n");
}

function callGraph(tree: NameTree): CallGraph {
  let names = 1;
  for (const name of tree.name) names = Math.max(names, name + 1);
  const self = new Float64Array(names);
  const total = new Float64Array(names);
  const calls = new PairInterner();
  const callWeight: number[] = [];
  /** On the way from the root to the present node: how often each function, and each call, is on it. */
  const depthOfName = new Int32Array(names);
  const path: number[] = [];
  const callsOnPath = new Map<number, number>();
  const callOfNode = new Int32Array(tree.length).fill(-1);
  const enter = (node: number) => {
    const name = tree.name[node]!;
    self[name]! += tree.self[node]!;
    if (depthOfName[name]!++ === 0) total[name]! += tree.total[node]!;
    const caller = tree.parent[node]! > 0 ? tree.name[tree.parent[node]!]! : 0;
    if (caller === 0) return;
    const call = calls.add(caller, name);
    callOfNode[node] = call;
    const times = callsOnPath.get(call) ?? 0;
    callsOnPath.set(call, times + 1);
    if (times === 0) callWeight[call] = (callWeight[call] ?? 0) + tree.total[node]!;
    else callWeight[call] ??= 0;
  };
  const leave = (node: number) => {
    depthOfName[tree.name[node]!]!--;
    const call = callOfNode[node]!;
    if (call >= 0) callsOnPath.set(call, callsOnPath.get(call)! - 1);
  };
  for (const node of depthFirst(tree)) {
    while (path.length > 0 && path.at(-1) !== tree.parent[node]) leave(path.pop()!);
    enter(node);
    path.push(node);
  }
  return { self, total, calls, callWeight };
}

/** All nodes but the root, each before what is below it. */
function* depthFirst(tree: NameTree): Generator<number> {
  const first = new Int32Array(tree.length);
  const next = new Int32Array(tree.length);
  for (let node = tree.length - 1; node > 0; node--) {
    next[node] = first[tree.parent[node]!]!;
    first[tree.parent[node]!] = node;
  }
  const pending: number[] = [];
  if (first[0]) pending.push(first[0]);
  while (pending.length > 0) {
    const node = pending.pop()!;
    if (next[node]) pending.push(next[node]);
    if (first[node]) pending.push(first[node]);
    yield node;
  }
}

/** A string of DOT: quotes and backslashes escaped, line ends as centred breaks. */
function quote(text: string): string {
  return `"${text.replace(/[\\"]/g, "\\$&").replace(/\r?\n/g, "\\n")}"`;
}
