import type { Notes } from "../../model/notes.ts";
import { type Collected, emptyCollected } from "./collected.ts";
import { withoutDoubledLeaf } from "./counts.ts";
import { addJavaLocation } from "./java.ts";
import { Lines } from "./lines.ts";
import { parseMaps } from "./maps.ts";

/** How the words of a file are written. */
interface Words {
  readonly size: 4 | 8;
  readonly little: boolean;
}

const ENCODINGS: readonly Words[] = [
  { size: 4, little: true },
  { size: 4, little: false },
  { size: 8, little: true },
  { size: 8, little: false },
];

/** What the header says: words 0, 3, 0 (1: Java), period in microseconds, 0. */
interface Header {
  readonly words: Words;
  readonly isJava: boolean;
  readonly period: number;
}

/** Longer pauses between samples than an hour are no period. */
const MAX_PERIOD = 3_600_000_000;

/** The header of gperftools' CPU profile, in any word size and byte order; undefined where it is none. */
export function cpuHeader(bytes: Uint8Array): Header | undefined {
  for (const words of ENCODINGS) {
    if (bytes.length < words.size * 5) continue;
    const [zero, version, kind, period, padding] = [0, 1, 2, 3, 4].map((i) =>
      Number(wordAt(bytes, i * words.size, words)),
    );
    const isHeader = zero === 0 && version === 3 && kind! <= 1 && padding === 0;
    if (isHeader && period! > 0 && period! <= MAX_PERIOD)
      return { words, isJava: kind === 1, period: period! };
  }
  return undefined;
}

function wordAt(bytes: Uint8Array, at: number, { size, little }: Words): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, size);
  return size === 8 ? view.getBigUint64(0, little) : BigInt(view.getUint32(0, little));
}

/**
 * Samples are words: count, depth, addresses; 0, 1, 0 ends them, and the memory map follows as text (of Java: what
 * the addresses stand for). Source: google/pprof, parseCPU; gperftools, docs/cpuprofile-fileformat.html.
 */
export function parseCpu(bytes: Uint8Array, { words, isJava, period }: Header, notes: Notes): Collected {
  const collected = emptyCollected([
    { name: "samples", unit: "count" },
    { name: "cpu", unit: "nanoseconds" },
  ]);
  const nanoseconds = period * 1000;
  collected.period = { type: { name: "cpu", unit: "nanoseconds" }, value: nanoseconds };
  const { size } = words;
  let at = size * 5;
  for (;;) {
    // Behind a list of symbols, where the period is lost, nothing ends the samples.
    if (at === bytes.length && period === 1) break;
    if (at + 2 * size > bytes.length) {
      notes.add("truncated", "cpu-cut", "The profile breaks off; what comes before was read.", {
        offset: at,
      });
      break;
    }
    const count = Number(wordAt(bytes, at, words));
    const depth = Number(wordAt(bytes, at + size, words));
    if (depth > (bytes.length - at) / size - 2) {
      notes.add("truncated", "cpu-cut", "The profile breaks off; what comes before was read.", {
        offset: at,
      });
      break;
    }
    const addresses: bigint[] = [];
    for (let i = 0; i < depth; i++) {
      const address = wordAt(bytes, at + (2 + i) * size, words);
      addresses.push(isJava || i === 0 ? address : BigInt.asUintN(64, address - 1n));
    }
    at += (2 + depth) * size;
    if (count === 0 && depth === 1 && addresses[0] === 0n) break;
    collected.samples.push({ values: [count, count * nanoseconds], addresses });
  }
  const lines = new Lines(bytes, at);
  if (isJava) for (const line of lines.rest()) addJavaLocation(line, collected);
  else collected.mappings = parseMaps(lines.rest());
  if (!isJava) cleanUp(collected, notes);
  return collected;
}

/** Of so many samples one may differ. */
const SIMILAR = 32;
/** Fewer samples that agree prove nothing: pprof itself takes two frames out of a profile with a single stack. */
const ENOUGH = 8;

/**
 * A leaf may stand twice, and the signal handler leaves up to two frames above the leaf, the same in (nearly) all
 * samples: takes them out, as pprof does.
 */
function cleanUp(collected: Collected, notes: Notes): void {
  takeOutHandler(collected, notes);
  for (const sample of collected.samples) sample.addresses = withoutDoubledLeaf(sample.addresses);
}

function takeOutHandler({ samples }: Collected, notes: Notes): void {
  if (samples.length < ENOUGH) return;
  const needed = samples.length - Math.floor(samples.length / SIMILAR);
  for (let round = 0; round < 2; round++) {
    const counts = new Map<bigint, number>();
    for (const { addresses } of samples) {
      if (addresses.length > 1) counts.set(addresses[1]!, (counts.get(addresses[1]!) ?? 0) + 1);
    }
    const found = [...counts].find(([, count]) => count >= needed)?.[0];
    if (found === undefined) break;
    notes.add(
      "information",
      "cpu-handler-frame",
      "A frame above the leaf is the same in all samples: the profiler's own signal handler. It was taken out.",
    );
    for (const sample of samples) {
      if (sample.addresses[1] === found)
        sample.addresses = [sample.addresses[0]!, ...sample.addresses.slice(2)];
    }
  }
}
