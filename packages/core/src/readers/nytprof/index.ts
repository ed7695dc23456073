import { inflateZlib } from "../../codec/inflate.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import { readAll } from "../../util/source.ts";
import type { Head, Reader, Verdict } from "../reader.ts";
import { Recording } from "./recording.ts";
import { FORMAT, Stream } from "./stream.ts";

const HEADER = /^NYTProf (\d+) (\d+)\n/;
const VERSION = 5;
/** No deflate stream grows by more than 1032 times; this is an end to it all the same. */
const MOST_INFLATED = 1 << 30;

/**
 * Perl's Devel::NYTProf. With the returns of subroutines (the default) there are whole stacks; a profile without them has
 * who called whom, which is approximated. The time of statements comes by line. Source of the format: FileHandle.xs and
 * NYTProf.xs in Devel::NYTProf; nytprofcalls for the stacks.
 */
export const nytprofReader: Reader = {
  id: FORMAT,
  title: "Devel::NYTProf (Perl)",
  priority: 947,
  extensions: [".out"],
  carries: {
    time: false,
    threads: false,
    labels: false,
    lines: true,
    inlined: false,
    severalValueTypes: true,
  },
  sniff: ({ text }: Head): Verdict => (HEADER.test(text.slice(0, 40)) ? "yes" : "no"),
  async read(source, into, notes) {
    into.meta.format = FORMAT;
    const stream = new Stream(await readAll(source));
    const [, major] = HEADER.exec(`${stream.line()}\n`) ?? [];
    if (Number(major) !== VERSION) {
      throw new FlambeauError(
        "unsupported",
        `version ${major ?? "?"} of NYTProf's files is not known, only 5 is`,
        {
          format: FORMAT,
          offset: 0,
          hint: "Convert with the NYTProf that recorded it: nytprofcalls or nytprofcg.",
        },
      );
    }
    const recording = new Recording();
    readStream(stream, recording, into, notes);
    if (recording.isEmpty) {
      throw new FlambeauError("nothing-left", "the profile holds no subroutines and no statements", {
        format: FORMAT,
        hint: "Did the program end by itself? A killed one leaves what was not yet written out.",
      });
    }
    recording.addTo(into, notes);
  },
};

/** Reads the whole profile; from its mark on it is compressed. */
function readStream(first: Stream, recording: Recording, into: ProfileBuilder, notes: Notes): void {
  let stream = first;
  let cut = false;
  let start = 0;
  try {
    while (!stream.done) {
      start = stream.at;
      const tag = String.fromCharCode(stream.byte());
      if (tag === "z" && stream === first) {
        const { bytes, complete } = inflateZlib(stream.bytes, stream.at, MOST_INFLATED);
        cut = !complete;
        stream = new Stream(bytes);
      } else readTag(tag, stream, recording, into);
    }
  } catch (error) {
    if (!(error instanceof FlambeauError) || error.code === "unsupported") throw error;
    if (error.code === "truncated") cut = true;
    else {
      const text = "an entry of the profile is damaged: the rest was not read";
      notes.add("truncated", "damaged", text, { offset: stream === first ? start : first.at });
    }
  }
  if (cut) {
    const text = "the profile ends in the middle (was the program killed?); what came before is kept";
    notes.add("truncated", "truncated", text, { offset: first.bytes.length });
  }
}

function readTag(tag: string, stream: Stream, recording: Recording, into: ProfileBuilder): void {
  switch (tag) {
    case ":":
      readAttribute(stream.line(), recording, into);
      break;
    case "!":
    case "#":
      stream.line();
      break;
    case "-":
      recording.discount();
      break;
    case "+":
    case "*": {
      const ticks = stream.signed();
      const file = stream.unsigned();
      const line = stream.unsigned();
      if (tag === "*") for (let i = 0; i < 2; i++) stream.unsigned();
      recording.statement(file, line, ticks);
      break;
    }
    case "@": {
      const file = stream.unsigned();
      for (let i = 0; i < 5; i++) stream.unsigned();
      recording.addFile(file, stream.text());
      break;
    }
    case "S":
    case ">":
      for (let i = 0; i < 2; i++) stream.unsigned();
      if (tag === "S") stream.text();
      break;
    case "<": {
      const depth = stream.unsigned();
      stream.double();
      const exclusive = stream.double();
      recording.returned(depth, stream.text(), exclusive);
      break;
    }
    case "s": {
      const file = stream.unsigned();
      const name = stream.text();
      const line = stream.unsigned();
      stream.unsigned();
      recording.place(name, file, line);
      break;
    }
    case "c":
      readCall(stream, recording);
      break;
    case "P":
    case "p":
      for (let i = 0; i < (tag === "P" ? 2 : 1); i++) stream.unsigned();
      stream.double();
      break;
    default:
      throw stream.malformed(`there is no entry of kind ${JSON.stringify(tag)}`);
  }
}

function readCall(stream: Stream, recording: Recording): void {
  for (let i = 0; i < 2; i++) stream.unsigned();
  const caller = stream.text();
  const count = stream.unsigned();
  const inclusive = stream.double();
  const exclusive = stream.double();
  stream.double();
  stream.unsigned();
  recording.call({ caller, callee: stream.text(), count, inclusive, exclusive });
}

function readAttribute(line: string, recording: Recording, into: ProfileBuilder): void {
  const equals = line.indexOf("=");
  const key = line.slice(0, equals);
  const value = line.slice(equals + 1);
  if (key === "ticks_per_sec" && Number(value) >= 1 && Number(value) < 1e15)
    recording.ticksPerSecond = Number(value);
  else if (key === "application") into.meta.title = value;
  else if (key === "xs_version") into.meta.producer = `Devel::NYTProf ${value}`;
  else if (key === "nv_size" && value !== "8") {
    throw new FlambeauError("unsupported", `numbers of ${value.slice(0, 20)} bytes are not known`, {
      format: FORMAT,
      hint: "Perl was built with long doubles; convert with nytprofcalls on that machine.",
    });
  } else if (key === "basetime" && /^\d{1,11}$/.test(value)) {
    into.meta.timeOrigin = BigInt(value) * 1_000_000_000n;
    into.meta.clock = "unix";
  }
}
