import { type CpuProfileFile, emptyFile } from "../../codec/cpuprofile/file.ts";
import { NodeParser } from "../../codec/cpuprofile/parse-node.ts";
import { buildTree } from "../../codec/cpuprofile/tree.ts";
import { JsonKeys, type JsonReader, NumberColumn } from "../../codec/json.ts";
import { openJson, readWhole } from "../../codec/json-document.ts";
import { jsonPaths } from "../../codec/json-shape.ts";
import { PIECE, ThreadSamples } from "../../codec/thread-samples.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { ByteSource } from "../../util/source.ts";
import type { Head, Reader, ReadOptions, Verdict } from "../reader.ts";

const ID = "v8-heapprofile";
const KEYS = new JsonKeys("head", "samples", "profile", "result");
const SAMPLE = new JsonKeys("nodeId");

/**
 * V8's sampling heap profiler (`node --heap-prof`, DevTools' "allocation sampling"): a tree of functions with the bytes
 * that each allocated itself and that were alive at the end; newer files also list the sampled objects.
 *
 * Source of the format: the inspector protocol's `HeapProfiler.SamplingHeapProfile`.
 */
export const v8HeapprofileReader: Reader = {
  id: ID,
  title: "V8 heap profile (Node, Chrome)",
  priority: 825,
  extensions: [".heapprofile"],
  carries: {
    time: false,
    threads: false,
    labels: false,
    lines: true,
    inlined: false,
    severalValueTypes: true,
  },
  sniff,
  read,
};

function sniff(head: Head): Verdict {
  const paths = jsonPaths(head.bytes);
  const found = ["", "profile.", "result.profile."].some((wrapper) => paths.has(`${wrapper}head.selfSize`));
  return found && paths.has("{}") ? "yes" : "no";
}

async function read(
  source: ByteSource,
  into: ProfileBuilder,
  notes: Notes,
  options: ReadOptions,
): Promise<void> {
  into.meta.format = ID;
  const json = openJson(source, ID, options);
  const file = emptyFile();
  const sampled = new NumberColumn();
  await readWhole(
    json,
    notes,
    () => parse(json, file, sampled, into, notes),
    () => file.nodes.length > 0,
  );
  if (file.nodes.length === 0) {
    throw new FlambeauError("malformed", "This heap profile has no nodes", {
      format: ID,
      hint: 'A V8 heap profile has a tree "head"; was the recording stopped properly?',
    });
  }
  addWeights(file, sampled, into, notes);
}

/** The members of the file, and of `result` and `profile`, which the inspector protocol puts around it. */
async function parse(
  json: JsonReader,
  file: CpuProfileFile,
  sampled: NumberColumn,
  into: ProfileBuilder,
  notes: Notes,
): Promise<void> {
  const nodes = new NodeParser(json, file, into, notes);
  await json.take(() => json.enterObject());
  for (let depth = 0; depth >= 0; ) {
    const key = await json.take(() => json.nextKey(KEYS));
    if (key === undefined) {
      depth--;
      continue;
    }
    const byte = await json.take(() => json.peek());
    if ((key === "profile" || key === "result") && byte === 0x7b) {
      await json.take(() => json.enterObject());
      depth++;
    } else if (key === "head" && byte === 0x7b) await nodes.tree();
    else if (key === "samples" && byte === 0x5b) await parseSamples(json, sampled);
    else await json.skip();
  }
}

async function parseSamples(json: JsonReader, nodeIds: NumberColumn): Promise<void> {
  await json.take(() => json.enterArray());
  await json.run(() => {
    if (!json.nextElement()) return false;
    let id = Number.NaN;
    json.enterObject();
    for (let key = json.nextKey(SAMPLE); key !== undefined; key = json.nextKey(SAMPLE)) {
      if (key === "nodeId") id = json.numberOr(Number.NaN);
      else json.skipValue();
    }
    nodeIds.push(id);
    return true;
  });
}

/** Bytes by node, and how many sampled objects they are of where the file lists them. */
function addWeights(file: CpuProfileFile, sampled: NumberColumn, into: ProfileBuilder, notes: Notes): void {
  const { nodes } = file;
  const tree = buildTree(nodes, into, notes);
  const space = into.valueType("space", "bytes");
  const counted = sampled.length > 0;
  const out = new ThreadSamples(into, space, counted ? into.valueType("samples", "count") : -1);
  const { stack, time, first, second } = out.piece;
  time.fill(Number.NaN);
  const counts = new Float64Array(nodes.length);
  for (let i = 0; i < sampled.length; i++) {
    const row = tree.ids.row(sampled.at(i));
    if (row >= 0) counts[row] = counts[row]! + 1;
    else
      notes.add(
        "skipped",
        "sample-without-node",
        "A sample names a node that is not in the file; it was left out.",
      );
  }
  let length = 0;
  for (let row = 0; row < nodes.length; row++) {
    const bytes = nodes.hits[row]!;
    if (bytes === 0 && counts[row] === 0) continue;
    stack[length] = tree.stack[row]!;
    first[length] = bytes;
    second[length++] = counts[row]!;
    if (length < PIECE) continue;
    out.add(-1, length);
    length = 0;
  }
  out.add(-1, length);
  out.flush(-1);
  into.meta.observations = counted ? sampled.length : into.sampleCount;
}
