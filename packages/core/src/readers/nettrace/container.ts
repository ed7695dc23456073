import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import { decodeLatin1 } from "../../util/platform.ts";
import type { ByteWindow } from "../../util/window.ts";
import { Fields } from "./fields.ts";

export const FORMAT = "nettrace";

/** A part of the file. Its fields are valid until the next one is asked for. */
export interface Block {
  readonly kind: "trace" | "events" | "metadata" | "stacks" | "threads" | "labels" | "sequence" | "other";
  readonly fields: Fields;
  readonly offset: number;
}

const MAGIC = "Nettrace";
const SERIALIZATION = "!FastSerialization.1";

/** True for the beginning of a file of any version. */
export function beginsAsNettrace(bytes: Uint8Array): boolean {
  const start = decodeLatin1(bytes.subarray(0, 24));
  return start.startsWith(MAGIC) || start.slice(4) === SERIALIZATION;
}

const KINDS: ReadonlyMap<string, Block["kind"]> = new Map([
  ["EventBlock", "events"],
  ["MetadataBlock", "metadata"],
  ["StackBlock", "stacks"],
  ["SPBlock", "sequence"],
]);
/** By number, from version 6 on; 0 ends the file. */
const NUMBERED: readonly Block["kind"][] = [
  "other",
  "trace",
  "events",
  "metadata",
  "sequence",
  "stacks",
  "threads",
  "other",
  "labels",
];
/** What version 3 to 5 say of the recording: dates, clocks, four numbers. */
const TRACE_SIZE = 48;
/** Longest name of a kind of object. */
const LONGEST_NAME = 100;

/** The file's version: 3 to 6. The window then stands at the first block. */
export async function readVersion(window: ByteWindow): Promise<number> {
  await window.ensure(64);
  const text = decodeLatin1(window.bytes.subarray(window.at, Math.min(window.end, window.at + 64)));
  if (text.startsWith(MAGIC) && text.slice(8, 12) === "\0\0\0\0") {
    const major = new Fields(window.bytes.subarray(window.at, window.end));
    major.at = Math.min(12, window.left);
    const version = major.left >= 4 ? major.u32() : 0;
    if (version !== 6) throw unknown(version);
    await window.skip(20);
    return version;
  }
  const start = text.startsWith(MAGIC) ? 8 : 0;
  if (text.slice(start + 4, start + 24) !== SERIALIZATION) {
    throw new FlambeauError("malformed", "the file does not begin as a .NET trace does", {
      format: FORMAT,
      offset: 0,
    });
  }
  await window.skip(start + 24);
  if (text.slice(start + 39, start + 49) === "GCHeapDump") {
    throw new FlambeauError(
      "unsupported",
      "the file is a .NET heap dump (gcdump): it has objects, no stacks",
      {
        format: FORMAT,
        hint: "Record who allocates instead: dotnet-trace collect --profile gc-verbose.",
      },
    );
  }
  // The first object: two tags, a null, then the version.
  const version = text.charCodeAt(start + 27);
  if (text.slice(start + 39, start + 44) !== "Trace" || !(version >= 3 && version <= 5))
    throw unknown(version);
  return version;
}

function unknown(version: number): FlambeauError {
  const what = Number.isFinite(version) ? `version ${version}` : "an unknown version";
  return new FlambeauError("unsupported", `the .NET trace is of ${what}`, {
    format: FORMAT,
    hint: "Versions 3 to 6 are read (since .NET Core 2.1).",
  });
}

/** The blocks of the file, one after the other; a file that breaks off gives those before, and a note. */
export async function* blocks(window: ByteWindow, version: number, notes: Notes): AsyncGenerator<Block> {
  for (;;) {
    const offset = window.offset;
    const header = version >= 6 ? await blockHeader(window) : await objectHeader(window);
    if (header === "end") return;
    if (header === undefined || !(await window.ensure(header.size))) {
      notes.add("truncated", "truncated", "the file ends in the middle; what came before is kept", {
        offset,
      });
      return;
    }
    const fields = new Fields(window.bytes.subarray(window.at, window.at + header.size));
    yield { kind: header.kind, fields, offset };
    window.at += header.size;
    // A tag ends an object.
    if (version < 6 && !(await window.skip(1))) return;
  }
}

interface Header {
  readonly kind: Block["kind"];
  readonly size: number;
}

async function blockHeader(window: ByteWindow): Promise<Header | "end" | undefined> {
  if (!(await window.ensure(4))) return undefined;
  const word = new Fields(window.bytes.subarray(window.at, window.at + 4)).u32();
  window.at += 4;
  const kind = word >>> 24;
  return kind === 0 ? "end" : { kind: NUMBERED[kind] ?? "other", size: word & 0xffffff };
}

/** Tag, tag, null, version, least version, name, tag; then the size, unless it is the first. */
async function objectHeader(window: ByteWindow): Promise<Header | "end" | undefined> {
  if (!(await window.ensure(1))) return undefined;
  if (window.bytes[window.at] === 1) return "end";
  if (!(await window.ensure(15))) return undefined;
  const fields = new Fields(window.bytes.subarray(window.at, window.at + 15));
  const [outer, inner] = [fields.u8(), fields.u8()];
  fields.skip(9);
  const length = fields.u32();
  const begins = (tag: number): boolean => tag === 4 || tag === 5;
  if (!begins(outer) || !begins(inner) || length > LONGEST_NAME || !(await window.ensure(16 + length))) {
    return undefined;
  }
  const name = decodeLatin1(window.bytes.subarray(window.at + 15, window.at + 15 + length));
  window.at += 16 + length;
  if (name === "Trace") return { kind: "trace", size: TRACE_SIZE };
  if (!(await window.ensure(4))) return undefined;
  const size = new Fields(window.bytes.subarray(window.at, window.at + 4)).u32();
  window.at += 4;
  if (!(await window.skip((4 - (window.offset % 4)) % 4))) return undefined;
  return { kind: KINDS.get(name) ?? "other", size };
}
