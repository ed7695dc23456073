import type { CpuProfileFile } from "../../codec/cpuprofile/file.ts";
import { NodeParser } from "../../codec/cpuprofile/parse-node.ts";
import { JsonKeys, type JsonReader } from "../../codec/json.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";

const KEYS = new JsonKeys(
  "nodes",
  "head",
  "samples",
  "timeDeltas",
  "timestamps",
  "startTime",
  "endTime",
  "title",
  "sampleExecutionTimes",
  "profile",
  "cpuProfile",
  "result",
);

/**
 * Reads the whole document into `file`, keys in any order. A profile may be wrapped, as the answer of the
 * DevTools protocol is: `{"id": 7, "result": {"profile": {…}}}`.
 */
export async function parseFile(
  json: JsonReader,
  file: CpuProfileFile,
  builder: ProfileBuilder,
  notes: Notes,
): Promise<void> {
  const nodes = new NodeParser(json, file, builder, notes);
  await json.take(() => json.enterObject());
  let wrappers = 0;
  for (;;) {
    const key = await json.take(() => json.nextKey(KEYS));
    if (key === undefined) {
      if (wrappers-- === 0) return;
    } else if (key === "profile" || key === "cpuProfile" || key === "result") {
      if ((await json.take(() => json.peek())) === 0x7b) {
        await json.take(() => json.enterObject());
        wrappers++;
      } else await json.skip();
    } else if (key === "nodes") await nodes.list();
    else if (key === "head") await nodes.tree();
    else await parseMember(json, file, key);
  }
}

async function parseMember(json: JsonReader, file: CpuProfileFile, key: string): Promise<void> {
  if (key === "samples") return json.numbers(file.samples);
  if (key === "timeDeltas") return json.numbers(file.timeDeltas);
  if (key === "timestamps") return json.numbers(file.timestamps);
  if (key === "sampleExecutionTimes") return json.numbers(file.executionTimes);
  if (key === "startTime") file.startTime = await json.take(() => exactTime(json));
  else if (key === "endTime") file.endTime = await json.take(() => exactTime(json));
  else if (key === "title") file.title = await json.take(() => json.textOr(undefined));
  else await json.skip();
}

/** Microseconds since the year 1 do not fit a double: an integer stays one. */
function exactTime(json: JsonReader): bigint | number | undefined {
  if (json.null()) return undefined;
  const { value, exact } = json.exactNumber();
  if (exact !== undefined) return exact;
  return Number.isFinite(value) ? value : undefined;
}
