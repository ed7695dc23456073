import { NameList, OTHER } from "./flamebearer.ts";
import { sortedChildren } from "./name-tree.ts";
import type { MergedPair } from "./path-sums.ts";

/** Two trees on one set of boxes, seven numbers each: gap, total, self on the left; the same on the right; name. */
export interface FlamebearerDiff {
  readonly names: string[];
  readonly levels: number[][];
  readonly leftTotal: number;
  readonly rightTotal: number;
  readonly maxSelf: number;
}

/** Boxes for the nodes of the pair; what a node weighs beyond them becomes one box "other". */
export function flamebearerDiff(pair: MergedPair): FlamebearerDiff {
  const { start, children } = sortedChildren(pair);
  const names = new NameList(pair.names);
  const levels: number[][] = [];
  let maxSelf = 0;
  let row: PairBox[] = [box(pair, 0, 0, 0, names.place("total"))];
  while (row.length > 0) {
    const level: number[] = [];
    const below: PairBox[] = [];
    let leftEnd = 0;
    let rightEnd = 0;
    for (const at of row) {
      level.push(
        at.leftX - leftEnd,
        at.leftTotal,
        at.leftSelf,
        at.rightX - rightEnd,
        at.rightTotal,
        at.rightSelf,
      );
      level.push(at.name);
      leftEnd = at.leftX + at.leftTotal;
      rightEnd = at.rightX + at.rightTotal;
      maxSelf = Math.max(maxSelf, at.leftSelf, at.rightSelf);
      if (at.node < 0) continue;
      let leftX = at.leftX + at.leftSelf;
      let rightX = at.rightX + at.rightSelf;
      let leftOther = at.leftTotal - at.leftSelf;
      let rightOther = at.rightTotal - at.rightSelf;
      for (let i = start[at.node]!; i < start[at.node + 1]!; i++) {
        const node = children[i]!;
        const child = box(pair, node, leftX, rightX, names.placeOf(pair.name[node]!));
        below.push(child);
        leftX += child.leftTotal;
        rightX += child.rightTotal;
        leftOther -= child.leftTotal;
        rightOther -= child.rightTotal;
      }
      if (leftOther > 0 || rightOther > 0) {
        below.push({
          node: -1,
          leftX,
          leftTotal: leftOther,
          leftSelf: leftOther,
          rightX,
          rightTotal: rightOther,
          rightSelf: rightOther,
          name: names.place(OTHER),
        });
      }
    }
    levels.push(level);
    row = below;
  }
  return {
    names: names.texts,
    levels,
    leftTotal: pair.left.total[0]!,
    rightTotal: pair.right.total[0]!,
    maxSelf,
  };
}

interface PairBox {
  readonly node: number;
  readonly leftX: number;
  readonly leftTotal: number;
  readonly leftSelf: number;
  readonly rightX: number;
  readonly rightTotal: number;
  readonly rightSelf: number;
  readonly name: number;
}

function box(
  { left, right }: MergedPair,
  node: number,
  leftX: number,
  rightX: number,
  name: number,
): PairBox {
  return {
    node,
    leftX,
    leftTotal: left.total[node]!,
    leftSelf: left.self[node]!,
    rightX,
    rightTotal: right.total[node]!,
    rightSelf: right.self[node]!,
    name,
  };
}
