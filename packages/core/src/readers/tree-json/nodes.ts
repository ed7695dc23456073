import { JsonKeys, type JsonReader, NumberColumn } from "../../codec/json.ts";
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

/**
 * Reads nodes that nest as deep as the stacks, members in any order. A step is one member, so that neither our own
 * stack nor the buffer grows with the depth; a node's row is taken when it begins.
 */
export async function parseTree(
  json: JsonReader,
  builder: ProfileBuilder,
  header: TreeHeader,
  nodes: TreeNodes,
): Promise<void> {
  /** Rows of the nodes whose end was not reached yet. */
  const open: number[] = [];
  let inList = false;
  const enter = (): void => {
    json.enterObject();
    open.push(nodes.add(open.at(-1) ?? -1));
  };
  await json.run(() => {
    enter();
    return false;
  });
  await json.run(() => {
    const row = open.at(-1);
    if (row === undefined) return false;
    if (inList) {
      inList = false;
      if (!json.nextElement()) return true;
      if (json.peek() === 0x7b) enter();
      else {
        json.skipValue();
        inList = true;
      }
      return true;
    }
    const key = json.nextKey(KEYS);
    if (key === undefined) {
      open.pop();
      inList = open.length > 0;
    } else if ((key === "children" || key === "c") && json.peek() === 0x5b) {
      json.enterArray();
      inList = true;
    } else member(json, key, row, builder, header, nodes);
    return true;
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
