import {
  type FunctionHit,
  type LevelGraph,
  matchesInOrder,
  matchNames,
  namePattern,
  rankHits,
  type SearchOptions,
  weighMatches,
} from "../graph/index.ts";

/** What a search found. */
export interface SearchResult {
  readonly pattern: string;
  /** Why the pattern cannot be used; then nothing is found. */
  readonly error?: string;
  /** Distinct functions, and frames, that match. `count` and `weight` are of the zoomed frame and below. */
  readonly functions: number;
  readonly count: number;
  /** Weight in the functions found, each sample once: a match inside another is not counted again. */
  readonly weight: number;
  readonly shareOfView: number;
  /** The same for the whole graph. */
  readonly weightOfAll: number;
  readonly shareOfAll: number;
  /** The functions found, heaviest first. Computed when asked for. */
  ranked(): FunctionHit[];
}

const NOTHING = { functions: 0, count: 0, weight: 0, shareOfView: 0, weightOfAll: 0, shareOfAll: 0 };

/** A search of one graph: what matches, what of it lies below the zoom, and which match is the present one. */
export class SearchState {
  readonly pattern: string;
  readonly options: SearchOptions;
  readonly matched: Uint8Array;
  readonly topmost: Int32Array;
  readonly error: string | undefined;
  readonly #graph: LevelGraph;
  readonly #weightOfAll: number;
  readonly #countOfAll: number;
  #root = -1;
  #result: SearchResult | undefined;
  #order: Int32Array | undefined;
  #at = -1;

  constructor(graph: LevelGraph, pattern: string, options: SearchOptions) {
    this.#graph = graph;
    this.pattern = pattern;
    this.options = options;
    const { test, error } = compiled(pattern, options);
    this.error = error;
    this.matched = matchNames(graph, test);
    const found = weighMatches(graph, this.matched);
    this.topmost = found.topmost;
    this.#weightOfAll = found.weight;
    this.#countOfAll = found.count;
  }

  /** The zoomed rectangle of the last result. */
  get root(): number {
    return this.#root;
  }

  /** The result below a zoomed rectangle. */
  below(root: number): SearchResult {
    if (this.#result !== undefined && this.#root === root) return this.#result;
    this.#root = root;
    this.#order = undefined;
    this.#at = -1;
    this.#result = this.#compute(root);
    return this.#result;
  }

  /** The next match below the zoom in reading order, or the previous one; -1 where there is none. */
  step(by: 1 | -1): number {
    this.#order ??= matchesInOrder(this.#graph, this.matched, Math.max(0, this.#root));
    const { length } = this.#order;
    if (length === 0) return -1;
    this.#at = this.#at < 0 ? (by === 1 ? 0 : length - 1) : (this.#at + by + length) % length;
    return this.#order[this.#at]!;
  }

  /** Which of how many matches the last step came to, from 1. */
  get position(): { readonly at: number; readonly of: number } {
    return { at: this.#at + 1, of: this.#order?.length ?? 0 };
  }

  #compute(root: number): SearchResult {
    const { pattern, error } = this;
    if (error !== undefined) return { pattern, error, ...NOTHING, ranked: () => [] };
    const graph = this.#graph;
    const found =
      root === 0
        ? { weight: this.#weightOfAll, count: this.#countOfAll }
        : weighMatches(graph, this.matched, root);
    let ranked: FunctionHit[] | undefined;
    return {
      pattern,
      functions: this.matched.reduce((sum, match) => sum + match, 0),
      count: found.count,
      weight: found.weight,
      shareOfView: share(found.weight, graph.total[root]!),
      weightOfAll: this.#weightOfAll,
      shareOfAll: share(this.#weightOfAll, graph.total[0]!),
      ranked: () => {
        ranked ??= rankHits(graph, this.matched, root);
        return ranked;
      },
    };
  }
}

function compiled(
  pattern: string,
  options: SearchOptions,
): { test: (name: string) => boolean; error?: string } {
  try {
    return { test: namePattern(pattern, options) };
  } catch (error) {
    return { test: () => false, error: error instanceof Error ? error.message : String(error) };
  }
}

function share(part: number, whole: number): number {
  return whole > 0 ? part / whole : 0;
}
