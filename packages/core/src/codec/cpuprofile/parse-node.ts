import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { JsonKeys, type JsonReader, NumberColumn, Patience } from "../json.ts";
import { type JsonRows, RowLayout, RowTexts } from "../json-rows.ts";
import { AlObject } from "./al.ts";
import type { CpuProfileFile } from "./file.ts";
import type { NodeTable } from "./nodes.ts";

/** Frame fields stand in `callFrame`; in the old form beside the others. */
const KEYS = new JsonKeys(
  "id",
  "callFrame",
  "hitCount",
  "selfSize",
  "children",
  "parent",
  "positionTicks",
  "deoptReason",
  "functionName",
  "url",
  "lineNumber",
  "columnNumber",
  "applicationDefinition",
  "objectType",
  "objectName",
);
/** The same for many nodes at once; what only Business Central has goes the general way. */
const LAYOUT = new RowLayout(
  ["id", "number", "outer"],
  ["hitCount", "number"],
  ["selfSize", "number"],
  ["children", "list", "outer"],
  ["parent", "number"],
  ["positionTicks", "place"],
  ["deoptReason", "place"],
  ["functionName", "text"],
  ["url", "text"],
  ["lineNumber", "number"],
  ["columnNumber", "number"],
  ["callFrame", "object"],
  ["applicationDefinition", "general"],
  ["objectType", "general"],
  ["objectName", "general"],
);
/** The same for nested nodes; members of the old form, which stand beside the others, go the general way. */
const NESTED_LAYOUT = new RowLayout(
  ["id", "number", "outer"],
  ["hitCount", "number", "outer"],
  ["selfSize", "number", "outer"],
  ["objectType", "general"],
  ["parent", "general"],
  ["positionTicks", "general"],
  ["deoptReason", "general"],
  ["functionName", "text", "inner"],
  ["url", "text", "inner"],
  ["lineNumber", "number", "inner"],
  ["columnNumber", "number", "inner"],
  ["applicationDefinition", "general"],
  ["objectName", "general"],
  ["callFrame", "object"],
  ["children", "nested"],
);
/** Columns of the layouts. */
const Column = {
  id: 0,
  hitCount: 1,
  selfSize: 2,
  children: 3,
  parent: 4,
  positionTicks: 5,
  deoptReason: 6,
  functionName: 7,
  url: 8,
  lineNumber: 9,
  columnNumber: 10,
} as const;

const TICK = new JsonKeys("line");
type NodeKey = Exclude<ReturnType<typeof KEYS.find>, "">;

/** Highest line or column taken for real. */
const MAX_LINE = 0x7fffffff;

/** What is known of the node being read; goes into the table when the node is complete. */
interface Draft {
  id: number;
  parentId: number;
  hits: number;
  file: number;
  line: number;
  column: number;
  /** The one line of `positionTicks`; 0: there is none, -1: there are several. */
  tickLine: number;
  deoptimised: boolean;
}

