import { type CpuProfileFile, emptyFile } from "../../codec/cpuprofile/file.ts";
import { addSamples } from "../../codec/cpuprofile/samples.ts";
import { durationOf, originOf } from "../../codec/cpuprofile/times.ts";
import { buildTree } from "../../codec/cpuprofile/tree.ts";
import { openJson, readWhole } from "../../codec/json-document.ts";
import { jsonPaths } from "../../codec/json-shape.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { ByteSource } from "../../util/source.ts";
import type { Head, Reader, ReadOptions, Verdict } from "../reader.ts";
import { parseFile } from "./parse.ts";

const ID = "v8-cpuprofile";

/**
 * V8's sampling profiler, as Node (`--cpu-prof`), Chrome's DevTools and the inspector protocol write it; the old
 * nested form of before 2017; and Business Central's superset, .alcpuprofile.
 *
 * Source of the format: the inspector protocol's `Profiler.Profile`, and Chrome DevTools' CPUProfileDataModel for
 * what samples weigh. Names with a `(` in front are V8's: `(program)` and `(idle)` stay frames, `(root)` is none.
 */
export const v8CpuprofileReader: Reader = {
  id: ID,
  title: "V8 CPU profile (Node, Chrome)",
  priority: 620,
  extensions: [".cpuprofile", ".alcpuprofile"],
  carries: {
    time: true,
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
  if (!paths.has("{}")) return "no";
  for (const wrapper of ["", "profile.", "cpuProfile.", "result.profile."]) {
    if (paths.has(`${wrapper}nodes[].callFrame`)) return "yes";
    const tree = paths.has(`${wrapper}head.functionName`) && !paths.has(`${wrapper}head.selfSize`);
    if (tree && (paths.has(`${wrapper}head.hitCount`) || paths.has(`${wrapper}head.callUID`))) return "yes";
    if (!head.complete && isListOfNumbers(paths, wrapper)) return "maybe";
  }
  return "no";
}

/** Keys come in any order: a long list of samples or time differences may hide the nodes. */
function isListOfNumbers(paths: ReadonlySet<string>, wrapper: string): boolean {
  if (paths.has("meta") || paths.has("traceEvents")) return false;
  const list = [`${wrapper}timeDeltas[]`, `${wrapper}samples[]`].find((path) => paths.has(path));
  return list !== undefined && ![...paths].some((path) => path.length > list.length && path.startsWith(list));
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
  await readWhole(
    json,
    notes,
    () => parseFile(json, file, into, notes),
    () => file.nodes.length > 0,
  );
  if (file.nodes.length === 0) throw withoutNodes();
  const tree = buildTree(file.nodes, into, notes);
  addSamples(file, tree, into, notes);
  setMeta(file, into);
}

function withoutNodes(): FlambeauError {
  return new FlambeauError("malformed", "This CPU profile has no nodes", {
    format: ID,
    hint: 'A V8 CPU profile has a list "nodes" (or, before 2017, a tree "head"); was the recording stopped properly?',
  });
}

function setMeta(file: CpuProfileFile, into: ProfileBuilder): void {
  const duration = durationOf(file);
  if (duration !== undefined) into.meta.duration = duration;
  Object.assign(into.meta, originOf(file));
  if (file.title !== undefined && file.title !== "") into.meta.title = file.title;
  if (file.al) into.meta.producer = "Dynamics 365 Business Central";
}
