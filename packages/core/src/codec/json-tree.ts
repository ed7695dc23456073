import type { JsonKeys, JsonReader } from "./json.ts";

/** What a format does with the nodes of its tree. Both are called within a step, see JsonReader. */
export interface JsonTreeVisitor<Key extends string> {
  /** A node begins below `parent` (-1: the root); answers its row. Called when the node's `{` is read. */
  enter(parent: number): number;
  /** A member of a node whose value is next; it must be read or skipped. */
  member(key: Key | "", row: number): void;
}

/**
 * Walks nodes that hold their callees in a list, as deep as the stacks, members in any order. The next value is the
 * root. A step is one member, so that neither our own stack nor the buffer grows with the depth.
 *
 * ```
 * {"name":"main","children":[{"name":"a","children":[…]},…],"value":7}
 * ```
 */
export async function walkJsonTree<Key extends string>(
  json: JsonReader,
  keys: JsonKeys<Key>,
  isChildren: (key: Key) => boolean,
  visitor: JsonTreeVisitor<Key>,
): Promise<void> {
  /** Rows of the nodes whose end was not reached yet. */
  const open: number[] = [];
  let inList = false;
  const enter = (): void => {
    json.enterObject();
    open.push(visitor.enter(open.at(-1) ?? -1));
  };
  await json.run(() => {
    enter();
    return false;
  });
  await json.run(() => {
    const row = open.at(-1);
    if (row === undefined) return false;
    if (inList) {
      if (!json.nextElement()) inList = false;
      else if (json.peek() === 0x7b) {
        enter();
        inList = false;
      } else json.skipValue();
      return true;
    }
    const key = json.nextKey(keys);
    if (key === undefined) {
      open.pop();
      inList = open.length > 0;
    } else if (key !== "" && isChildren(key as Key) && json.peek() === 0x5b) {
      json.enterArray();
      inList = true;
    } else visitor.member(key, row);
    return true;
  });
}
