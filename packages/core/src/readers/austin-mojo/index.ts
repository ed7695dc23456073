import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { ByteSource } from "../../util/source.ts";
import { ByteWindow } from "../../util/window.ts";
import type { Head, Reader, ReadOptions, Verdict } from "../reader.ts";
import { Cursor } from "./cursor.ts";
import { MojoEvents } from "./events.ts";

const FORMAT = "austin-mojo";
const NEWEST = 4;

/**
 * austin's binary form, versions 1 to 4: events of one byte with varints and texts behind it. Frames and names are
 * written once per process and then referred to. Source: P403n1x87/austin, src/mojo.h, and austin-python's reader.
 */
export const austinMojoReader: Reader = {
  id: FORMAT,
  title: "austin (MOJO)",
  priority: 317,
  extensions: [".mojo"],
  carries: {
    time: false,
    threads: true,
    labels: false,
    lines: true,
    inlined: false,
    severalValueTypes: true,
  },
  sniff: ({ bytes }: Head): Verdict => (beginsAsMojo(bytes) && bytes[3]! < 64 ? "yes" : "no"),
  read,
};

function beginsAsMojo(bytes: Uint8Array): boolean {
  return bytes[0] === 0x4d && bytes[1] === 0x4f && bytes[2] === 0x4a && bytes.length > 3;
}

async function read(
  source: ByteSource,
  into: ProfileBuilder,
  notes: Notes,
  options: ReadOptions,
): Promise<void> {
  into.meta.format = FORMAT;
  into.meta.samplesInOrder = true;
  const window = new ByteWindow(source);
  if (!(await window.ensure(4)) || !beginsAsMojo(window.bytes)) {
    throw new FlambeauError("malformed", "the file does not begin with MOJ", { format: FORMAT, offset: 0 });
  }
  const version = window.bytes[window.at + 3]!;
  if (version < 1 || version > NEWEST) {
    throw new FlambeauError("unsupported", `version ${version} of MOJO is not known`, {
      format: FORMAT,
      offset: 3,
      hint: "Convert it with austin's own tools: mojo2austin FILE OUT.austin.",
    });
  }
  window.at += 4;
  const events = new MojoEvents(into, notes, version);
  await takeAll(window, events, notes, options);
  events.finish();
  if (into.sampleCount === 0) {
    throw new FlambeauError("malformed", "the file holds no sample", { format: FORMAT });
  }
}

async function takeAll(
  window: ByteWindow,
  events: MojoEvents,
  notes: Notes,
  options: ReadOptions,
): Promise<void> {
  const cursor = new Cursor();
  while (await window.ensure(1)) {
    const offset = window.offset;
    cursor.reset(window.bytes, window.at, window.end);
    const known = events.take(cursor, offset);
    if (!known || cursor.broken) {
      const message = "an event is not one of austin's: what follows was not read";
      notes.add("truncated", "unknown-event", message, { offset });
      return;
    }
    if (!cursor.starved) {
      window.at = cursor.at;
      continue;
    }
    options.onProgress?.(offset);
    if (await window.ensure(window.left + 1)) continue;
    notes.add("truncated", "truncated", "the file ends in the middle of an event", { offset });
    return;
  }
}
