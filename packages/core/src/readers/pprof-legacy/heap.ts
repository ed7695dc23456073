import type { Label } from "../../model/profile.ts";
import { type Collected, emptyCollected } from "./collected.ts";
import { GoComments } from "./go-comments.ts";
import { addressesOf, type Lines, unsampled } from "./lines.ts";
import { isMapSentinel, parseMaps } from "./maps.ts";

const HEADER = /^heap profile: *(\d+): *(\d+) *\[ *(\d+): *(\d+) *\] *@ *([a-z_0-9]+)\/?(\d*)/;
const SAMPLE = /^(-?\d+): *(-?\d+) *\[ *(\d+): *(\d+) *\] @(.*)$/;
/** jemalloc: `t*: 13: 6688 [0: 0]` below its stack. */
const JEMALLOC = /^t\*: *(\d+): *(\d+) *\[ *(\d+): *(\d+) *\]/;

const bytes = "bytes";
const IN_USE = [
  { name: "objects", unit: "count" },
  { name: "space", unit: bytes },
];
const BOTH = [
  { name: "alloc_objects", unit: "count" },
  { name: "alloc_space", unit: bytes },
  { name: "inuse_objects", unit: "count" },
  { name: "inuse_space", unit: bytes },
];

/** How a heap profile was sampled, by its first line. */
interface Heap {
  readonly hasAlloc: boolean;
  /** Mean bytes between two samples; at most 1 where every allocation is there. */
  readonly rate: number;
}

/** True for the first line of a heap profile. */
export function isHeapHeader(line: string): boolean {
  return HEADER.test(line) || /^heap_v2\/\d+\s*$/.test(line);
}

/**
 * Heap profiles of tcmalloc, Go (`?debug=1`) and jemalloc. What was sampled is scaled up to what was there.
 * Sources: google/pprof, parseHeap; jemalloc, bin/jeprof.
 */
export function parseHeap(lines: Lines, header: string): Collected {
  const jemalloc = /^heap_v2\/(\d+)/.exec(header);
  return jemalloc === null ? parseTcmalloc(lines, header) : parseJemalloc(lines, Number(jemalloc[1]));
}

function heapOf(header: string): Heap {
  const match = HEADER.exec(header)!;
  const differs = (one: number, other: number): boolean => match[one] !== match[other] && match[one] !== "0";
  const hasAlloc = differs(3, 1) || differs(4, 2);
  const rate = Number(match[6]);
  // Go's header names twice its rate; heapprofile, growthz and the like hold every allocation.
  if (match[5] === "heap") return { hasAlloc, rate: Math.trunc(rate / 2) };
  if (match[5]!.startsWith("heapz_v2") || match[5]!.startsWith("heap_v2")) return { hasAlloc, rate };
  return { hasAlloc: match[5] === "heapprofile" && hasAlloc, rate: 1 };
}

function collectedFor({ hasAlloc, rate }: Heap): Collected {
  const collected = emptyCollected(hasAlloc ? [...BOTH] : [...IN_USE]);
  collected.period = { type: { name: "space", unit: bytes }, value: rate };
  return collected;
}

function parseTcmalloc(lines: Lines, header: string): Collected {
  const heap = heapOf(header);
  const collected = collectedFor(heap);
  const comments = new GoComments();
  for (let line = lines.next(); line !== undefined; line = lines.next()) {
    if (isMapSentinel(line)) collected.mappings = parseMaps(lines.rest());
    else if (line.startsWith("#")) comments.take(line);
    else if (line !== "") {
      comments.endBlock();
      const match = SAMPLE.exec(line);
      if (match === null) throw lines.malformed("no sample of a heap profile");
      addSample(collected, heap, match.slice(1, 5).map(Number), addressesOf(match[5]!, 1n));
    }
  }
  comments.endBlock();
  collected.symbols = comments.symbols;
  return collected;
}

function parseJemalloc(lines: Lines, rate: number): Collected {
  const heap = { hasAlloc: true, rate };
  const collected = collectedFor(heap);
  let stack: bigint[] | undefined;
  for (let line = lines.next(); line !== undefined; line = lines.next()) {
    const match = JEMALLOC.exec(line);
    if (isMapSentinel(line)) collected.mappings = parseMaps(lines.rest());
    else if (line.startsWith("@")) stack = addressesOf(line, 1n);
    else if (match !== null && stack !== undefined) {
      addSample(collected, heap, match.slice(1, 5).map(Number), stack);
      stack = undefined;
    }
  }
  return collected;
}

function addSample(
  collected: Collected,
  { hasAlloc, rate }: Heap,
  [inUse, inUseBytes, alloc, allocBytes]: readonly number[],
  addresses: bigint[],
): void {
  const values: number[] = [];
  let size = 0;
  const add = (count: number, total: number): void => {
    if (count !== 0) size = Math.trunc(total / count);
    values.push(...(count === 0 ? [0, 0] : unsampled(count, total, rate)));
  };
  if (hasAlloc) add(alloc!, allocBytes!);
  add(inUse!, inUseBytes!);
  const labels: Label[] = size === 0 ? [] : [{ key: bytes, value: size, unit: bytes }];
  collected.samples.push({ values, addresses, labels });
}
