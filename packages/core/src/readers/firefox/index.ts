import { openJson, readWhole } from "../../codec/json-document.ts";
import { jsonPaths } from "../../codec/json-shape.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { ByteSource } from "../../util/source.ts";
import type { Head, Reader, ReadOptions, Verdict } from "../reader.ts";
import { ThreadBuild } from "./build.ts";
import { emptyFile, type FirefoxFile, parseFile } from "./parse.ts";

const ID = "firefox";
/** The newest version whose columns are known here. */
const NEWEST = 70;

/**
 * The Firefox Profiler's processed format, which samply writes as well. Columns moved between its versions; each is
 * looked for wherever a version has it, so that all of them are read without a rewrite:
 *
 * ```
 * strings     thread.stringArray                → shared.stringArray (56)
 * stacks …    thread.stackTable, frameTable …   → shared.… (60)
 * prefix      prefix: row or null               → prefixOffset: rows back, 0 = none (66)
 * file        funcTable.fileName                → funcTable.source → sources.filename (58)
 * library     func → resourceTable.lib          → frameTable.lib (70); thread.libs → libs (41)
 * time        samples.time                      → or samples.timeDeltas (50)
 * ```
 *
 * Source of the format: firefox-devtools/profiler, docs-developer/CHANGELOG-formats.md and src/types/profile.ts.
 */
export const firefoxReader: Reader = {
  id: ID,
  title: "Firefox Profiler, samply",
  priority: 820,
  extensions: [".json"],
  carries: {
    time: true,
    threads: true,
    labels: false,
    lines: true,
    inlined: true,
    severalValueTypes: true,
  },
  sniff,
  read,
};

function sniff(head: Head): Verdict {
  const paths = jsonPaths(head.bytes);
  if (paths.has("meta.preprocessedProfileVersion")) return "yes";
  const isTable = paths.has("threads[].funcTable.name") || paths.has("shared.funcTable.name");
  return isTable || paths.has("shared.stackTable.frame") ? "yes" : "no";
}

async function read(
  source: ByteSource,
  into: ProfileBuilder,
  notes: Notes,
  options: ReadOptions,
): Promise<void> {
  into.meta.format = ID;
  const json = openJson(source, ID, options);
  const file = emptyFile();
  const threads = new ThreadBuild(file, into, notes, (count) => json.expected(count));
  await readWhole(
    json,
    notes,
    () => parseFile(json, file, into, notes, (thread) => threads.early(thread)),
    () => threads.found,
  );
  if (!threads.found) {
    throw new FlambeauError("malformed", "This Firefox profile has no threads", {
      format: ID,
      hint: 'A profile has a list "threads"; was the recording stopped properly?',
    });
  }
  if (file.version > NEWEST) {
    notes.add(
      "information",
      "newer-version",
      `The file's version is newer than ${NEWEST}; what it has that ${NEWEST} has not was left out.`,
    );
  }
  threads.rest();
  setMeta(file, into);
}

function setMeta(file: FirefoxFile, into: ProfileBuilder): void {
  const producer = file.importedFrom || file.product;
  if (producer !== "") into.meta.producer = producer;
  if (file.startTime > 0 && file.startTime < 1e14) {
    into.meta.timeOrigin = BigInt(Math.round(file.startTime * 1000)) * 1000n;
    into.meta.clock = "unix";
  }
  if (file.interval > 0 && file.interval < 1e9 && into.valueTypes.some(({ name }) => name === "samples")) {
    into.meta.period = {
      type: { name: "wall", unit: "nanoseconds" },
      value: Math.round(file.interval * 1e6),
    };
  }
  if (into.valueTypes.length === 0) into.valueType("samples", "count");
}
