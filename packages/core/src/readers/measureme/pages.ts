import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import { grown } from "../../util/growable.ts";
import { decodeLatin1 } from "../../util/platform.ts";
import type { ByteWindow } from "../../util/window.ts";
import { Strings } from "./strings.ts";

export const FORMAT = "measureme";
const MAGIC = "MMPD";
/** Every stream of pages begins with a magic and a version of its own. */
const STREAM_HEADER = 8;
const Tag = { events: 0, strings: 1, index: 2 } as const;

/** True for the beginning of a file. */
export function beginsAsMeasureme(bytes: Uint8Array): boolean {
  return decodeLatin1(bytes.subarray(0, 4)) === MAGIC && bytes.length >= 8;
}

/** Bytes that are put together from pages. */
class Stream {
  bytes: Uint8Array = new Uint8Array(1 << 12);
  length = 0;

  add(piece: Uint8Array): void {
    this.bytes = grown(this.bytes, this.length + piece.length);
    this.bytes.set(piece, this.length);
    this.length += piece.length;
  }

  /** With its header, which places are counted from. */
  get whole(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  /** What is behind the stream's header. */
  get content(): Uint8Array {
    return this.bytes.subarray(Math.min(STREAM_HEADER, this.length), this.length);
  }
}

/** The streams of a recording. */
export interface Recording {
  readonly strings: Strings;
  readonly events: DataView;
  /** Bytes of an id: 4 up to version 8, then 8. */
  readonly idBytes: number;
}

/** Reads the pages of a file: a tag, a length, and a piece of the stream of that tag. */
export async function readPages(
  window: ByteWindow,
  notes: Notes,
  onProgress?: (bytes: number) => void,
): Promise<Recording> {
  if (!(await window.ensure(8)) || !beginsAsMeasureme(window.bytes.subarray(0, window.end))) {
    throw new FlambeauError("malformed", `the file does not begin with ${MAGIC}`, {
      format: FORMAT,
      offset: 0,
    });
  }
  const version = u32(window.bytes, window.at + 4);
  if (version < 7 || version > 9) {
    throw new FlambeauError("unsupported", `version ${version} of self-profiles is not known`, {
      format: FORMAT,
      offset: 4,
      hint: "Versions 7 to 9 are read.",
    });
  }
  window.at += 8;
  const streams = [new Stream(), new Stream(), new Stream()];
  while (await window.ensure(1)) {
    const offset = window.offset;
    const whole = await window.ensure(5);
    const tag = window.bytes[window.at]!;
    const size = whole ? u32(window.bytes, window.at + 1) : 0;
    const stream = streams[tag];
    if (whole && stream === undefined) {
      notes.add("truncated", "unknown-page", "a page is of an unknown kind: what follows was not read", {
        offset,
      });
      break;
    }
    if (!whole || !(await window.ensure(5 + size))) {
      if (whole) stream!.add(window.bytes.subarray(window.at + 5, window.end));
      notes.add("truncated", "truncated", "the file ends in the middle; what came before is kept", {
        offset,
      });
      break;
    }
    stream!.add(window.bytes.subarray(window.at + 5, window.at + 5 + size));
    window.at += 5 + size;
    onProgress?.(window.offset);
  }
  const idBytes = version >= 9 ? 8 : 4;
  const index = indexOf(streams[Tag.index]!.content, idBytes);
  const events = streams[Tag.events]!.content;
  return {
    strings: new Strings(streams[Tag.strings]!.whole, index, idBytes),
    events: new DataView(events.buffer, events.byteOffset, events.length),
    idBytes,
  };
}

/** Places of texts by id. */
function indexOf(bytes: Uint8Array, idBytes: number): Map<number, number> {
  const index = new Map<number, number>();
  for (let at = 0; at + 2 * idBytes <= bytes.length; at += 2 * idBytes) {
    const id = u32(bytes, at);
    const place = u32(bytes, at + idBytes);
    index.set(id, place);
  }
  return index;
}

function u32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}
