import { openJson, readWhole } from "../../codec/json-document.ts";
import { jsonPaths } from "../../codec/json-shape.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { ByteSource } from "../../util/source.ts";
import type { Head, Reader, ReadOptions, Verdict } from "../reader.ts";
import { addBars } from "./bars.ts";
import { emptyFile, type FlamebearerFile, parseFile } from "./parse.ts";
import { weightsOf } from "./weights.ts";

const ID = "flamebearer";

/**
 * Pyroscope's flamebearer: a flame graph as rows of bars, one profile (`single`) or two side by side (`double`), as its
 * `/render` answers and its exports hold it.
 */
export const flamebearerReader: Reader = {
  id: ID,
  title: "Pyroscope flamebearer",
  priority: 845,
  extensions: [".json"],
  carries: {
    time: false,
    threads: false,
    labels: false,
    lines: false,
    inlined: false,
    severalValueTypes: true,
  },
  sniff,
  read,
};

function sniff(head: Head): Verdict {
  const paths = jsonPaths(head.bytes);
  if (paths.has("flamebearer.names[]") || paths.has("flamebearer.levels[]")) return "yes";
  return paths.has("names[]") && paths.has("levels[]") && paths.has("numTicks") ? "yes" : "no";
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
  await readWhole(
    json,
    notes,
    () => parseFile(json, file, into),
    () => file.bars.length > 0,
  );
  if (file.ends.length === 0) {
    throw new FlambeauError("malformed", "This flamebearer has no levels", {
      format: ID,
      hint: "The bars of the flame graph are a list of lists called levels.",
    });
  }
  addBars(file, weightsOf(file, into), into, notes);
  setMeta(file, into);
}

function setMeta(file: FlamebearerFile, into: ProfileBuilder): void {
  const title = file.name || file.appName;
  if (title !== "") into.meta.title = title;
  if (file.spyName !== "") into.meta.producer = `Pyroscope ${file.spyName}`;
  const { startTime, endTime } = file;
  if (startTime > 0 && startTime < 1e11) {
    into.meta.timeOrigin = BigInt(Math.round(startTime * 1000)) * 1_000_000n;
    into.meta.clock = "unix";
    if (endTime >= startTime && endTime < 1e11) into.meta.duration = Math.round((endTime - startTime) * 1e9);
  }
}
