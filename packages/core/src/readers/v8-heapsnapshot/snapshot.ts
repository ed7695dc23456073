import { JsonKeys, type JsonReader, NumberColumn } from "../../codec/json.ts";
import { FlambeauError } from "../../util/errors.ts";

/** Id of the reader. */
export const FORMAT = "v8-heapsnapshot";

/** Names of the numbers that each node, edge, function and node of the trace tree has, in their order. */
interface Meta {
  nodeFields: readonly string[];
  nodeTypes: readonly string[];
  edgeFields: readonly string[];
  edgeTypes: readonly string[];
  functionFields: readonly string[];
  traceFields: readonly string[];
}

/** The trace tree: where objects were allocated, as the file lists it (parents first). */
export interface TraceNodes {
  readonly id: NumberColumn;
  /** Row of the parent; -1: a root. */
  readonly parent: NumberColumn;
  readonly fn: NumberColumn;
  readonly count: NumberColumn;
  readonly size: NumberColumn;
}

/** What a file holds, as columns. */
export class Snapshot {
  meta: Meta = {
    nodeFields: [],
    nodeTypes: [],
    edgeFields: [],
    edgeTypes: [],
    functionFields: [],
    traceFields: [],
  };
  extraNativeBytes = 0;
  readonly nodes: NumberColumn = new NumberColumn();
  readonly edges: NumberColumn = new NumberColumn();
  readonly functions: NumberColumn = new NumberColumn();
  readonly trace: TraceNodes = {
    id: new NumberColumn(),
    parent: new NumberColumn(),
    fn: new NumberColumn(),
    count: new NumberColumn(),
    size: new NumberColumn(),
  };
  /** Texts by number; those that nothing needs are left out. */
  readonly strings: Map<number, string> = new Map();

  /** Place of a field among the numbers of a node; an error where the file does not have it. */
  nodeField(name: string): number {
    return placeOf(this.meta.nodeFields, name);
  }

  edgeField(name: string): number {
    return placeOf(this.meta.edgeFields, name);
  }
}

function placeOf(fields: readonly string[], name: string): number {
  const place = fields.indexOf(name);
  if (place >= 0) return place;
  throw new FlambeauError("malformed", `the snapshot's description lacks the field "${name}"`, {
    format: FORMAT,
  });
}

const KEYS = new JsonKeys("snapshot", "nodes", "edges", "trace_function_infos", "trace_tree", "strings");
const SNAPSHOT = new JsonKeys("meta", "extra_native_bytes");
const META = new JsonKeys(
  "node_fields",
  "node_types",
  "edge_fields",
  "edge_types",
  "trace_function_info_fields",
  "trace_node_fields",
);

/** Reads the members of the file; `needed` says which texts are wanted once the nodes and edges are known. */
export async function parseSnapshot(
  json: JsonReader,
  into: Snapshot,
  needed: () => (text: number) => boolean,
): Promise<void> {
  await json.take(() => json.enterObject());
  for (;;) {
    const key = await json.take(() => json.nextKey(KEYS));
    if (key === undefined) return;
    const byte = await json.take(() => json.peek());
    if (key === "snapshot" && byte === 0x7b) await json.take(() => parseHead(json, into));
    else if (byte !== 0x5b) await json.skip();
    else if (key === "nodes") await json.numbers(into.nodes, 0);
    else if (key === "edges") await json.numbers(into.edges, 0);
    else if (key === "trace_function_infos") await json.numbers(into.functions, 0);
    else if (key === "trace_tree") await parseTrace(json, into);
    else if (key === "strings") await parseStrings(json, into, needed());
    else await json.skip();
  }
}

function parseHead(json: JsonReader, into: Snapshot): void {
  json.enterObject();
  for (let key = json.nextKey(SNAPSHOT); key !== undefined; key = json.nextKey(SNAPSHOT)) {
    if (key === "meta" && json.peek() === 0x7b) into.meta = parseMeta(json);
    else if (key === "extra_native_bytes") into.extraNativeBytes = json.numberOr(0);
    else json.skipValue();
  }
}

function parseMeta(json: JsonReader): Meta {
  const found = new Map<string, readonly string[]>();
  json.enterObject();
  for (let key = json.nextKey(META); key !== undefined; key = json.nextKey(META)) {
    if (key === "" || json.peek() !== 0x5b) json.skipValue();
    else found.set(key, texts(json));
  }
  const list = (key: string): readonly string[] => found.get(key) ?? [];
  return {
    nodeFields: list("node_fields"),
    nodeTypes: list("node_types"),
    edgeFields: list("edge_fields"),
    edgeTypes: list("edge_types"),
    functionFields: list("trace_function_info_fields"),
    traceFields: list("trace_node_fields"),
  };
}

/** A list of texts; of a list within (the names of types, which stand first) the texts, and nothing else. */
function texts(json: JsonReader): string[] {
  const list: string[] = [];
  let isNested = false;
  json.enterArray();
  while (json.nextElement()) {
    if (json.peek() === 0x5b && list.length === 0) {
      isNested = true;
      json.enterArray();
      while (json.nextElement()) list.push(json.textOr(""));
    } else if (isNested) json.skipValue();
    else list.push(json.textOr(""));
  }
  return list;
}

async function parseStrings(
  json: JsonReader,
  into: Snapshot,
  isNeeded: (text: number) => boolean,
): Promise<void> {
  let number = 0;
  await json.elements(() => {
    if (isNeeded(number) && json.peek() === 0x22) into.strings.set(number, json.text());
    else json.skipValue();
    number++;
  });
}

/** The tree is a list in lists: each node's numbers, the last of them the list of its children. */
async function parseTrace(json: JsonReader, into: Snapshot): Promise<void> {
  const { trace, meta } = into;
  const places = new Map(meta.traceFields.map((name, place) => [name, place]));
  const width = meta.traceFields.length;
  const childrenAt = places.get("children") ?? -1;
  /** By open list, the row whose children it holds, and how far the node that is being read has come. */
  const open: { parent: number; place: number; row: number }[] = [];
  await json.take(() => json.enterArray());
  open.push({ parent: -1, place: 0, row: -1 });
  await json.run(() => {
    const list = open.at(-1);
    if (list === undefined) return false;
    if (!json.nextElement()) {
      open.pop();
      return true;
    }
    const { place } = list;
    const value = place === childrenAt && json.peek() === 0x5b ? undefined : json.numberOr(0);
    if (place === 0) {
      list.row = trace.id.length;
      trace.parent.push(list.parent);
      for (const column of [trace.id, trace.fn, trace.count, trace.size]) column.push(0);
    }
    list.place = width === 0 ? 0 : (place + 1) % width;
    if (value === undefined) {
      json.enterArray();
      open.push({ parent: list.row, place: 0, row: -1 });
    } else if (place === places.get("id")) trace.id.set(list.row, value);
    else if (place === places.get("function_info_index")) trace.fn.set(list.row, value);
    else if (place === places.get("count")) trace.count.set(list.row, value);
    else if (place === places.get("size")) trace.size.set(list.row, value);
    return true;
  });
}
