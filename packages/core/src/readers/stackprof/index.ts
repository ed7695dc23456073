import { openJson, readWhole } from "../../codec/json-document.ts";
import { jsonPaths } from "../../codec/json-shape.ts";
import { beginsMarshalledHash, decodeRubyMarshal } from "../../codec/ruby-marshal.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { type ByteSource, readAll, readFully, withHead } from "../../util/source.ts";
import type { Head, Reader, ReadOptions, Verdict } from "../reader.ts";
import { type Dump, emptyDump } from "./dump.ts";
import { readJsonDump } from "./json.ts";
import { readMarshalDump } from "./marshal.ts";
import { addDump } from "./samples.ts";

const FORMAT = "stackprof";

/**
 * Ruby's stackprof: its dump as Marshal or as JSON. With `raw: true` it holds every stack in the order of time;
 * without, only who called whom, from which stacks are approximated. Source: tmm1/stackprof, ext/stackprof/stackprof.c
 */
export const stackprofReader: Reader = {
  id: FORMAT,
  title: "stackprof (Ruby)",
  priority: 840,
  extensions: [".dump", ".stackprof", ".json"],
  carries: {
    time: true,
    threads: false,
    labels: false,
    lines: true,
    inlined: false,
    severalValueTypes: true,
  },
  sniff,
  read,
};

/** The first keys of a dump, in both forms. */
function sniff(head: Head): Verdict {
  if (beginsMarshalledHash(head.bytes)) {
    const start = head.text.slice(0, 1000);
    return [":\fversion", ":\tmode", ":\rinterval"].every((key) => start.includes(key)) ? "yes" : "no";
  }
  const paths = jsonPaths(head.bytes);
  return ["mode", "interval", "samples", "gc_samples", "frames"].every((key) => paths.has(key))
    ? "yes"
    : "no";
}

async function read(
  source: ByteSource,
  into: ProfileBuilder,
  notes: Notes,
  options: ReadOptions,
): Promise<void> {
  into.meta.format = FORMAT;
  into.meta.producer = "stackprof";
  const start = new Uint8Array(3);
  const whole = withHead(start.subarray(0, await readFully(source, start)), source);
  const dump = emptyDump();
  if (beginsMarshalledHash(start)) {
    const bytes = await readAll(whole);
    readMarshalDump(decodeRubyMarshal(bytes, FORMAT), dump, FORMAT);
    options.onProgress?.(bytes.length);
  } else await readJson(whole, dump, notes, options);
  addDump(dump, into, notes);
}

async function readJson(source: ByteSource, dump: Dump, notes: Notes, options: ReadOptions): Promise<void> {
  const json = openJson(source, FORMAT, options);
  await readWhole(
    json,
    notes,
    () => readJsonDump(json, dump),
    () => dump.frames.length > 0,
  );
}
