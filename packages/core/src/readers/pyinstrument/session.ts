import { JsonKeys, type JsonReader } from "../../codec/json.ts";
import { walkJsonTree } from "../../codec/json-tree.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { Records } from "./records.ts";
import { FrameTree, NODE } from "./tree.ts";

const TOP = new JsonKeys(
  "session",
  "start_time",
  "duration",
  "sample_count",
  "min_interval",
  "target_description",
  "frame_records",
  "frame_tree",
  "root_frame",
);

/** What a file says. */
export interface Session {
  /** Seconds, but for the count of samples. */
  readonly facts: { start_time: number; duration: number; sample_count: number; min_interval: number };
  target: string;
  readonly records: Records;
  readonly tree: FrameTree;
  /** True once there were records or a tree, if empty ones. */
  found: boolean;
}

export function emptySession(into: ProfileBuilder, notes: Notes): Session {
  const none = Number.NaN;
  return {
    facts: { start_time: none, duration: none, sample_count: none, min_interval: none },
    target: "",
    records: new Records(into, notes),
    tree: new FrameTree(),
    found: false,
  };
}

/** Reads the whole document, keys in any order; the facts may stand in an object of their own, `session`. */
export async function parseSession(json: JsonReader, session: Session): Promise<void> {
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
    if (key === "session" && byte === 0x7b && !inside) {
      await json.take(() => json.enterObject());
      inside = true;
    } else await member(json, session, key, byte);
  }
}

async function member(
  json: JsonReader,
  session: Session,
  key: ReturnType<typeof TOP.find>,
  byte: number,
): Promise<void> {
  if (key === "frame_records" && byte === 0x5b) {
    session.found = true;
    await session.records.parse(json);
  } else if ((key === "frame_tree" || key === "root_frame") && session.tree.length === 0) {
    session.found = true;
    // No sample was taken: null.
    if (byte !== 0x7b) return json.skip();
    await walkJsonTree(json, NODE, (name) => name === "children", {
      enter: (parent) => session.tree.add(parent),
      member: (name, row) => session.tree.member(json, name, row),
    });
  } else if (key === "target_description" && byte === 0x22)
    session.target = await json.take(() => json.text());
  else if (key === "start_time" || key === "duration" || key === "sample_count" || key === "min_interval") {
    session.facts[key] = await json.take(() => json.numberOr(Number.NaN));
  } else await json.skip();
}
