import { JsonKeys, type JsonReader } from "../../codec/json.ts";
import { textOr } from "../../codec/json-text.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { readStacks } from "./stacks.ts";

const TOP = new JsonKeys("elapsed_time_sec", "program", "files", "stacks", "combined_stacks");
const NONE = new JsonKeys("-");
const FILE = new JsonKeys("functions", "lines");
const FUNCTION = new JsonKeys("line", "lineno");
const LINE = new JsonKeys(
  "lineno",
  "line",
  "n_cpu_percent_python",
  "n_cpu_percent_c",
  "n_sys_percent",
  "n_malloc_mb",
);

/** A line of a program. Shares are percentages of the time elapsed, `malloc` is megabytes. */
export interface ScaleneLine {
  readonly number: number;
  /** How far its text is indented; Infinity for a blank line or a comment, which end no function. */
  readonly indent: number;
  readonly python: number;
  readonly native: number;
  readonly system: number;
  readonly malloc: number;
}

export interface ScaleneSource {
  readonly path: string;
  readonly lines: ScaleneLine[];
  readonly functions: { readonly name: string; readonly line: number }[];
}

export interface ScaleneFile {
  elapsed: number;
  program: string;
  readonly files: ScaleneSource[];
}

export function emptyFile(): ScaleneFile {
  return { elapsed: Number.NaN, program: "", files: [] };
}

/** Reads the whole document, keys in any order. */
export async function parseFile(
  json: JsonReader,
  file: ScaleneFile,
  into: ProfileBuilder,
  notes: Notes,
): Promise<void> {
  await json.take(() => json.enterObject());
  for (;;) {
    const key = await json.take(() => json.nextKey(TOP));
    if (key === undefined) return;
    const byte = await json.take(() => json.peek());
    if (key === "elapsed_time_sec") file.elapsed = await json.take(() => json.numberOr(Number.NaN));
    else if (key === "program" && byte === 0x22) file.program = await json.take(() => json.text());
    else if (key === "combined_stacks" && byte === 0x5b) await readStacks(json, into);
    else if (key === "files" && byte === 0x7b) await parseSources(json, file);
    else if (key === "stacks" && byte === 0x5b) await passStacks(json, into, notes);
    else await json.skip();
  }
}

async function passStacks(json: JsonReader, into: ProfileBuilder, notes: Notes): Promise<void> {
  const { offset } = json;
  const any = await isFilled(json);
  if (!any || into.sampleCount > 0) return; // the combined ones are the same, and more
  const message = "scalene's list of stacks was left out: its samples are in the lines, too.";
  notes.add("skipped", "stacks", message, { offset });
}

/** Passes a list; true where it holds anything. */
async function isFilled(json: JsonReader): Promise<boolean> {
  await json.take(() => json.enterArray());
  let any = false;
  while (await json.take(() => json.nextElement())) {
    any = true;
    await json.skip();
  }
  return any;
}

async function parseSources(json: JsonReader, file: ScaleneFile): Promise<void> {
  await json.take(() => json.enterObject());
  for (;;) {
    const path = await json.take(() => {
      const key = json.nextKey(NONE);
      return key === undefined ? undefined : key === "" ? json.spanText() : key;
    });
    if (path === undefined) return;
    if ((await json.take(() => json.peek())) !== 0x7b) {
      await json.skip();
      continue;
    }
    const source: ScaleneSource = { path, lines: [], functions: [] };
    file.files.push(source);
    await parseSource(json, source);
  }
}

async function parseSource(json: JsonReader, source: ScaleneSource): Promise<void> {
  await json.take(() => json.enterObject());
  for (;;) {
    const key = await json.take(() => json.nextKey(FILE));
    if (key === undefined) return;
    if (key === "" || (await json.take(() => json.peek())) !== 0x5b) {
      await json.skip();
      continue;
    }
    await json.elements(() => {
      if (key === "lines") source.lines.push(parseLine(json));
      else source.functions.push(parseFunction(json));
    });
  }
}

function parseFunction(json: JsonReader): { readonly name: string; readonly line: number } {
  let name = "";
  let line = 0;
  json.enterObject();
  for (let key = json.nextKey(FUNCTION); key !== undefined; key = json.nextKey(FUNCTION)) {
    if (key === "line") name = textOr(json);
    else if (key === "lineno") line = json.numberOr(0);
    else json.skipValue();
  }
  return { name: name || "(unnamed)", line };
}

function parseLine(json: JsonReader): ScaleneLine {
  const values = new Map<string, number>();
  let text = "";
  json.enterObject();
  for (let key = json.nextKey(LINE); key !== undefined; key = json.nextKey(LINE)) {
    if (key === "") json.skipValue();
    else if (key === "line") text = textOr(json);
    else values.set(key, json.numberOr(0));
  }
  const value = (key: string): number => {
    const found = values.get(key) ?? 0;
    return Number.isFinite(found) && found >= 0 && found < 2 ** 31 ? found : 0;
  };
  return {
    number: Math.floor(value("lineno")),
    indent: /^\s*(?:#|$)/.test(text) ? Number.POSITIVE_INFINITY : text.length - text.trimStart().length,
    python: value("n_cpu_percent_python"),
    native: value("n_cpu_percent_c"),
    system: value("n_sys_percent"),
    malloc: value("n_malloc_mb"),
  };
}
