import type { Notes } from "../../model/notes.ts";
import type { KeyPart, MapEntries } from "./entries.ts";
import { keyValues } from "./text.ts";

/**
 * Reads one line of `bpftrace -f json`. Keys of a map are one text each, with the line breaks of its stacks:
 * `{"type": "map", "data": {"@": {"\n    leaf+36\n    main+102\n,bash": 4}}}`.
 */
export function readMapObject(text: string, line: number, entries: MapEntries, notes: Notes): void {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    notes.add("skipped", "bad-json", "a line is not whole JSON: it was skipped", { line });
    return;
  }
  const { type, data } = message as { type?: unknown; data?: unknown };
  if (type !== "map" || !isObject(data)) {
    if (type === "hist" || type === "lhist" || type === "stats") {
      notes.add("skipped", "not-a-number", "a map's entries hold no single number: they were skipped", {
        line,
      });
    }
    return;
  }
  for (const [map, values] of Object.entries(data)) {
    if (!isObject(values)) continue; // a map without a key: a counter of the script
    for (const [key, value] of Object.entries(values)) {
      entries.add(map.replace(/^@/, ""), keyParts(key), String(value), { line });
    }
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Lines that are indented are frames; what stands before, between and behind stacks is separated by commas. */
function keyParts(key: string): KeyPart[] {
  const parts: KeyPart[] = [];
  let frames: string[] | undefined;
  for (const line of key.split("\n")) {
    if (/^\s/.test(line) && line.trim() !== "") {
      frames ??= [];
      frames.push(line.trim());
      continue;
    }
    if (frames !== undefined) parts.push({ frames });
    frames = undefined;
    if (parts.length === 0 && /^,/.test(line)) parts.push({ frames: [] });
    parts.push(...keyValues(line));
  }
  if (frames !== undefined) parts.push({ frames });
  return parts;
}
