import { JsonKeys, type JsonReader, OTHER_KEY } from "../../codec/json.ts";
import { columnOf, type Dump, type DumpFrame } from "./dump.ts";

const KEYS = new JsonKeys(
  "mode",
  "interval",
  "missed_samples",
  "frames",
  "raw",
  "raw_lines",
  "raw_timestamp_deltas",
  "raw_sample_timestamps",
);
const FRAME = new JsonKeys("name", "file", "line", "samples", "edges");
const ANY = new JsonKeys();

/** Reads the JSON of a dump; what was read before an error stays in `dump`. */
export async function readJsonDump(json: JsonReader, dump: Dump): Promise<void> {
  await json.take(() => json.enterObject());
  for (;;) {
    const key = await json.take(() => json.nextKey(KEYS));
    if (key === undefined) return;
    const byte = await json.take(() => json.peek());
    if (key === "mode" && byte === 0x22) dump.mode = await json.take(() => json.text());
    else if (key === "interval") dump.interval = await json.take(() => json.numberOr(1));
    else if (key === "missed_samples") dump.missed = await json.take(() => json.numberOr(0));
    else if (key === "frames" && byte === 0x7b) await readFrames(json, dump);
    else if (isColumn(key) && byte === 0x5b) await json.numbers(columnOf(dump, key), Number.NaN);
    else await json.skip();
  }
}

function isColumn(
  key: string,
): key is "raw" | "raw_lines" | "raw_timestamp_deltas" | "raw_sample_timestamps" {
  return key.startsWith("raw");
}

async function readFrames(json: JsonReader, dump: Dump): Promise<void> {
  await json.take(() => json.enterObject());
  await json.run(() => {
    if (json.nextKey(ANY) === undefined) return false;
    const id = Number(json.spanText());
    const frame = readFrame(json, id);
    dump.frames.push(frame);
    return true;
  });
}

function readFrame(json: JsonReader, id: number): DumpFrame {
  let name = "";
  let file = "";
  let line = 0;
  let samples = 0;
  let edges: readonly number[] = [];
  if (json.peek() !== 0x7b) json.skipValue();
  else {
    json.enterObject();
    for (let key = json.nextKey(FRAME); key !== undefined; key = json.nextKey(FRAME)) {
      const byte = json.peek();
      if (key === "name" && byte === 0x22) name = json.text();
      else if (key === "file" && byte === 0x22) file = json.text();
      else if (key === "line") line = json.numberOr(0);
      else if (key === "samples") samples = json.numberOr(0);
      else if (key === "edges" && byte === 0x7b) edges = readEdges(json);
      else json.skipValue();
    }
  }
  return { id, name, file, line, samples, edges };
}

function readEdges(json: JsonReader): readonly number[] {
  const edges: number[] = [];
  json.enterObject();
  while (json.nextKey(ANY) === OTHER_KEY) edges.push(Number(json.spanText()), json.numberOr(0));
  return edges;
}
