import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import { type ByteSource, readAll } from "../../util/source.ts";
import type { Head, Reader, ReadOptions, Verdict } from "../reader.ts";
import { addCollected, type Collected, emptyCollected, FORMAT } from "./collected.ts";
import { isContentionHeader, parseContention } from "./contention.ts";
import { isCountHeader, isThreadHeader, parseCounts, parseThreads } from "./counts.ts";
import { cpuHeader, parseCpu } from "./cpu.ts";
import { isHeapHeader, parseHeap } from "./heap.ts";
import { parseJava } from "./java.ts";
import { Lines, unsampled } from "./lines.ts";
import { findNames } from "./names.ts";
import { isSymbolised, parseSymbolised } from "./symbolised.ts";

/**
 * The formats before pprof's protobuf: gperftools' CPU and heap profiles, jemalloc's, Google's C++ and Java servers'
 * and Go's text (`?debug=1`); also behind a list of symbols, as gperftools' pprof and jeprof write it (`--raw`). Source: google/pprof, profile/legacy_profile.go and legacy_java_profile.go.
 *
 * Memory maps stand behind the samples, so the input is held in memory; profiles of this kind are sums already.
 */
export const pprofLegacyReader: Reader = {
  id: FORMAT,
  title: "Legacy pprof, gperftools, jemalloc",
  priority: 930,
  extensions: [".prof", ".heap", ".cpu"],
  carries: {
    time: false,
    threads: true,
    labels: true,
    lines: true,
    inlined: true,
    severalValueTypes: true,
  },
  sniff,
  read: readLegacy,
};

const JAVA_HEAP = "--- heapz 1 ---";
/** Bytes between two samples of Java's heap profiles. */
const JAVA_RATE = 524288;

function sniff(head: Head): Verdict {
  if (cpuHeader(head.bytes) !== undefined || isSymbolised(head.bytes)) return "yes";
  const line = firstLine(new Lines(head.bytes.subarray(0, 4096)));
  return line !== undefined && parserOf(line) !== undefined ? "yes" : "no";
}

/** The first line that is neither blank nor a comment. */
function firstLine(lines: Lines): string | undefined {
  let line = lines.next();
  while (line !== undefined && (line === "" || line.startsWith("#"))) line = lines.next();
  return line;
}

type Parse = (lines: Lines, header: string) => Collected;

function parserOf(line: string): Parse | undefined {
  if (isHeapHeader(line)) return parseHeap;
  if (isContentionHeader(line)) return parseContention;
  if (isCountHeader(line)) return parseCounts;
  if (isThreadHeader(line)) return parseThreads;
  return line === JAVA_HEAP ? parseJavaHeap : undefined;
}

function parseJavaHeap(lines: Lines): Collected {
  let unit = "bytes";
  let line = lines.next();
  for (; line !== undefined; line = lines.next()) {
    const match = /^([\w ]+?) *= *(\w+)$/.exec(line);
    if (match === null && line !== "") break;
    if (match?.[1] === "resolution") unit = match[2]!;
  }
  const collected = emptyCollected([
    { name: "inuse_objects", unit: "count" },
    { name: "inuse_space", unit },
  ]);
  return parseJava(lines, line, collected, ([size, count]) => unsampled(count, size, JAVA_RATE));
}

async function readLegacy(
  source: ByteSource,
  into: ProfileBuilder,
  notes: Notes,
  options: ReadOptions,
): Promise<void> {
  const bytes = await readAll(source);
  if (bytes.length === 0) throw new FlambeauError("empty-input", "the file is empty", { format: FORMAT });
  const collected = isSymbolised(bytes)
    ? parseSymbolised(bytes, (profile) => parse(profile, notes))
    : parse(bytes, notes);
  await findNames(collected, options.names, notes);
  addCollected(collected, into);
  options.onProgress?.(bytes.length);
}

function parse(bytes: Uint8Array, notes: Notes): Collected {
  const header = cpuHeader(bytes);
  if (header !== undefined) return parseCpu(bytes, header, notes);
  const lines = new Lines(bytes);
  const line = firstLine(lines);
  const parser = line === undefined ? undefined : parserOf(line);
  if (line === undefined || parser === undefined) {
    throw new FlambeauError("malformed", "no legacy pprof profile: its first line is unknown", {
      format: FORMAT,
      line: lines.number,
    });
  }
  return parser(lines, line);
}
