import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import { decodeLatin1, decodeUtf8 } from "../../util/platform.ts";
import { type ByteSource, readAll, sourceOfBytes } from "../../util/source.ts";
import { ByteWindow } from "../../util/window.ts";
import type { Head, Reader, ReadOptions, Verdict } from "../reader.ts";
import { Bytes, FORMAT } from "./bytes.ts";
import { ClassicTrace } from "./classic.ts";
import { ModernTrace } from "./modern.ts";
import { Recording } from "./recording.ts";
import { binaryOfText, TEXT_HEADER } from "./text.ts";

const HEADER = /^go 1\.(\d+) trace\0/;
const HEADER_LENGTH = 16;
/** From here on traces are made of generations. */
const FIRST_MODERN = 22;
const FIRST_KNOWN = 11;

/**
 * Go's execution traces (`runtime/trace`, `go test -trace`, `net/http/pprof`'s trace; Go 1.11 and later), in their binary
 * form and in the text form of Go's own tests. Goroutines are the threads; CPU samples, the time that goroutines waited
 * (by reason), the time in system calls, the scheduler's latency, garbage collection and user regions become samples.
 *
 * Source of the format: internal/trace in Go; `cmd/trace` for what its profiles count.
 */
export const goExecTraceReader: Reader = {
  id: FORMAT,
  title: "Go execution trace",
  priority: 942,
  extensions: [".trace", ".out"],
  carries: {
    time: true,
    threads: true,
    labels: true,
    lines: true,
    inlined: false,
    severalValueTypes: true,
  },
  sniff,
  read,
};

function sniff(head: Head): Verdict {
  if (HEADER.test(decodeLatin1(head.bytes.subarray(0, HEADER_LENGTH)))) return "yes";
  const isText = /^(?:Trace Go1\.|-- |#)/.test(head.text.slice(0, 12)) && TEXT_HEADER.test(head.text);
  return isText && /\nEventBatch gen=/.test(head.text) ? "yes" : "no";
}

async function read(
  source: ByteSource,
  into: ProfileBuilder,
  notes: Notes,
  options: ReadOptions,
): Promise<void> {
  const window = new ByteWindow(source);
  await window.ensure(HEADER_LENGTH);
  const start = decodeLatin1(window.bytes.subarray(0, Math.min(HEADER_LENGTH, window.end)));
  const version = HEADER.exec(start)?.[1];
  if (version !== undefined) {
    window.at += HEADER_LENGTH;
    await readBinary(Number(version), window, into, notes, options);
    return;
  }
  const rest = { name: source.name, size: undefined, read: (target: Uint8Array) => fill(window, target) };
  const text = binaryOfText(decodeUtf8(await readAll(rest)));
  if (text === undefined) {
    throw new FlambeauError(
      "malformed",
      'the file begins neither with "go 1.N trace" nor with "Trace Go1.N"',
      {
        format: FORMAT,
        offset: 0,
      },
    );
  }
  if (text.badLines > 0) {
    const message = "a line is no event: it was skipped";
    notes.add("skipped", "bad-line", message, undefined, text.badLines);
  }
  await read(sourceOfBytes(text.bytes), into, notes, options);
}

/** Hands on what the window holds, then what follows. */
async function fill(window: ByteWindow, target: Uint8Array): Promise<number> {
  if (!(await window.ensure(1))) return 0;
  const count = Math.min(target.length, window.left);
  target.set(window.bytes.subarray(window.at, window.at + count));
  window.at += count;
  return count;
}

async function readBinary(
  version: number,
  window: ByteWindow,
  into: ProfileBuilder,
  notes: Notes,
  options: ReadOptions,
): Promise<void> {
  if (version < FIRST_KNOWN) {
    throw new FlambeauError(
      "unsupported",
      `traces of Go 1.${version} are too old to be read (Go 1.11 and later are)`,
      {
        format: FORMAT,
        hint: "Record with a newer Go.",
      },
    );
  }
  into.meta.format = FORMAT;
  into.meta.producer = `Go trace format 1.${version}`;
  const recording = new Recording(into, notes);
  if (version >= FIRST_MODERN) {
    await new ModernTrace(into, notes, recording).read(window, options.onProgress);
  } else {
    const offset = window.offset;
    const rest = await readAll({ name: undefined, size: undefined, read: (target) => fill(window, target) });
    new ClassicTrace(into, notes, recording).read(new Bytes(rest, offset));
    const text = "traces before Go 1.22 time only the system calls that took long";
    notes.add("information", "short-syscalls", text);
  }
  if (recording.finish()) return;
  throw new FlambeauError("nothing-left", "the trace holds no goroutine that did anything", {
    format: FORMAT,
    hint: "Was the trace stopped before it began? `go tool trace FILE` shows processors and events.",
  });
}
