import { openJson, readWhole } from "../../codec/json-document.ts";
import { jsonPaths } from "../../codec/json-shape.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { ByteSource } from "../../util/source.ts";
import type { Head, Reader, ReadOptions, Verdict } from "../reader.ts";
import { emptySession, parseSession, type Session } from "./session.ts";

const ID = "pyinstrument";

/**
 * pyinstrument's profiles: a saved session (`-r session`) with a record for each sample in the order of time, and the
 * trees of its JSON (`-r json`) and HTML output, whose frames have the time spent in them and below.
 */
export const pyinstrumentReader: Reader = {
  id: ID,
  title: "pyinstrument",
  priority: 848,
  extensions: [".pyisession", ".json"],
  carries: {
    time: true,
    threads: true,
    labels: false,
    lines: true,
    inlined: false,
    severalValueTypes: false,
  },
  sniff,
  read,
};

function sniff(head: Head): Verdict {
  const paths = jsonPaths(head.bytes);
  if (paths.has("frame_tree.identifier") || paths.has("frame_records[]")) return "yes";
  if (paths.has("root_frame.function") && paths.has("sample_count")) return "yes";
  if (paths.has("session.start_call_stack[]")) return "yes";
  return paths.has("start_call_stack[]") && paths.has("sample_count") ? "yes" : "no";
}

async function read(
  source: ByteSource,
  into: ProfileBuilder,
  notes: Notes,
  options: ReadOptions,
): Promise<void> {
  into.meta.format = ID;
  into.meta.producer = "pyinstrument";
  into.valueType("wall", "nanoseconds");
  const json = openJson(source, ID, options);
  const session = emptySession(into, notes);
  await readWhole(
    json,
    notes,
    () => parseSession(json, session),
    () => session.records.length > 0 || session.tree.length > 0,
  );
  if (!session.found) {
    throw new FlambeauError(
      "malformed",
      "This pyinstrument session has neither records nor a tree of frames",
      {
        format: ID,
      },
    );
  }
  session.tree.addSamples(into, notes);
  setMeta(session, into);
}

function setMeta({ facts, target, records }: Session, into: ProfileBuilder): void {
  const { start_time: start, duration, sample_count: count, min_interval: interval } = facts;
  if (start > 0 && start < 1e10) {
    into.meta.timeOrigin = BigInt(Math.round(start * 1e6)) * 1000n;
    into.meta.clock = "unix";
  }
  if (duration >= 0 && duration < 1e9) into.meta.duration = Math.round(duration * 1e9);
  if (count >= 0) into.meta.observations = count;
  if (interval > 0 && interval < 1e9) {
    into.meta.period = { type: { name: "wall", unit: "nanoseconds" }, value: Math.round(interval * 1e9) };
  }
  if (target !== "") into.meta.title = target;
  if (records.length > 0) into.meta.samplesInOrder = true;
}