/** Reads nodes, listed (`nodes`) or nested in each other (`head`), into the node table. */
export class NodeParser {
  readonly #json: JsonReader;
  readonly #file: CpuProfileFile;
  readonly #nodes: NodeTable;
  readonly #builder: ProfileBuilder;
  readonly #notes: Notes;
  readonly #draft: Draft = {
    id: Number.NaN,
    parentId: Number.NaN,
    hits: 0,
    file: 0,
    line: Number.NaN,
    column: Number.NaN,
    tickLine: 0,
    deoptimised: false,
  };
  readonly #children: NumberColumn = new NumberColumn();
  readonly #al = new AlObject();
  readonly #texts: RowTexts;
  /** Bytes of the function's name: kept apart, because an object name may come after it. */
  #functionName = 0;

  constructor(json: JsonReader, file: CpuProfileFile, builder: ProfileBuilder, notes: Notes) {
    this.#json = json;
    this.#file = file;
    this.#nodes = file.nodes;
    this.#builder = builder;
    this.#notes = notes;
    this.#texts = new RowTexts(builder);
  }

  /** `[{node}, {node}, …]` */
  async list(): Promise<void> {
    await this.#json.rows(
      LAYOUT,
      (rows) => {
        for (let row = 0; row < rows.length; row++) this.#row(rows, row);
        this.#nodes.expect(this.#json.expected(this.#nodes.length));
      },
      () => this.node(),
    );
  }

  #row(rows: JsonRows, row: number): void {
    const draft = this.#draft;
    const offset = rows.offset(row);
    this.#takeFrame(rows, row);
    draft.parentId = rows.number(row, Column.parent, Number.NaN);
    if (rows.has(row, Column.positionTicks)) this.#revisit(rows, row, "positionTicks");
    if (rows.has(row, Column.deoptReason)) this.#revisit(rows, row, "deoptReason");
    const at = this.#nodes.add(-1, offset);
    const children = rows.list(row, Column.children);
    for (let i = 0; i < children.length; i++) this.#addChild(at, children[i]!);
    this.#commit(at);
  }

  /** What listed and nested nodes have in common, into the draft. */
  #takeFrame(rows: JsonRows, row: number): void {
    const draft = this.#draft;
    this.#reset();
    draft.id = rows.number(row, Column.id, Number.NaN);
    draft.hits = rows.number(row, rows.has(row, Column.selfSize) ? Column.selfSize : Column.hitCount, 0);
    draft.line = rows.number(row, Column.lineNumber, Number.NaN);
    draft.column = rows.number(row, Column.columnNumber, Number.NaN);
    this.#functionName = this.#texts.string(rows, rows.text(row, Column.functionName));
    draft.file = this.#texts.string(rows, rows.text(row, Column.url));
  }

  /** Nodes on any level below the `open` ones; true where there were any, or ends of lists. */
  #nestedRows(open: number[]): boolean {
    const depth = this.#json.nestedRows(NESTED_LAYOUT, open.length, (rows) => {
      for (let row = 0; row < rows.length; row++) {
        this.#takeFrame(rows, row);
        cutTo(open, rows.depth(row));
        const node = this.#nodes.add(open.at(-1)!, rows.offset(row));
        this.#commit(node);
        open.push(node);
      }
      this.#nodes.expect(this.#json.expected(this.#nodes.length));
    });
    if (depth === undefined) return false;
    cutTo(open, depth);
    return true;
  }

  #revisit(rows: JsonRows, row: number, key: "positionTicks" | "deoptReason"): void {
    this.#json.revisit(rows.place(row, Column[key]), () => this.#member(key));
  }

  #addChild(row: number, id: number): void {
    this.#nodes.edgeFrom.push(row);
    this.#nodes.edgeTo.push(id);
  }

  /** One listed node, within a step. */
  node(): void {
    const json = this.#json;
    const offset = json.offset;
    this.#reset();
    json.enterObject();
    for (let key = json.nextKey(KEYS); key !== undefined; key = json.nextKey(KEYS)) {
      if (key === "") json.skipValue();
      else if (key === "children") this.#childIds();
      else this.#member(key);
    }
    this.#commit(this.#nodes.add(-1, offset));
  }

  /**
   * The old form: `{node, children: [{node, children: […]}]}`, as deep as the stacks. A step is one member, so
   * that neither our own stack nor the buffer grows with the depth; the open nodes wait in a list.
   */
  async tree(): Promise<void> {
    const json = this.#json;
    this.#file.nested = true;
    const open: number[] = [];
    const enter = (): void => {
      const offset = json.offset;
      json.enterObject();
      this.#reset();
      open.push(this.#nodes.add(open.at(-1) ?? -1, offset));
    };
    await json.run(() => {
      if (!json.null()) enter();
      return false;
    });
    let inList = false;
    const wait = new Patience();
    await json.run(() => {
      if (open.length === 0) return false;
      if (inList) {
        if (wait.over()) wait.next(this.#nestedRows(open));
        if (json.nextElement()) {
          enter();
          inList = false;
        } else {
          inList = false;
        }
        return true;
      }
      const key = json.nextKey(KEYS);
      if (key === undefined) {
        open.pop();
        inList = open.length > 0;
      } else if (key === "children") {
        if (!json.null()) {
          json.enterArray();
          inList = true;
        }
      } else if (key === "") json.skipValue();
      else {
        this.#reset();
        this.#member(key);
        this.#merge(open.at(-1)!, key);
      }
      return true;
    });
  }

  #reset(): void {
    const draft = this.#draft;
    draft.id = draft.parentId = draft.line = draft.column = Number.NaN;
    draft.hits = draft.file = 0;
    draft.tickLine = 0;
    draft.deoptimised = false;
    this.#children.clear();
    this.#al.clear();
    this.#functionName = 0;
  }

  /** Reads one member's value into the draft. */
  #member(key: NodeKey): void {
    const json = this.#json;
    const draft = this.#draft;
    switch (key) {
      case "id":
        draft.id = json.number();
        break;
      case "parent":
        draft.parentId = json.number();
        break;
      case "hitCount":
      case "selfSize":
        draft.hits = json.number();
        break;
      case "callFrame":
      case "applicationDefinition":
        this.#object();
        break;
      case "functionName":
        json.string();
        this.#functionName = this.#builder.stringBytes(json.spanBytes, json.spanStart, json.spanEnd);
        break;
      case "url":
        json.string();
        draft.file = this.#builder.stringBytes(json.spanBytes, json.spanStart, json.spanEnd);
        break;
      case "lineNumber":
        draft.line = json.number();
        break;
      case "columnNumber":
        draft.column = json.number();
        break;
      case "objectType":
        this.#al.type = json.text();
        break;
      case "objectName":
        this.#al.name = json.text();
        break;
      case "positionTicks":
        draft.tickLine = this.#tickLine();
        break;
      case "deoptReason":
        json.string();
        draft.deoptimised = json.spanEnd > json.spanStart && json.spanText() !== "no reason";
        break;
      case "children":
        json.skipValue();
    }
  }

  /** `callFrame` or `applicationDefinition`: their members, but no object within. */
  #object(): void {
    const json = this.#json;
    if (json.null()) return;
    json.enterObject();
    for (let key = json.nextKey(KEYS); key !== undefined; key = json.nextKey(KEYS)) {
      if (key === "" || key === "callFrame" || key === "applicationDefinition" || key === "id")
        json.skipValue();
      else this.#member(key);
    }
  }

  #childIds(): void {
    const json = this.#json;
    this.#children.clear();
    if (!json.null()) json.numbersWithin(this.#children);
  }

  /** `[{"line": 12, "ticks": 3}, …]`: the line, where all of them name the same. */
  #tickLine(): number {
    const json = this.#json;
    if (json.null()) return 0;
    json.enterArray();
    let only = 0;
    while (json.nextElement()) {
      let line = -1;
      if (json.peek() === 0x7b) {
        json.enterObject();
        for (let key = json.nextKey(TICK); key !== undefined; key = json.nextKey(TICK)) {
          if (key === "line") line = json.numberOr(-1);
          else json.skipValue();
        }
      } else json.skipValue();
      only = only === 0 || only === line ? line : -1;
    }
    return only;
  }

  /** Writes the whole draft into a row. */
  #commit(row: number): void {
    const nodes = this.#nodes;
    const draft = this.#draft;
    nodes.id[row] = draft.id;
    if (!Number.isNaN(draft.parentId)) {
      nodes.calleeOf.push(row);
      nodes.callerId.push(draft.parentId);
    }
    nodes.hits[row] = this.#hits(draft.hits, nodes.offset[row]!);
    nodes.file[row] = draft.file;
    // Lines count from 0 here; -1 means none.
    nodes.line[row] = position(draft.line + 1);
    nodes.column[row] = position(draft.column + 1);
    nodes.name[row] = this.#name();
    for (let i = 0; i < this.#children.length; i++) this.#addChild(row, this.#children.at(i));
    // Ticks of the frame's own line say what the samples say.
    if (draft.tickLine !== 0 && draft.tickLine !== nodes.line[row]) this.#noteLineTicks(nodes.offset[row]!);
    if (draft.deoptimised) this.#noteDeoptimised(nodes.offset[row]!);
  }

  /** Writes the one member that the draft holds into an open node of the old form. */
  #merge(row: number, key: NodeKey): void {
    const nodes = this.#nodes;
    const draft = this.#draft;
    if (key === "id") nodes.id[row] = draft.id;
    else if (key === "hitCount" || key === "selfSize")
      nodes.hits[row] = this.#hits(draft.hits, nodes.offset[row]!);
    else if (key === "url") nodes.file[row] = draft.file;
    // The old form counts lines from 1; 0 means none.
    else if (key === "lineNumber") nodes.line[row] = position(draft.line);
    else if (key === "columnNumber") nodes.column[row] = position(draft.column);
    else if (key === "functionName") nodes.name[row] = this.#functionName;
    else if (key === "callFrame") {
      nodes.file[row] = draft.file;
      nodes.name[row] = this.#functionName;
      nodes.line[row] = position(draft.line + 1);
      nodes.column[row] = position(draft.column + 1);
    }
    if (draft.tickLine !== 0) this.#noteLineTicks(nodes.offset[row]!);
    if (draft.deoptimised) this.#noteDeoptimised(nodes.offset[row]!);
  }

  #name(): number {
    if (this.#al.type === undefined && this.#al.name === undefined) return this.#functionName;
    this.#file.al = true;
    const name = this.#al.qualify(this.#builder.text(this.#functionName));
    return name === undefined ? this.#functionName : this.#builder.string(name);
  }

  #hits(hits: number, offset: number): number {
    if (Number.isFinite(hits)) return hits;
    this.#notes.add("skipped", "not-finite", "A weight that is not a finite number was left out.", {
      offset,
    });
    return 0;
  }

  #noteLineTicks(offset: number): void {
    this.#notes.add(
      "skipped",
      "line-ticks",
      "A node's samples per line (positionTicks) are not part of this profile: V8 counts them per node, not per " +
        "sample; frames keep the line where their function begins.",
      { offset },
    );
  }

  #noteDeoptimised(offset: number): void {
    this.#notes.add(
      "information",
      "deoptimised",
      "V8 gave up an optimised version of this function (deoptReason); the reason is not kept.",
      { offset },
    );
  }
}

/** A line or column from 1, or 0 where it is none. */
function position(value: number): number {
  return value >= 1 && value <= MAX_LINE ? Math.floor(value) : 0;
}

/** Takes away what is open beyond `depth`. To set the list's length would be slow. */
function cutTo(open: number[], depth: number): void {
  while (open.length > depth) open.pop();
}
