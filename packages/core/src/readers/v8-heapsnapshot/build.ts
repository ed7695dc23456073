import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { dominatorsOf } from "./dominators.ts";
import type { Graph } from "./graph.ts";
import type { Snapshot } from "./snapshot.ts";

/** How many of a text's characters make a frame's name: names of objects are short, contents of the page are not. */
const LONGEST_NAME = 200;
/** Types of nodes that go by their type, whatever their name says. Their names are contents or nothing. */
const BY_TYPE: ReadonlyMap<string, string> = new Map([
  ["string", "(string)"],
  ["concatenated string", "(concatenated string)"],
  ["sliced string", "(sliced string)"],
  ["code", "(compiled code)"],
  ["regexp", "RegExp"],
  ["number", "(number)"],
  ["symbol", "(symbol)"],
  ["bigint", "(bigint)"],
  ["object shape", "(object shape)"],
]);
/** An edge of a WeakMap's table or key to the value: of the two only the key's counts. */
const WEAK_MAP = / \/ part of key \(.*? @\d+\) -> value \(.*? @\d+\) pair in WeakMap \(table @(\d+)\)$/;

/** Says which texts are of use: names of nodes that are shown, names of internal edges, names of functions. */
export function neededTexts(snapshot: Snapshot): (text: number) => boolean {
  const { meta } = snapshot;
  const nodeWidth = meta.nodeFields.length;
  const edgeWidth = meta.edgeFields.length;
  if (snapshot.nodes.length === 0 || nodeWidth === 0 || edgeWidth === 0) return () => true;
  const needed = new Set<number>();
  const nodes = snapshot.nodes.flat();
  const [typeAt, nameAt] = [snapshot.nodeField("type"), snapshot.nodeField("name")];
  for (let at = 0; at + nodeWidth <= nodes.length; at += nodeWidth) {
    if (!BY_TYPE.has(meta.nodeTypes[nodes[at + typeAt]!] ?? "")) needed.add(nodes[at + nameAt]!);
  }
  const edges = snapshot.edges.flat();
  const [edgeTypeAt, edgeNameAt] = [snapshot.edgeField("type"), snapshot.edgeField("name_or_index")];
  const internal = meta.edgeTypes.indexOf("internal");
  for (let at = 0; at + edgeWidth <= edges.length; at += edgeWidth) {
    if (edges[at + edgeTypeAt] === internal) needed.add(edges[at + edgeNameAt]!);
  }
  const functions = snapshot.functions.flat();
  const texts = ["name", "script_name"].map((field) => meta.functionFields.indexOf(field));
  const width = meta.functionFields.length;
  for (let at = 0; width > 0 && at + width <= functions.length; at += width) {
    for (const place of texts) if (place >= 0) needed.add(functions[at + place]!);
  }
  return (text) => needed.has(text);
}

/** Names of the nodes as frames. */
class NodeFrames {
  readonly #graph: Graph;
  readonly #snapshot: Snapshot;
  readonly #into: ProfileBuilder;
  readonly #frames = new Map<string, number>();

  constructor(graph: Graph, snapshot: Snapshot, into: ProfileBuilder) {
    this.#graph = graph;
    this.#snapshot = snapshot;
    this.#into = into;
  }

  frame(node: number): number {
    const name = this.#name(node);
    let frame = this.#frames.get(name);
    if (frame === undefined) {
      frame = this.#into.frameNamed(name);
      this.#frames.set(name, frame);
    }
    return frame;
  }

  /** The name of an object's constructor, or what kind of thing it is, as DevTools has them. */
  #name(node: number): string {
    const type = this.#graph.types[this.#graph.type[node]!] ?? "";
    const fixed = BY_TYPE.get(type);
    if (fixed !== undefined) return fixed;
    const name = (this.#snapshot.strings.get(this.#graph.name[node]!) ?? "").slice(0, LONGEST_NAME);
    if (type === "closure") return name === "" ? "Function" : `Function ${name}`;
    if (type === "array") return name.startsWith("(") ? name : "(array)";
    // An element of a page with its attributes: the tag is enough.
    if (type === "native" && name.startsWith("<")) return `${name.split(" ", 1)[0]!.replace(/>$/, "")}>`;
    return name === "" ? `(${type === "" ? "unknown" : type})` : name;
  }
}

