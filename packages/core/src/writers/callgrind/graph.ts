import type { Profile } from "../../model/profile.ts";

/** A function as callgrind knows it: what frames of one name, file and object have in common. */
export interface GraphFunction {
  readonly name: string;
  readonly file: string;
  readonly object: string;
  /** Own costs by line: one number per event. */
  readonly self: Map<number, Float64Array>;
  /** Calls by the caller's line and the callee. */
  readonly calls: Map<string, GraphCall>;
}

export interface GraphCall {
  readonly callee: number;
  /** Line of the caller; where the callee was entered is not known. */
  readonly line: number;
  /** What the callee cost on the caller's behalf, its own callees included. */
  readonly inclusive: Float64Array;
}

/**
 * The call graph of a profile, with the costs of the value types `types` in that order. A call that stands several
 * times in one stack (recursion) counts once, as totals do.
 */
export function callGraphOf(profile: Profile, types: readonly number[]): readonly GraphFunction[] {
  const { stacks, frames } = profile;
  const { functions, of } = functionsOf(profile);
  const costs = types.map((type) => stackCosts(profile, type));
  const { first, next } = childrenOf(stacks.parent, stacks.length);
  /** How often each pair of caller and callee is on the path from the root. */
  const open = new Map<number, number>();
  const path: number[] = [];
  const pairOf = (stack: number): number =>
    of[stacks.frame[stacks.parent[stack]!]!]! * functions.length + of[stacks.frame[stack]!]!;
  const enter = (stack: number): void => {
    path.push(stack);
    addSelf(stack);
    if (stacks.parent[stack]! < 0) return;
    const pair = pairOf(stack);
    const count = open.get(pair) ?? 0;
    open.set(pair, count + 1);
    if (count === 0) addCall(stack);
  };
  const leave = (stack: number): void => {
    if (stacks.parent[stack]! < 0) return;
    const pair = pairOf(stack);
    open.set(pair, open.get(pair)! - 1);
  };
  const addSelf = (stack: number): void => {
    const frame = stacks.frame[stack]!;
    const line = frames.line[frame]!;
    const { self } = functions[of[frame]!]!;
    let own = self.get(line);
    if (own === undefined) {
      own = new Float64Array(types.length);
      self.set(line, own);
    }
    for (let type = 0; type < types.length; type++) own[type]! += costs[type]!.self[stack]!;
  };
  const addCall = (stack: number): void => {
    const caller = stacks.frame[stacks.parent[stack]!]!;
    const callee = of[stacks.frame[stack]!]!;
    const line = frames.line[caller]!;
    const { calls } = functions[of[caller]!]!;
    const key = `${line}/${callee}`;
    let call = calls.get(key);
    if (call === undefined) {
      call = { callee, line, inclusive: new Float64Array(types.length) };
      calls.set(key, call);
    }
    for (let type = 0; type < types.length; type++) call.inclusive[type]! += costs[type]!.total[stack]!;
  };
  for (let root = 0; root < stacks.length; root++) {
    if (stacks.parent[root]! >= 0) continue;
    enter(root);
    let child = first[root]!;
    while (path.length > 0) {
      if (child >= 0) {
        enter(child);
        child = first[child]!;
        continue;
      }
      const done = path.pop()!;
      leave(done);
      child = path.length > 0 ? next[done]! : -1;
    }
  }
  return functions;
}

interface Costs {
  readonly self: Float64Array;
  readonly total: Float64Array;
}

/** Self and total of every row of the stack table: one backward loop. */
function stackCosts({ samples, stacks }: Profile, type: number): Costs {
  const self = new Float64Array(stacks.length);
  const weights = samples.weights[type]!;
  for (let row = 0; row < samples.length; row++) {
    const stack = samples.stack[row]!;
    if (stack >= 0) self[stack]! += weights[row]!;
  }
  const total = self.slice();
  for (let stack = stacks.length - 1; stack >= 0; stack--) {
    const parent = stacks.parent[stack]!;
    if (parent >= 0) total[parent]! += total[stack]!;
  }
  return { self, total };
}

/** First child and next sibling of every stack, -1 where there is none. */
function childrenOf(parent: Int32Array, length: number): { first: Int32Array; next: Int32Array } {
  const first = new Int32Array(length).fill(-1);
  const next = new Int32Array(length).fill(-1);
  for (let stack = length - 1; stack >= 0; stack--) {
    const above = parent[stack]!;
    if (above < 0) continue;
    next[stack] = first[above]!;
    first[above] = stack;
  }
  return { first, next };
}

/** The functions, and the function of each frame. */
function functionsOf({ frames, strings, mappings }: Profile): { functions: GraphFunction[]; of: Int32Array } {
  const functions: GraphFunction[] = [];
  const known = new Map<string, number>();
  const of = new Int32Array(frames.length);
  for (let frame = 0; frame < frames.length; frame++) {
    const mapping = mappings[frames.mapping[frame]!];
    const name = strings.get(frames.name[frame]!) || `0x${frames.address[frame]!.toString(16)}`;
    const file = strings.get(frames.file[frame]!);
    const object = mapping?.path ?? "";
    const key = `${name}\0${file}\0${object}`;
    let row = known.get(key);
    if (row === undefined) {
      row = functions.push({ name, file, object, self: new Map(), calls: new Map() }) - 1;
      known.set(key, row);
    }
    of[frame] = row;
  }
  return { functions, of };
}
