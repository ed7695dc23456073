import { QueryError } from "../query-error.ts";

const DEFAULT_NODES = 8192;
/** Nodes that one answer may hold. */
export const MOST_NODES = 1_048_576;

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
 * not counted; all that weigh as much stay too. 0 where the tree is small enough. Where nodes that weigh the same come
 * together, `sizes` says how many of them each total stands for; the first one is the root.
 */
export function leastTotal(
  total: Float64Array,
  nodes: number,
  sizes: Int32Array = new Int32Array(total.length).fill(1),
): number {
  let count = 0;
  for (let i = 1; i < sizes.length; i++) count += sizes[i]!;
  if (count <= nodes) return 0;
  const high = highWords(total);
  const { bucket, rest } = lastBucket(high, sizes, nodes);
  const places: number[] = [];
  for (let i = 1; i < total.length; i++) if (bucketOf(high[i * 2 + 1]!) === bucket) places.push(i);
  places.sort((a, b) => total[b]! - total[a]!);
  let left = rest;
  for (const place of places) {
    left -= sizes[place]!;
    if (left <= 0) return total[place]!;
  }
  return 0;
}

const BUCKETS = 1 << 16;

/** The halves of doubles; the higher half of each is the second one. */
function highWords(values: Float64Array): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.length * 2);
}

/**
 * Heavier totals are in higher buckets: exponent and highest bits of the mantissa. What weighs nothing is in the lowest.
 */
function bucketOf(high: number): number {
  return high < 0 ? 0 : high >>> 15;
}

/** The bucket of the node in the given place, and its place among the nodes there. */
function lastBucket(
  high: Int32Array,
  sizes: Int32Array,
  nodes: number,
): { readonly bucket: number; readonly rest: number } {
  const counts = new Float64Array(BUCKETS);
  for (let i = 1; i < sizes.length; i++) counts[bucketOf(high[i * 2 + 1]!)]! += sizes[i]!;
  let rest = nodes;
  for (let bucket = BUCKETS - 1; bucket >= 0; bucket--) {
    if (rest <= counts[bucket]!) return { bucket, rest };
    rest -= counts[bucket]!;
  }
  return { bucket: 0, rest };
}

/** What an answer left out, for those who would take "other" for a function. */
export interface LeftOut {
  readonly nodes: number;
  /** True where nodes below them were not even looked at. */
  readonly atLeast?: boolean;
  /** Weight shown as "other". */
  readonly weight: number;
}