/** Adds every object's size, under those that keep it alive; and, where the file says, under those that allocated it. */
export function buildProfile(snapshot: Snapshot, graph: Graph, into: ProfileBuilder, notes: Notes): void {
  const frames = new NodeFrames(graph, snapshot, into);
  const space = into.valueType("space", "bytes");
  const objects = into.valueType("objects", "count");
  into.meta.defaultValueType = space;
  const { order, dominator, unreachable } = dominatorsOf(graph, weakMapEdges(graph, snapshot));
  const stacks = new Int32Array(graph.length);
  stacks[0] = -1;
  const hasTraces = graph.trace?.some((id) => id !== 0) === true && snapshot.trace.id.length > 0;
  const live = hasTraces
    ? [into.valueType("inuse_space", "bytes"), into.valueType("inuse_objects", "count")]
    : [];
  const sums = new Map<number, [size: number, count: number]>();
  // Dominators come after what they dominate: backwards, each node finds its dominator's stack.
  for (let place = graph.length - 1; place >= 0; place--) {
    const node = order[place]!;
    if (node !== 0) stacks[node] = into.stack(stacks[dominator[node]!]!, frames.frame(node));
    const sum = sums.get(stacks[node]!);
    if (sum === undefined) sums.set(stacks[node]!, [graph.size[node]!, node === 0 ? 0 : 1]);
    else {
      sum[0] += graph.size[node]!;
      sum[1]++;
    }
  }
  for (const [stack, [size, count]] of sums) {
    const weights = new Float64Array(into.valueTypes.length);
    weights[space] = size;
    weights[objects] = count;
    if (stack >= 0 || size > 0) into.sample(stack, weights);
  }
  if (hasTraces) addTraces(snapshot, graph, frames, into, live);
  if (snapshot.extraNativeBytes > 0) {
    into.sampleOf(into.stack(-1, into.frameNamed("(extra native bytes)")), space, snapshot.extraNativeBytes);
  }
  remark(graph, unreachable, notes);
}

function remark(graph: Graph, unreachable: number, notes: Notes): void {
  notes.add(
    "information",
    "dominators",
    "Below an object stands what only it keeps alive (its total is its retained size), not what called it.",
  );
  if (unreachable > 0) {
    const text = "An object is kept alive by nothing but weak references: it stands at the root.";
    notes.add("information", "only-weak", text, undefined, unreachable);
  }
  if (graph.dangling > 0) {
    const text = "A reference leads to no object: it was left out.";
    notes.add("skipped", "dangling-edge", text, undefined, graph.dangling);
  }
}

/** Of the two edges to a WeakMap's value (from the key, and from the table) that of the table does not count. */
function weakMapEdges(graph: Graph, snapshot: Snapshot): (node: number, edge: number) => boolean {
  const width = snapshot.meta.nodeFields.length;
  const idAt = snapshot.meta.nodeFields.indexOf("id");
  const tables = new Map<number, number>();
  for (const [text, name] of snapshot.strings) {
    const table = name.endsWith(")") ? WEAK_MAP.exec(name)?.[1] : undefined;
    if (table !== undefined) tables.set(text, Number(table));
  }
  if (tables.size === 0 || idAt < 0) return () => false;
  return (node, edge) => {
    const name = graph.edgeName[edge]!;
    return name >= 0 && tables.has(name) && tables.get(name) === snapshot.nodes.at(node * width + idAt);
  };
}

/** Objects by the stack that allocated them: those alive, and all that were ever allocated there. */
function addTraces(
  snapshot: Snapshot,
  graph: Graph,
  frames: NodeFrames,
  into: ProfileBuilder,
  [liveSpace = 0, liveObjects = 0]: readonly number[],
): void {
  const { trace } = snapshot;
  const allocSpace = into.valueType("alloc_space", "bytes");
  const allocObjects = into.valueType("alloc_objects", "count");
  const stackOf = new Map<number, number>();
  const stacks = new Int32Array(trace.id.length);
  for (let row = 0; row < trace.id.length; row++) {
    const parent = trace.parent.at(row);
    // The tree's own root is no function.
    stacks[row] =
      parent < 0 ? -1 : into.stack(stacks[parent]!, functionFrame(snapshot, trace.fn.at(row), into));
    stackOf.set(trace.id.at(row), stacks[row]!);
    const weights = new Float64Array(into.valueTypes.length);
    weights[allocSpace] = Math.max(0, trace.size.at(row));
    weights[allocObjects] = Math.max(0, trace.count.at(row));
    if (weights[allocObjects]! > 0) into.sample(stacks[row]!, weights);
  }
  const sums = new Map<number, [size: number, count: number]>();
  for (let node = 1; node < graph.length; node++) {
    const stack = stackOf.get(graph.trace![node]!);
    if (stack === undefined || graph.size[node] === 0) continue;
    const place = into.stack(stack, frames.frame(node));
    const sum = sums.get(place);
    if (sum === undefined) sums.set(place, [graph.size[node]!, 1]);
    else {
      sum[0] += graph.size[node]!;
      sum[1]++;
    }
  }
  for (const [stack, [size, count]] of sums) {
    const weights = new Float64Array(into.valueTypes.length);
    weights[liveSpace] = size;
    weights[liveObjects] = count;
    into.sample(stack, weights);
  }
}

function functionFrame(snapshot: Snapshot, index: number, into: ProfileBuilder): number {
  const { functionFields } = snapshot.meta;
  const at = index * functionFields.length;
  const field = (name: string): number => {
    const place = functionFields.indexOf(name);
    return place < 0 || at < 0 || at + place >= snapshot.functions.length
      ? 0
      : snapshot.functions.at(at + place);
  };
  const number = (name: string): number => (field(name) > 0 && field(name) < 2 ** 31 ? field(name) : 0);
  return into.frame({
    name: into.string(snapshot.strings.get(field("name")) || "(anonymous)"),
    file: into.string(snapshot.strings.get(field("script_name")) ?? ""),
    line: number("line"),
    column: number("column"),
  });
}
