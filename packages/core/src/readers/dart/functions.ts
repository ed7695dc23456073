import { JsonKeys, type JsonReader } from "../../codec/json.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import { FrameKind } from "../../model/profile.ts";

const PROFILED = new JsonKeys("kind", "function", "resolvedUrl");
const FUNCTION = new JsonKeys("type", "name", "owner", "location");
const LOCATION = new JsonKeys("line", "column");
/** Functions in functions in a class: deeper than any program nests them. */
const DEEPEST = 16;

/** Reads the list `functions`; the frame of each goes to its index. The next value is the list. */
export async function parseFunctions(
  json: JsonReader,
  into: ProfileBuilder,
  frames: number[],
): Promise<void> {
  await json.elements(() => {
    frames.push(profileFunction(json, into));
  });
}

interface Described {
  /** Outermost first: class, function, closure. */
  readonly names: string[];
  line: number;
  column: number;
}

function profileFunction(json: JsonReader, into: ProfileBuilder): number {
  let kind = "";
  let url = "";
  const described: Described = { names: [], line: 0, column: 0 };
  if (json.peek() !== 0x7b) {
    json.skipValue();
    return into.frameNamed("[unknown]");
  }
  json.enterObject();
  for (let key = json.nextKey(PROFILED); key !== undefined; key = json.nextKey(PROFILED)) {
    if (key === "kind") kind = json.textOr("");
    else if (key === "resolvedUrl") url = json.textOr("");
    else if (key === "function" && json.peek() === 0x7b) describe(json, described, 0);
    else json.skipValue();
  }
  const name = described.names.join(".");
  return into.frame({
    name: into.string(name === "" ? "[unknown]" : name),
    file: into.string(url),
    line: described.line,
    column: described.column,
    kind: kind === "Native" ? FrameKind.native : FrameKind.unknown,
  });
}

/** A function and what it belongs to; a library is no part of the name. Recursion ends at {@link DEEPEST}. */
function describe(json: JsonReader, into: Described, depth: number): void {
  let type = "";
  let name = "";
  json.enterObject();
  for (let key = json.nextKey(FUNCTION); key !== undefined; key = json.nextKey(FUNCTION)) {
    const isObject = json.peek() === 0x7b;
    if (key === "type") type = json.textOr("");
    else if (key === "name") name = json.textOr("");
    else if (key === "owner" && isObject && depth < DEEPEST) describe(json, into, depth + 1);
    else if (key === "location" && isObject && depth === 0) place(json, into);
    else json.skipValue();
  }
  if (!/Library$/.test(type) && name !== "") into.names.push(name);
}

function place(json: JsonReader, into: Described): void {
  json.enterObject();
  for (let key = json.nextKey(LOCATION); key !== undefined; key = json.nextKey(LOCATION)) {
    if (key === "line") into.line = position(json.numberOr(0));
    else if (key === "column") into.column = position(json.numberOr(0));
    else json.skipValue();
  }
}

/** A line or column; 0 where it is none. */
export function position(value: number): number {
  return value >= 1 && value < 2 ** 31 ? Math.floor(value) : 0;
}
