import { openJson, readWhole } from "../../codec/json-document.ts";
import { jsonPaths } from "../../codec/json-shape.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import type { ByteSource } from "../../util/source.ts";
import type { Head, Reader, ReadOptions, Verdict } from "../reader.ts";
import { buildProfile, neededTexts } from "./build.ts";
import { graphOf } from "./graph.ts";
import { FORMAT, parseSnapshot, Snapshot } from "./snapshot.ts";

/**
 * A heap snapshot of V8 (DevTools, `node --heapsnapshot-signal`, `v8.writeHeapSnapshot`). Its objects become a tree by
 * what keeps them alive (dominators), so that a frame's total is its retained size; where the recording has allocation
 * stacks ("allocation instrumentation on timeline"), these come as further value types.
 *
 * Source of the format: V8's src/profiler/heap-snapshot-generator.cc; for names and for the references that do not retain,
 * DevTools' HeapSnapshot.ts.
 */
export const v8HeapsnapshotReader: Reader = {
  id: FORMAT,
  title: "V8 heap snapshot (Node, Chrome)",
  priority: 850,
  extensions: [".heapsnapshot", ".heaptimeline"],
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
  return paths.has("snapshot.meta.node_fields[]") || paths.has("snapshot.meta.node_fields") ? "yes" : "no";
}

async function read(
  source: ByteSource,
  into: ProfileBuilder,
  notes: Notes,
  options: ReadOptions,
): Promise<void> {
  into.meta.format = FORMAT;
  into.meta.producer = "V8";
  const json = openJson(source, FORMAT, options);
  const snapshot = new Snapshot();
  await readWhole(
    json,
    notes,
    () => parseSnapshot(json, snapshot, () => neededTexts(snapshot)),
    () => snapshot.edges.length > 0,
  );
  buildProfile(snapshot, graphOf(snapshot), into, notes);
}
