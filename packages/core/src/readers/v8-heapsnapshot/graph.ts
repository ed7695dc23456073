import { FlambeauError } from "../../util/errors.ts";
import { FORMAT, type Snapshot } from "./snapshot.ts";

/** The heap as a graph: nodes by row, edges in the order of the nodes that they leave. */
export interface Graph {
  readonly length: number;
  /** Number of a node's type, and the types' names. */
  readonly type: Uint8Array;
  readonly types: readonly string[];
  /** Number of the node's name among the texts. */
  readonly name: Int32Array;
  readonly size: Float64Array;
  /** Node of the trace tree where the object was allocated; 0: not known. Undefined: the file does not say. */
  readonly trace: Float64Array | undefined;
  /** Edges of node i that keep their target alive: `[first[i], first[i + 1])`. */
  readonly first: Uint32Array;
  readonly target: Int32Array;
  /** Number of the edge's name among the texts, where it is an internal one; -1 for others. */
  readonly edgeName: Int32Array;
  /** Edges that lead nowhere. */
  readonly dangling: number;
}

/** Brings the flat lists into columns, and checks them. */
export function graphOf(snapshot: Snapshot): Graph {
  const { meta } = snapshot;
  const width = meta.nodeFields.length;
  const place = {
    type: snapshot.nodeField("type"),
    name: snapshot.nodeField("name"),
    size: snapshot.nodeField("self_size"),
    edges: snapshot.nodeField("edge_count"),
    trace: meta.nodeFields.indexOf("trace_node_id"),
  };
  const nodes = snapshot.nodes.flat();
  const length = Math.floor(nodes.length / width);
  if (length === 0) {
    throw new FlambeauError("malformed", "the snapshot has no nodes", { format: FORMAT });
  }
  const type = new Uint8Array(length);
  const name = new Int32Array(length);
  const size = new Float64Array(length);
  const trace = place.trace < 0 ? undefined : new Float64Array(length);
  for (let row = 0, at = 0; row < length; row++, at += width) {
    type[row] = nodes[at + place.type]!;
    name[row] = nodes[at + place.name]!;
    size[row] = Math.max(0, nodes[at + place.size]!);
    if (trace !== undefined) trace[row] = nodes[at + place.trace]!;
  }
  const counts = (row: number): number => nodes[row * width + place.edges]!;
  return {
    length,
    type,
    types: meta.nodeTypes,
    name,
    size,
    trace,
    ...edgesOf(snapshot, length, width, counts),
  };
}

type Edges = Pick<Graph, "first" | "target" | "edgeName" | "dangling">;

/** Only what keeps its target alive: weak edges do not, and shortcuts only those of the root. */
function edgesOf(
  snapshot: Snapshot,
  length: number,
  nodeWidth: number,
  counts: (row: number) => number,
): Edges {
  const { meta } = snapshot;
  const width = meta.edgeFields.length;
  const typeAt = snapshot.edgeField("type");
  const nameAt = snapshot.edgeField("name_or_index");
  const targetAt = snapshot.edgeField("to_node");
  const weak = meta.edgeTypes.indexOf("weak");
  const shortcut = meta.edgeTypes.indexOf("shortcut");
  const internal = meta.edgeTypes.indexOf("internal");
  const edges = snapshot.edges.flat();
  const all = Math.floor(edges.length / width);
  const first = new Uint32Array(length + 1);
  const target = new Int32Array(all);
  const edgeName = new Int32Array(all);
  let kept = 0;
  let dangling = 0;
  let edge = 0;
  for (let row = 0; row < length; row++) {
    first[row] = kept;
    const end = Math.min(all, edge + Math.max(0, counts(row)));
    for (; edge < end; edge++) {
      const at = edge * width;
      const to = edges[at + targetAt]! / nodeWidth;
      const type = edges[at + typeAt]!;
      if (!Number.isInteger(to) || to < 0 || to >= length) dangling++;
      else if (type !== weak && (type !== shortcut || row === 0) && to !== row) {
        target[kept] = to;
        edgeName[kept++] = type === internal ? edges[at + nameAt]! : -1;
      }
    }
  }
  first[length] = kept;
  return { first, target: target.subarray(0, kept), edgeName: edgeName.subarray(0, kept), dangling };
}
