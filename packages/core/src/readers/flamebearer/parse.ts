import { JsonKeys, type JsonReader, NumberColumn } from "../../codec/json.ts";
import { textOr } from "../../codec/json-text.ts";
import type { ProfileBuilder } from "../../model/builder.ts";

const TOP = new JsonKeys("flamebearer", "metadata", "timeline", "names", "levels", "format");
const METADATA = new JsonKeys(
  "format",
  "units",
  "name",
  "appName",
  "sampleRate",
  "spyName",
  "startTime",
  "endTime",
);

/** What the file says, before anything is concluded from it. */
export interface FlamebearerFile {
  /** String ids of the builder. */
  readonly names: NumberColumn;
  /** The bars of all levels, four or seven numbers each. */
  readonly bars: NumberColumn;
  /** Where each level ends in `bars`. */
  readonly ends: NumberColumn;
  format: string;
  units: string;
  name: string;
  appName: string;
  spyName: string;
  sampleRate: number;
  /** Seconds since 1970. */
  startTime: number;
  endTime: number;
}

export function emptyFile(): FlamebearerFile {
  return {
    names: new NumberColumn(),
    bars: new NumberColumn(),
    ends: new NumberColumn(),
    format: "",
    units: "",
    name: "",
    appName: "",
    spyName: "",
    sampleRate: Number.NaN,
    startTime: Number.NaN,
    endTime: Number.NaN,
  };
}

/** Reads the whole document into `file`, keys in any order. */
export async function parseFile(
  json: JsonReader,
  file: FlamebearerFile,
  into: ProfileBuilder,
): Promise<void> {
  await json.take(() => json.enterObject());
  let inside = false;
  for (;;) {
    const key = await json.take(() => json.nextKey(TOP));
    if (key === undefined) {
      if (!inside) return;
      inside = false;
      continue;
    }
    const byte = await json.take(() => json.peek());
    if (key === "flamebearer" && byte === 0x7b && !inside) {
      await json.take(() => json.enterObject());
      inside = true;
    } else if (key === "names" && byte === 0x5b) await parseNames(json, file, into);
    else if (key === "levels" && byte === 0x5b) await parseLevels(json, file);
    else if (key === "metadata" && byte === 0x7b) await json.take(() => parseMetadata(json, file));
    else if (key === "format" && byte === 0x22) file.format = await json.take(() => json.text());
    else await json.skip();
  }
}

async function parseNames(json: JsonReader, { names }: FlamebearerFile, into: ProfileBuilder): Promise<void> {
  await json.elements(() => {
    names.push(into.string(textOr(json)));
  });
}

async function parseLevels(json: JsonReader, { bars, ends }: FlamebearerFile): Promise<void> {
  await json.take(() => json.enterArray());
  while (await json.take(() => json.nextElement())) {
    await json.numbers(bars, Number.NaN);
    ends.push(bars.length);
  }
}

function parseMetadata(json: JsonReader, file: FlamebearerFile): void {
  json.enterObject();
  for (let key = json.nextKey(METADATA); key !== undefined; key = json.nextKey(METADATA)) {
    if (key === "") json.skipValue();
    else if (key === "sampleRate" || key === "startTime" || key === "endTime")
      file[key] = json.numberOr(Number.NaN);
    else file[key] = textOr(json) || file[key];
  }
}
