import { JsonKeys, type JsonReader } from "../../codec/json.ts";
import { openJson, readWhole } from "../../codec/json-document.ts";
import { jsonPaths } from "../../codec/json-shape.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { ByteSource } from "../../util/source.ts";
import type { Head, Reader, ReadOptions, Verdict } from "../reader.ts";
import { SharedFrames } from "./frames.ts";
import { handOver } from "./hand-over.ts";
import { type ProfileEntry, ProfileParser } from "./parse-profile.ts";
import { PendingSamples } from "./pending.ts";

const ID = "speedscope";
const KEYS = new JsonKeys("shared", "profiles", "name", "exporter", "version", "activeProfileIndex");

/**
 * speedscope's own file format, which py-spy, rbspy, austin and others export. Every profile of a file becomes a
 * thread. Source of the format: speedscope's `src/lib/file-format-spec.ts`; its versions 0.0.1 to today differ
 * only in members that may be missing.
 */
export const speedscopeReader: Reader = {
  id: ID,
  title: "speedscope",
  priority: 630,
  extensions: [".speedscope.json"],
  carries: {
    time: true,
    threads: true,
    labels: false,
    lines: true,
    inlined: false,
    severalValueTypes: true,
  },
  sniff,
  read,
};

function sniff(head: Head): Verdict {
  const paths = jsonPaths(head.bytes);
  if (!paths.has("{}")) return "no";
  const schema = paths.has("$schema") && /"\$schema"\s*:\s*"[^"]*speedscope/.test(head.text);
  if (schema) return "yes";
  if (paths.has("shared.frames") && (paths.has("profiles[]") || !head.complete)) return "yes";
  if (paths.has("profiles[].startValue") && paths.has("profiles[].unit")) return "yes";
  return "no";
}

async function read(
  source: ByteSource,
  into: ProfileBuilder,
  notes: Notes,
  options: ReadOptions,
): Promise<void> {
  into.meta.format = ID;
  const json = openJson(source, ID, options);
  const frames = new SharedFrames(json, into, notes);
  const samples = new PendingSamples();
  const entries: ProfileEntry[] = [];
  const file: FileFacts = {};
  await readWhole(
    json,
    notes,
    () => parseFile(json, frames, new ProfileParser(json, samples, notes), entries, file),
    () => frames.rows.length > 0 && samples.length > 0,
  );
  if (entries.length === 0) throw withoutProfiles();
  setMeta(file, entries, into);
  handOver(entries, samples, frames.rows, file.active, into, notes);
}

/** Members of the file besides the profiles. */
interface FileFacts {
  name?: string;
  producer?: string;
  active?: number;
}

async function parseFile(
  json: JsonReader,
  frames: SharedFrames,
  profiles: ProfileParser,
  entries: ProfileEntry[],
  file: FileFacts,
): Promise<void> {
  await json.take(() => json.enterObject());
  for (;;) {
    const key = await json.take(() => json.nextKey(KEYS));
    if (key === undefined) return;
    if (key === "shared") await frames.parse();
    else if (key === "profiles") {
      await json.take(() => json.enterArray());
      while (await json.take(() => json.nextElement())) await profiles.parse(entries);
    } else if (key === "name") file.name = await json.take(() => json.text());
    else if (key === "exporter") file.producer = await json.take(() => json.text());
    else if (key === "version") file.producer ??= `speedscope@${await json.take(() => versionText(json))}`;
    else if (key === "activeProfileIndex") file.active = await json.take(() => json.number());
    else await json.skip();
  }
}

function versionText(json: JsonReader): string {
  return json.peek() === 0x22 ? json.text() : String(json.number());
}

function withoutProfiles(): FlambeauError {
  return new FlambeauError("malformed", "This speedscope file has no profiles", {
    format: ID,
    hint: 'A speedscope file has a list "profiles" with at least one entry.',
  });
}

function setMeta(file: FileFacts, entries: readonly ProfileEntry[], into: ProfileBuilder): void {
  if (file.name !== undefined && file.name !== "") into.meta.title = file.name;
  if (file.producer !== undefined && file.producer !== "") into.meta.producer = file.producer;
  const active = file.active === undefined ? undefined : entries[file.active];
  if (active !== undefined && entries.length > 1) into.meta.comments = [`active profile: ${active.name}`];
}
