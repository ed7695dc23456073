import type { JsonReader } from "./json.ts";

/** The next value where it is a text, else an empty one; within a step. */
export function textOr(json: JsonReader): string {
  if (json.peek() === 0x22) return json.text();
  json.skipValue();
  return "";
}
