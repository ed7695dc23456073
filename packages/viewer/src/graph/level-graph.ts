/** Texts behind one another: text `i` is `bytes[offsets[i] .. offsets[i + 1])`, UTF-8. */
export interface PackedTexts {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly offsets: Uint32Array<ArrayBuffer>;
}

/** The distinct names of a graph, in columns that can be posted. Row 0 is the empty name of the root. */
export interface GraphNames extends PackedTexts {
  readonly length: number;
  /** `FrameKind` of the frames behind each name. */
  readonly kind: Uint8Array<ArrayBuffer>;
  /** 1 where every frame behind the name was inlined. */
  readonly inlined: Uint8Array<ArrayBuffer>;
  /** Where each name's function is, as `file:line` or `file`; empty where not known. */
  readonly places?: PackedTexts;
}

/**
 * What is drawn: rectangles by level (row), and within a level from left to right, so that the children of one
 * rectangle are neighbours in the next level, and all that lies below a run of neighbours is one run per level.
 *
 * ```
 *   all 10 ─┬ a 7 ─┬ b 4      levels      0 | 1     | 3         6
 *           │      ├ c 1      rectangle   0 | 1  2  | 3  4  5
 *           │      └ d 1      name      all | a  e  | b  c  d
 *           └ e 3             x           0 | 0  7  | 1  5  6
 *                             firstChild  1 | 3  6  | 6  6  6  6
 * ```
 *
 * Only typed arrays and plain objects: a graph can be posted to and from a Worker, see {@link transferList}.
 */
export interface LevelGraph {
  /** How many rectangles; rectangle 0 is the root "all". */
  readonly length: number;
  /** Level `l` holds the rectangles `levels[l]` … `levels[l + 1] - 1`. */
  readonly levels: Int32Array<ArrayBuffer>;
  /** Left edge, in weight units from the root's left edge. Does not fall within a level, and neither do right edges. */
  readonly x: Float64Array<ArrayBuffer>;
  /** Weight, which is the width. Never negative. */
  readonly total: Float64Array<ArrayBuffer>;
  /** -1 for the root. */
  readonly parent: Int32Array<ArrayBuffer>;
  /** Children of `i`: `firstChild[i]` … `firstChild[i + 1] - 1`; `length + 1` entries. */
  readonly firstChild: Int32Array<ArrayBuffer>;
  /** Row of `names`. */
  readonly name: Uint32Array<ArrayBuffer>;
  readonly names: GraphNames;
  /** Totals of both sides of a differential. */
  readonly base?: Float64Array<ArrayBuffer>;
  readonly head?: Float64Array<ArrayBuffer>;
  /** Unit of the weights: "nanoseconds", "bytes", "samples". */
  readonly unit: string;
  /** What is measured in that unit, where there is a name for it. */
  readonly measured?: string;
  /** A flame chart: x is time, siblings may share a name and may have gaps between them. */
  readonly ordered: boolean;
}

/** How many rows a graph has. */
export function levelCount(graph: LevelGraph): number {
  return graph.levels.length - 1;
}

/** Every buffer of a graph, for `postMessage(graph, transferList(graph))`. The sender's graph is unusable after it. */
export function transferList(graph: LevelGraph): ArrayBuffer[] {
  const { names } = graph;
  const columns = [
    graph.levels,
    graph.x,
    graph.total,
    graph.parent,
    graph.firstChild,
    graph.name,
    graph.base,
    graph.head,
    names.bytes,
    names.offsets,
    names.kind,
    names.inlined,
    names.places?.bytes,
    names.places?.offsets,
  ];
  return [...new Set(columns.flatMap((column) => (column === undefined ? [] : [column.buffer])))];
}
