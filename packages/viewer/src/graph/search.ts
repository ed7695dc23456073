import type { LevelGraph } from "./level-graph.ts";
import { runsBelow } from "./queries.ts";
import { textAt } from "./texts.ts";

/** How a pattern is read. */
export interface SearchOptions {
  /** A regular expression; else the text itself is looked for. */
  readonly regex?: boolean;
  readonly caseSensitive?: boolean;
}

/** A test of names. Throws SyntaxError where `pattern` is no regular expression. */
export function namePattern(pattern: string, options: SearchOptions = {}): (name: string) => boolean {
  const sensitive = options.caseSensitive === true;
  if (options.regex === true) {
    const expression = new RegExp(pattern, sensitive ? "u" : "iu");
    return (name) => expression.test(name);
  }
  if (sensitive) return (name) => name.includes(pattern);
  const wanted = pattern.toLowerCase();
  return (name) => name.toLowerCase().includes(wanted);
}

/** 1 per row of the graph's names that passes the test. Each name is tested once; the root's empty name never passes. */
export function matchNames(graph: LevelGraph, test: (name: string) => boolean): Uint8Array {
  const matched = new Uint8Array(graph.names.length);
  for (let row = 1; row < matched.length; row++) if (test(textAt(graph.names, row))) matched[row] = 1;
  return matched;
}

/** What was found below one rectangle. */
export interface Found {
  /** Weight in found functions. A match below another match is inside it and not counted again. */
  readonly weight: number;
  /** How many rectangles match. */
  readonly count: number;
  /** The matches that lie below no other match, by level. */
  readonly topmost: Int32Array;
}

/** Weighs the matches in `root` and below it, level by level. */
export function weighMatches(graph: LevelGraph, matched: Uint8Array, root = 0): Found {
  const { name, parent, total } = graph;
  const covered = new Uint8Array(graph.length);
  const topmost = new IntList();
  let weight = 0;
  let count = 0;
  for (const { start, end } of runsBelow(graph, root, root + 1)) {
    for (let at = start; at < end; at++) {
      const inside = at === root ? 0 : covered[parent[at]!]!;
      const match = matched[name[at]!]!;
      covered[at] = inside | match;
      if (match === 0) continue;
      count++;
      if (inside === 1) continue;
      weight += total[at]!;
      topmost.add(at);
    }
  }
  return { weight, count, topmost: topmost.finish() };
}

/** The matches in `root` and below it from left to right, callers before callees. */
export function matchesInOrder(graph: LevelGraph, matched: Uint8Array, root = 0): Int32Array {
  const list = new IntList();
  for (const { start, end } of runsBelow(graph, root, root + 1)) {
    for (let at = start; at < end; at++) if (matched[graph.name[at]!] === 1) list.add(at);
  }
  // Rectangles count up by level: where left edges agree, the caller has the smaller number.
  return list.finish().sort((a, b) => graph.x[a]! - graph.x[b]! || a - b);
}

/** One function among the results. */
export interface FunctionHit {
  /** Row of the graph's names. */
  readonly name: number;
  readonly text: string;
  /** Weight of the function with all it calls, once despite recursion. */
  readonly weight: number;
  /** How many rectangles bear the name. */
  readonly count: number;
}

/**
 * The matching functions in `root` and below it, heaviest first. Walks depth first, so that a function inside itself
 * is known and counts once.
 */
export function rankHits(graph: LevelGraph, matched: Uint8Array, root = 0): FunctionHit[] {
  const { name, parent, firstChild, total } = graph;
  const weight = new Float64Array(graph.names.length);
  const count = new Uint32Array(graph.names.length);
  const open = new Uint32Array(graph.names.length);
  let at = root;
  for (;;) {
    const own = name[at]!;
    if (matched[own] === 1) {
      count[own]!++;
      if (open[own] === 0) weight[own]! += total[at]!;
    }
    if (firstChild[at]! < firstChild[at + 1]!) {
      open[own]!++;
      at = firstChild[at]!;
      continue;
    }
    while (at !== root && at + 1 === firstChild[parent[at]! + 1]!) {
      at = parent[at]!;
      open[name[at]!]!--;
    }
    if (at === root) break;
    at++;
  }
  const hits: FunctionHit[] = [];
  for (let row = 0; row < count.length; row++) {
    if (count[row]! === 0) continue;
    hits.push({ name: row, text: textAt(graph.names, row), weight: weight[row]!, count: count[row]! });
  }
  return hits.sort((a, b) => b.weight - a.weight || a.name - b.name);
}

/**
 * Which of `columns` equal parts of `[from, to)` hold a match: 1 per part. For the minimap, with the topmost matches.
 */
export function matchColumns(
  graph: LevelGraph,
  topmost: Int32Array,
  columns: number,
  from = 0,
  to: number = graph.total[0]!,
): Uint8Array {
  const hit = new Uint8Array(columns);
  const scale = columns / (to - from);
  for (let i = 0; i < topmost.length; i++) {
    const rect = topmost[i]!;
    const left = (graph.x[rect]! - from) * scale;
    const right = left + graph.total[rect]! * scale;
    if (!(right > 0 && left < columns && right > left)) continue;
    hit.fill(1, Math.max(0, Math.floor(left)), Math.min(columns, Math.ceil(right)));
  }
  return hit;
}

class IntList {
  #length = 0;
  #rows = new Int32Array(256);

  add(row: number): void {
    if (this.#length === this.#rows.length) {
      const grown = new Int32Array(this.#length * 2);
      grown.set(this.#rows);
      this.#rows = grown;
    }
    this.#rows[this.#length++] = row;
  }

  finish(): Int32Array {
    return this.#rows.slice(0, this.#length);
  }
}
