import { JsonKeys, type JsonReader } from "../../codec/json.ts";
import { openJson, readWhole } from "../../codec/json-document.ts";
import { jsonPaths } from "../../codec/json-shape.ts";
import { textOr } from "../../codec/json-text.ts";
import { walkJsonTree } from "../../codec/json-tree.ts";
import { parseLineNumber } from "../../codec/native-frames.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { ByteSource } from "../../util/source.ts";
import type { Head, Reader, ReadOptions, Verdict } from "../reader.ts";
import { CostTree, NODE } from "./tree.ts";

const ID = "ghc-prof-json";
const TOP = new JsonKeys("program", "tick_interval", "total_time", "cost_centres", "profile");
const CENTRE = new JsonKeys("id", "label", "module", "src_loc");

/** GHC's cost-centre profile as JSON (`+RTS -pj`): a list of cost centres and a tree of their own ticks, bytes and entries. */
export const ghcProfJsonReader: Reader = {
  id: ID,
  title: "GHC .prof as JSON (+RTS -pj)",
  priority: 847,
  extensions: [".prof", ".json"],
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
  return paths.has("cost_centres[]") && (paths.has("tick_interval") || paths.has("rts_arguments"))
    ? "yes"
    : "no";
}

async function read(
  source: ByteSource,
  into: ProfileBuilder,
  notes: Notes,
  options: ReadOptions,
): Promise<void> {
  into.meta.format = ID;
  const json = openJson(source, ID, options);
  const tree = new CostTree();
  await readWhole(
    json,
    notes,
    () => parse(json, tree, into),
    () => tree.length > 0,
  );
  if (tree.length === 0) {
    throw new FlambeauError("malformed", "This profile has no tree of cost centres", { format: ID });
  }
  tree.addSamples(into, notes);
}

async function parse(json: JsonReader, tree: CostTree, into: ProfileBuilder): Promise<void> {
  await json.take(() => json.enterObject());
  for (;;) {
    const key = await json.take(() => json.nextKey(TOP));
    if (key === undefined) return;
    const byte = await json.take(() => json.peek());
    if (key === "cost_centres" && byte === 0x5b) {
      await json.elements(() => {
        costCentre(json, tree, into);
      });
    } else if (key === "profile" && byte === 0x7b && tree.length === 0) {
      await walkJsonTree(json, NODE, (member) => member === "children", {
        enter: (parent) => tree.add(parent),
        member: (member, row) => tree.member(json, member, row),
      });
    } else if (key === "program" && byte === 0x22) into.meta.title = await json.take(() => json.text());
    else if (key === "tick_interval" || key === "total_time") {
      const value = await json.take(() => json.numberOr(Number.NaN));
      if (!(value >= 0 && value < 1e9)) continue;
      if (key === "tick_interval") tree.tick = value * 1000;
      else into.meta.duration = Math.round(value * 1e9);
    } else await json.skip();
  }
}

/** `src/Main.hs:(3,1)-(5,20)` and `W.hs:7:1-20` say where the cost centre begins. */
function costCentre(json: JsonReader, tree: CostTree, into: ProfileBuilder): void {
  let id = Number.NaN;
  const text = { label: "", module: "", src_loc: "" };
  json.enterObject();
  for (let key = json.nextKey(CENTRE); key !== undefined; key = json.nextKey(CENTRE)) {
    if (key === "") json.skipValue();
    else if (key === "id") id = json.numberOr(Number.NaN);
    else text[key] = textOr(json);
  }
  const at = /^(.+?):\(?(\d+)[,:]/.exec(text.src_loc);
  const name = text.module === "" ? text.label : `${text.module}.${text.label}`;
  const frame = into.frame({
    name: into.string(name || "[unknown]"),
    file: at === null ? 0 : into.string(at[1]!),
    line: parseLineNumber(at?.[2]),
  });
  tree.frames.set(id, frame);
}
