import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import { Calls } from "./calls.ts";
import { FORMAT, type Input } from "./input.ts";
import { Tables } from "./tables.ts";

const Code = { method: 1, thread: 2, summary: 3 } as const;
const MAGIC = 0x574f4c53;
const STREAMING = 0xf0;

interface Header {
  readonly version: number;
  readonly recordSize: number;
  /** Microseconds of the machine's clock. */
  readonly start: number;
}

/** A trace of versions 1 to 3 with its text in front: threads and methods, then the records. */
export function readRegular(input: Input, into: ProfileBuilder, notes: Notes): boolean {
  const tables = new Tables(into);
  readText(input, tables, notes);
  const header = readHeader(input);
  const length = Math.floor(input.left / header.recordSize);
  if (input.left % header.recordSize !== 0) {
    notes.add("truncated", "truncated", "the trace ends within a record; what came before is kept", {
      offset: input.bytes.length,
    });
  }
  const records = Array.from({ length }, (_, i) => input.at + i * header.recordSize);
  return replay(input, records, header, tables, into, notes);
}

/** A trace of versions 1 to 3 that was streamed: names stand between the records, the clock at the very end. */
export function readStreamed(input: Input, into: ProfileBuilder, notes: Notes): boolean {
  const tables = new Tables(into);
  const header = readHeader(input);
  const records: number[] = [];
  try {
    while (input.left > 0) {
      const start = input.at;
      if (input.number(2) !== 0) {
        input.skip(header.recordSize - 2);
        records.push(start);
      } else if (named(input, tables, notes)) break;
    }
  } catch (error) {
    if (!(error instanceof FlambeauError)) throw error;
    const text = "the trace breaks off or is damaged: the rest was not read";
    notes.add(
      "truncated",
      "truncated",
      text,
      error.offset === undefined ? undefined : { offset: error.offset },
    );
  }
  if (header.version >= 3) tables.clock = "dual";
  return replay(input, records, header, tables, into, notes);
}

/** A method, a thread, or the summary, which is the end: then true. */
function named(input: Input, tables: Tables, notes: Notes): boolean {
  const code = input.number(1);
  if (code === Code.method) {
    if (!tables.methodLine(input.text(input.number(2)))) skippedLine(notes, input.at);
  } else if (code === Code.thread) {
    const id = input.number(2);
    tables.addThread(id, input.text(input.number(2)));
  } else if (code === Code.summary) {
    for (const line of input.text(input.number(4)).split("\n")) tables.option(line);
    return true;
  } else throw input.malformed(`there is no entry of kind ${code}`);
  return false;
}

function skippedLine(notes: Notes, offset: number): void {
  notes.add("skipped", "bad-line", "a line of the trace is not understood: it was skipped", { offset });
}

/** `*version`, `*threads`, `*methods` and `*end`. */
function readText(input: Input, tables: Tables, notes: Notes): void {
  let section = "";
  for (;;) {
    const offset = input.at;
    const line = input.line();
    if (line === undefined) throw input.malformed("the list of methods does not end");
    if (line.startsWith("*")) {
      if (line.trimEnd() === "*end") return;
      section = line.trimEnd();
    } else if (section === "*version") tables.option(line.trimEnd());
    else if (section === "*methods") {
      if (line !== "" && !tables.methodLine(line)) skippedLine(notes, offset);
    } else if (section === "*threads") {
      const tab = line.indexOf("\t");
      const id = Number(line.slice(0, tab));
      if (tab > 0 && Number.isSafeInteger(id)) tables.addThread(id, line.slice(tab + 1));
      else skippedLine(notes, offset);
    }
  }
}

function readHeader(input: Input): Header {
  const start = input.at;
  if (input.number(4) !== MAGIC) throw input.malformed('the records do not begin with "SLOW"');
  const stated = input.number(2);
  const version = stated >= STREAMING ? stated - STREAMING : stated;
  if (version < 1 || version > 3) {
    throw new FlambeauError("unsupported", `version ${version} of the records is not known`, {
      format: FORMAT,
      offset: start,
    });
  }
  const size = input.number(2);
  const time = input.number(8);
  const least = version === 1 ? 9 : version === 2 ? 10 : 14;
  const recordSize = version < 3 ? least : input.number(2);
  if (recordSize < 10 && version === 3) throw input.malformed(`a record of ${recordSize} bytes is too short`);
  input.at = Math.min(input.bytes.length, start + Math.max(size, input.at - start));
  return { version, recordSize, start: time };
}

/** Follows the records, when everything is named and the clock is known. */
function replay(
  input: Input,
  records: readonly number[],
  { version, recordSize, start }: Header,
  tables: Tables,
  into: ProfileBuilder,
  notes: Notes,
): boolean {
  const { clock } = tables;
  const isDual = clock === "dual" && recordSize >= 14;
  const calls = new Calls(into, notes, tables, clock !== "thread-cpu", clock === "thread-cpu" || isDual);
  for (const at of records) {
    input.at = at;
    const thread = input.number(version === 1 ? 1 : 2);
    const value = input.number(4);
    const action = value % 4;
    const method = value - action;
    const first = input.number(4) * 1000;
    const wall = isDual ? input.number(4) * 1000 : first;
    if (action > 2)
      notes.add("skipped", "bad-record", "a record is of no known kind: it was skipped", { offset: at });
    else calls.record(thread, action, method, wall, first);
  }
  if (start > 0 && start < 2 ** 53) {
    into.meta.timeOrigin = BigInt(start) * 1000n;
    into.meta.clock = "monotonic";
  }
  return finish(calls, tables, notes);
}

/** What is said of the whole. */
export function finish(calls: Calls, tables: Tables, notes: Notes): boolean {
  const found = calls.finish();
  if (tables.overflow) {
    notes.add("truncated", "overflow", "the recording's buffer was full: what came later was not recorded");
  }
  if (tables.unknown > 0) {
    const text = "a method has no name in the trace: its number is shown";
    notes.add("information", "unknown-method", text, undefined, tables.unknown);
  }
  return found;
}
