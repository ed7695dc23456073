import type { MergedPair, MergedTree, WeightedStacks } from "../trees/path-sums.ts";
import { halvesOf, type PathKind, StackSpace, type StoredFrame } from "../trees/stack-space.ts";

/** Stacks drawn as text for the tests: `a;b;c 3`, one a line, a frame a name; a number alone is a stack without frames. */
export interface DrawnStacks {
  readonly space: StackSpace;
  readonly parts: readonly WeightedStacks[];
}

const plain: Omit<StoredFrame, "name"> = {
  file: "",
  line: 0,
  column: 0,
  mapping: "",
  buildId: "",
  address: 0n,
  kind: 0,
  inlined: false,
};

/** Defines the stacks of a drawing in a space; a name may carry its line as in `main:12`. */
export function drawStacks(
  folded: string,
  space: StackSpace = new StackSpace(),
  kind: PathKind = "names",
): DrawnStacks {
  const stacks: bigint[] = [];
  const values: number[] = [];
  for (const line of folded
    .split("\n")
    .map((text) => text.trim())
    .filter((text) => text !== "")) {
    const gap = line.lastIndexOf(" ");
    const names = line
      .slice(0, Math.max(0, gap))
      .split(";")
      .filter((name) => name !== "");
    const ids = names.map((name) => idOf(`frame ${name}`));
    const numbers = Int32Array.from(names, (name, i) => {
      const [text, line] = name.split(":");
      const number = space.numberOfFrame(ids[i]!);
      space.defineFrame(number, [{ ...plain, name: text!, line: Number(line ?? 0) }]);
      return number;
    });
    const id = idOf(`stack ${names.join(";")}`);
    const [low, high] = halvesOf(BigUint64Array.of(id));
    space.defineStack(kind, low!, high!, numbers, 0, numbers.length);
    stacks.push(id);
    values.push(Number(line.slice(gap + 1)));
  }
  const ends = space.nodesOf(kind, BigUint64Array.from(stacks));
  return { space, parts: [{ stacks: ends, values: Float64Array.from(values) }] };
}

/** The name tree of a drawing: its `nodes` heaviest nodes. */
export function drawTree(folded: string, nodes?: number): MergedTree {
  const { space, parts } = drawStacks(folded);
  return space.mergeByName(parts, nodes);
}

/** Two drawings side by side. */
export function drawPair(left: string, right: string, nodes?: number): MergedPair {
  const space = new StackSpace();
  return space.mergePairByName(drawStacks(left, space).parts, drawStacks(right, space).parts, nodes);
}

/** FNV-1a in 64 bits: good enough to tell the few names of a test apart. */
function idOf(text: string): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const char of text) hash = BigInt.asUintN(64, (hash ^ BigInt(char.codePointAt(0)!)) * 0x100000001b3n);
  return hash;
}
