import { JsonKeys, type JsonReader, NumberColumn } from "../../codec/json.ts";
import { openJson, readWhole } from "../../codec/json-document.ts";
import { jsonPaths } from "../../codec/json-shape.ts";
import { textOr } from "../../codec/json-text.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import type { ByteSource } from "../../util/source.ts";
import type { Head, Reader, ReadOptions, Verdict } from "../reader.ts";

const ID = "gprof2dot-json";
const TOP = new JsonKeys("costs", "functions", "events");
const COST = new JsonKeys("description", "unit");
const FUNCTION = new JsonKeys("name", "module");
const EVENT = new JsonKeys("callchain", "cost");

/**
 * gprof2dot's JSON, which memtrail writes: functions, and events with a chain of functions from the leaf and a cost of
 * each kind. Lists may come in any order.
 */
export const gprof2dotJsonReader: Reader = {
  id: ID,
  title: "gprof2dot JSON (memtrail)",
  priority: 846,
  extensions: [".json"],
  carries: {
    time: false,
    threads: false,
    labels: false,
    lines: false,
    inlined: false,
    severalValueTypes: true,
  },
  sniff,
  read,
};

function sniff(head: Head): Verdict {
  const paths = jsonPaths(head.bytes);
  if (paths.has("events[].callchain") && paths.has("events[].cost")) return "yes";
  return paths.has("costs[].description") && (paths.has("functions[]") || paths.has("events[]"))
    ? "yes"
    : "no";
}

/** The events of a file, as they come. */
class Events {
  readonly functions: number[] = [];
  readonly costs: { readonly name: string; readonly unit: string }[] = [];
  /** Function indices of all chains, and where each ends. */
  readonly chain: NumberColumn = new NumberColumn();
  readonly chainEnds: NumberColumn = new NumberColumn();
  readonly cost: NumberColumn = new NumberColumn();
  readonly costEnds: NumberColumn = new NumberColumn();
}

async function read(
  source: ByteSource,
  into: ProfileBuilder,
  notes: Notes,
  options: ReadOptions,
): Promise<void> {
  into.meta.format = ID;
  const json = openJson(source, ID, options);
  const file = new Events();
  await readWhole(
    json,
    notes,
    () => parse(json, file, into),
    () => file.chainEnds.length > 0,
  );
  addSamples(file, into, notes);
}

async function parse(json: JsonReader, file: Events, into: ProfileBuilder): Promise<void> {
  await json.take(() => json.enterObject());
  for (;;) {
    const key = await json.take(() => json.nextKey(TOP));
    if (key === undefined) return;
    if (key === "" || (await json.take(() => json.peek())) !== 0x5b) {
      await json.skip();
      continue;
    }
    await json.elements(() => {
      if (key === "costs") file.costs.push(cost(json));
      else if (key === "functions") file.functions.push(functionFrame(json, into));
      else event(json, file);
    });
  }
}

function cost(json: JsonReader): { readonly name: string; readonly unit: string } {
  let name = "";
  let unit = "";
  json.enterObject();
  for (let key = json.nextKey(COST); key !== undefined; key = json.nextKey(COST)) {
    if (key === "description") name = textOr(json);
    else if (key === "unit") unit = textOr(json);
    else json.skipValue();
  }
  return { name: name || "cost", unit: unit || "count" };
}

function functionFrame(json: JsonReader, into: ProfileBuilder): number {
  let name = 0;
  let module = "";
  json.enterObject();
  for (let key = json.nextKey(FUNCTION); key !== undefined; key = json.nextKey(FUNCTION)) {
    if (key === "name") name = into.string(textOr(json));
    else if (key === "module") module = textOr(json);
    else json.skipValue();
  }
  const mapping = module === "" ? -1 : into.mapping({ path: module });
  return into.frame({ name: name || into.string("(unnamed)"), mapping });
}

const chain = new NumberColumn();
const costs = new NumberColumn();

/** The columns of the file grow last, because a step may begin anew. */
function event(json: JsonReader, file: Events): void {
  chain.clear();
  costs.clear();
  json.enterObject();
  for (let key = json.nextKey(EVENT); key !== undefined; key = json.nextKey(EVENT)) {
    if (key === "callchain") json.numbersWithin(chain);
    else if (key === "cost") json.numbersWithin(costs);
    else json.skipValue();
  }
  for (let i = 0; i < chain.length; i++) file.chain.push(chain.at(i));
  for (let i = 0; i < costs.length; i++) file.cost.push(costs.at(i));
  file.chainEnds.push(file.chain.length);
  file.costEnds.push(file.cost.length);
}

function addSamples(file: Events, into: ProfileBuilder, notes: Notes): void {
  const types = (file.costs.length > 0 ? file.costs : [{ name: "cost", unit: "count" }]).map(
    ({ name, unit }) => into.valueType(name, unit),
  );
  const weights = new Float64Array(into.valueTypes.length);
  for (let row = 0; row < file.chainEnds.length; row++) {
    const start = row === 0 ? 0 : file.chainEnds.at(row - 1);
    let stack = -1;
    for (let i = file.chainEnds.at(row) - 1; i >= start; i--) {
      const frame = file.functions[file.chain.at(i)];
      if (frame !== undefined) stack = into.stack(stack, frame);
      else notes.add("approximated", "missing-function", "A chain names a function that is not in the file.");
    }
    const from = row === 0 ? 0 : file.costEnds.at(row - 1);
    weights.fill(0);
    types.forEach((type, i) => {
      const value = from + i < file.costEnds.at(row) ? file.cost.at(from + i) : 0;
      if (Number.isFinite(value)) weights[type]! += value;
      else notes.add("skipped", "not-finite", "A cost that is not a finite number was left out.");
    });
    into.sample(stack, weights);
  }
}
