import { grown, roomFor } from "../../util/growable.ts";
import { NumberColumn } from "../json.ts";

/**
 * The call tree as the file lists it: a row per node, in file order. Who calls whom is known only at the end,
 * because `children` names ids of nodes that come later, or, in a file that lies, never.
 */
export class NodeTable {
  length = 0;
  #expected = 0;
  /** The file's own id, with which samples and `children` name a node. NaN: the node has none. */
  id: Float64Array = new Float64Array(256);
  /** String ids of the builder. */
  name: Int32Array = new Int32Array(256);
  file: Int32Array = new Int32Array(256);
  /** From 1; 0 = not known. */
  line: Int32Array = new Int32Array(256);
  column: Int32Array = new Int32Array(256);
  /** Samples that ended in this node; in a heap profile, bytes that it allocated itself. */
  hits: Float64Array = new Float64Array(256);
  /** Row of the caller where the file nests nodes; else -1. */
  nestedIn: Int32Array = new Int32Array(256);
  /** Offset of the node in the file, for notes. */
  offset: Float64Array = new Float64Array(256);
  /** `children`: row of the caller and id of the callee, one pair per entry. */
  readonly edgeFrom: NumberColumn = new NumberColumn();
  readonly edgeTo: NumberColumn = new NumberColumn();
  /** `parent`: row of the callee and id of the caller, where a node names it. */
  readonly calleeOf: NumberColumn = new NumberColumn();
  readonly callerId: NumberColumn = new NumberColumn();

  /** Tells how many rows there may be in the end: when there must be more room, it is made for as many. */
  expect(rows: number): void {
    this.#expected = rows;
  }

  /** A new row with nothing known. */
  add(nestedIn: number, offset: number): number {
    const row = this.length++;
    if (row >= this.id.length) this.#grow(row + 1);
    this.id[row] = Number.NaN;
    this.name[row] = this.file[row] = this.line[row] = this.column[row] = this.hits[row] = 0;
    this.nestedIn[row] = nestedIn;
    this.offset[row] = offset;
    return row;
  }

  #grow(least: number): void {
    const needed = roomFor(least, this.length, this.#expected);
    this.id = grown(this.id, needed);
    this.name = grown(this.name, needed);
    this.file = grown(this.file, needed);
    this.line = grown(this.line, needed);
    this.column = grown(this.column, needed);
    this.hits = grown(this.hits, needed);
    this.nestedIn = grown(this.nestedIn, needed);
    this.offset = grown(this.offset, needed);
  }
}

/** Row of each node id: an array where the ids are small, as V8 writes them, else a map. */
export class NodeIds {
  readonly #dense: Int32Array;
  readonly #sparse = new Map<number, number>();

  /** `onDuplicate` is told of a row whose id an earlier row has; the earlier one keeps it. */
  constructor(nodes: NodeTable, onDuplicate: (row: number) => void) {
    this.#dense = new Int32Array(nodes.length * 4 + 64);
    for (let row = 0; row < nodes.length; row++) {
      const id = nodes.id[row]!;
      if (Number.isNaN(id)) continue;
      if (this.row(id) >= 0) onDuplicate(row);
      else if (this.#isDense(id)) this.#dense[id] = row + 1;
      else this.#sparse.set(id, row);
    }
  }

  /** Row of the node with this id, or -1. */
  row(id: number): number {
    return this.#isDense(id) ? this.#dense[id]! - 1 : (this.#sparse.get(id) ?? -1);
  }

  #isDense(id: number): boolean {
    return id >= 0 && id < this.#dense.length && Number.isInteger(id);
  }
}
