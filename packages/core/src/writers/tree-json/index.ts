import { type Profile, totalsOf } from "../../model/profile.ts";
import { buildFlameTree } from "../../transforms/build-tree.ts";
import type { ByteSink } from "../../util/sink.ts";
import type { WriteOptions, Writer } from "../writer.ts";
import { writeFlameTreeJson } from "./tree.ts";

/** The flame graph's tree as JSON, for d3-flame-graph and scripts; see {@link writeFlameTreeJson}. */
export const treeJsonWriter: Writer = {
  id: "tree-json",
  title: "JSON of the tree (d3-flame-graph)",
  extensions: [".json"],
  write,
};

async function write(profile: Profile, sink: ByteSink, options: WriteOptions): Promise<string[]> {
  const { meta } = profile;
  const tree = buildFlameTree(profile, { valueType: options.valueType });
  const bothSides = options.valueType === undefined && meta.differential !== undefined;
  await writeFlameTreeJson(tree, sink, {
    title: meta.title,
    producer: meta.producer,
    valueType: bothSides ? undefined : profile.valueTypes[options.valueType ?? meta.defaultValueType],
    notes: profile.notes,
  });
  return losses(profile, options, bothSides);
}

function losses(profile: Profile, options: WriteOptions, bothSides: boolean): string[] {
  const { samples, valueTypes, meta, frames } = profile;
  const sentences: string[] = [];
  const type = options.valueType ?? meta.defaultValueType;
  const totals = totalsOf(profile);
  const others = valueTypes.filter((_, row) => row !== type && totals[row] !== 0 && !bothSides);
  if (others.length > 0) {
    sentences.push(
      `Only ${valueTypes[type]!.name}/${valueTypes[type]!.unit} was written; a tree holds one value type, not ` +
        `${others.map((other) => `${other.name}/${other.unit}`).join(", ")}.`,
    );
  }
  const lost = [
    samples.time === undefined ? "" : "times",
    samples.labels === undefined ? "" : "labels",
    samples.thread === undefined ? "" : "threads",
    frames.file.some((file) => file !== 0) || frames.line.some((line) => line !== 0) ? "files and lines" : "",
  ].filter((word) => word !== "");
  if (lost.length > 0) sentences.push(`A tree by function name holds no ${lost.join(", no ")}.`);
  return sentences;
}
