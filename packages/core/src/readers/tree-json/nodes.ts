import { JsonKeys, type JsonReader, NumberColumn } from "../../codec/json.ts";
import { walkJsonTree } from "../../codec/json-tree.ts";
import type { ProfileBuilder } from "../../model/builder.ts";

const KEYS = new JsonKeys(
  "name",
  "n",
  "value",
  "v",
  "children",
  "c",
  "self",
  "base",
  "head",
  "format",
  "title",
  "producer",
  "valueType",
);
const TYPE = new JsonKeys("name", "unit");

/** The tree's nodes, callers before callees. Weights are NaN where a node has none. */
export class TreeNodes {
  /** Row of the caller; -1 for the root. */
  readonly parent: NumberColumn = new NumberColumn();
  /** The builder's string id. */
  readonly name: NumberColumn = new NumberColumn();
  /** Weight with all below. */
  readonly value: NumberColumn = new NumberColumn();
  /** Weight of the node alone, which only our own writer says. */
  readonly self: NumberColumn = new NumberColumn();
  readonly base: NumberColumn = new NumberColumn();
  readonly head: NumberColumn = new NumberColumn();

  get length(): number {
    return this.parent.length;
  }

  /** A new row with nothing known but its caller. */
  add(parent: number): number {
    this.parent.push(parent);
    this.name.push(0);
    for (const column of [this.value, this.self, this.base, this.head]) column.push(Number.NaN);
    return this.length - 1;
  }
}

/** What the root says besides being a node. */
export interface TreeHeader {
  own: boolean;
  title: string;
  producer: string;
  typeName: string;
  unit: string;
}

/** Reads the tree; a node's row is taken when it begins. */
export async function parseTree(
  json: JsonReader,
  builder: ProfileBuilder,
  header: TreeHeader,
  nodes: TreeNodes,
): Promise<void> {
  await walkJsonTree(json, KEYS, (key) => key === "children" || key === "c", {
    enter: (parent) => nodes.add(parent),
    member: (key, row) => member(json, key, row, builder, header, nodes),
  });
}

function member(
  json: JsonReader,
  key: string,
  row: number,
  builder: ProfileBuilder,
  header: TreeHeader,
  nodes: TreeNodes,
): void {
  if ((key === "name" || key === "n") && json.peek() === 0x22) {
    json.string();
    nodes.name.set(row, builder.stringBytes(json.spanBytes, json.spanStart, json.spanEnd));
  } else if (key === "value" || key === "v") nodes.value.set(row, json.numberOr(Number.NaN));
  else if (key === "self") nodes.self.set(row, json.numberOr(Number.NaN));
  else if (key === "base") nodes.base.set(row, json.numberOr(Number.NaN));
  else if (key === "head") nodes.head.set(row, json.numberOr(Number.NaN));
  else if (row === 0 && isHeader(key)) headerMember(json, key, header);
  else json.skipValue();
}

function isHeader(key: string): boolean {
  return key === "format" || key === "title" || key === "producer" || key === "valueType";
}

function headerMember(json: JsonReader, key: string, header: TreeHeader): void {
  const byte = json.peek();
  if (key === "valueType" && byte === 0x7b) {
    json.enterObject();
    for (let part = json.nextKey(TYPE); part !== undefined; part = json.nextKey(TYPE)) {
      if (json.peek() !== 0x22) json.skipValue();
      else if (part === "name") header.typeName = json.text();
      else if (part === "unit") header.unit = json.text();
      else json.skipValue();
    }
  } else if (byte !== 0x22) json.skipValue();
  else if (key === "format") header.own = json.text() === "flambeau-tree";
  else if (key === "title") header.title = json.text();
  else if (key === "producer") header.producer = json.text();
}
