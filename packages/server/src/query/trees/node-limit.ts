import { QueryError } from "../query-error.ts";

const DEFAULT_NODES = 8192;
const MOST_NODES = 1_048_576;

/**
 * The number of nodes a request asks for: 0 or nothing asks for the usual number.
 * @throws QueryError where it is negative or beyond 1,048,576
 */
export function nodeLimit(asked: bigint | undefined): number {
  const nodes = asked === undefined || asked === 0n ? BigInt(DEFAULT_NODES) : asked;
  if (nodes < 0n || nodes > BigInt(MOST_NODES)) {
    throw new QueryError(
      "invalid",
      `max_nodes is ${nodes}; it lies between 0 (${DEFAULT_NODES}) and ${MOST_NODES}`,
    );
  }
  return Number(nodes);
}

/**
 * The least total of a node that is kept when `nodes` are asked for: the total of the one in that place, the root
 * not counted; all that weigh as much stay too. 0 where the tree is small enough.
 */
export function leastTotal(total: Float64Array, nodes: number): number {
  const count = total.length - 1;
  if (count <= nodes) return 0;
  return nthLargest(total.slice(1), nodes - 1);
}

/** Quickselect (Hoare), median of three; reorders `values`. */
function nthLargest(values: Float64Array, n: number): number {
  let from = 0;
  let to = values.length - 1;
  while (from < to) {
    const pivot = medianOfThree(values[from]!, values[(from + to) >> 1]!, values[to]!);
    let i = from;
    let j = to;
    while (i <= j) {
      while (values[i]! > pivot) i++;
      while (values[j]! < pivot) j--;
      if (i <= j) {
        const kept = values[i]!;
        values[i++] = values[j]!;
        values[j--] = kept;
      }
    }
    if (n <= j) to = j;
    else if (n >= i) from = i;
    else break;
  }
  return values[n]!;
}

function medianOfThree(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}

/** What an answer left out, for those who would take "other" for a function. */
export interface LeftOut {
  readonly nodes: number;
  /** Weight shown as "other". */
  readonly weight: number;
}
