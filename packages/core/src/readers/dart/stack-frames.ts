import { JsonKeys, type JsonReader } from "../../codec/json.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import { position } from "./functions.ts";

const FRAME = new JsonKeys("name", "parent", "resolvedUrl", "sourceLine");

/** An entry of `stackFrames`: its frame, and the string id of the entry that calls it (0: none). */
export interface Entry {
  readonly frame: number;
  readonly parent: number;
}

/** Reads the object `stackFrames` into entries by the string ids of their keys. The next value is the object. */
export async function parseStackFrames(
  json: JsonReader,
  into: ProfileBuilder,
  entries: Map<number, Entry>,
): Promise<void> {
  await json.take(() => json.enterObject());
  await json.run(() => {
    if (json.nextKey(FRAME) === undefined) return false;
    const id = into.stringBytes(json.spanBytes, json.spanStart, json.spanEnd);
    let name = "";
    let url = "";
    let line = 0;
    let parent = 0;
    if (json.peek() !== 0x7b) {
      json.skipValue();
      return true;
    }
    json.enterObject();
    for (let key = json.nextKey(FRAME); key !== undefined; key = json.nextKey(FRAME)) {
      if (key === "name") name = json.textOr("");
      else if (key === "resolvedUrl") url = json.textOr("");
      else if (key === "parent") parent = into.string(json.textOr(""));
      else if (key === "sourceLine") line = position(json.numberOr(0));
      else json.skipValue();
    }
    const frame = into.frame({
      name: into.string(name === "" ? "[unknown]" : name),
      file: into.string(url),
      line,
    });
    entries.set(id, { frame, parent });
    return true;
  });
}
