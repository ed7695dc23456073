import { isPage, profileOfPage } from "../codec/flambeau/page.ts";
import { ProfileBuilder, type SampleMode } from "../model/builder.ts";
import type { Notes } from "../model/notes.ts";
import type { Profile } from "../model/profile.ts";
import { FlambeauError } from "../util/errors.ts";
import { type ByteSource, readFully, withHead } from "../util/source.ts";
import { detectUtf16, utf8OfUtf16 } from "../util/utf16.ts";
import { describeHead } from "./identify.ts";
import {
  HEAD_SIZE,
  Head,
  type Reader,
  type ReadOptions,
  type Unpackers,
  type UnpackOptions,
} from "./reader.ts";
import { readerById, readers } from "./registry.ts";

/**
 * Takes the gzip layer off a source. The host lends it, because core has none of its own. Data that ends too
 * early or breaks off in damage answers with what could be had, and adds a note.
 */
export type Gunzip = (source: ByteSource, notes: Notes) => ByteSource;

/** How the format of an input is found. */
export interface DetectOptions extends Omit<UnpackOptions, "isProfile"> {
  /** Id of the reader to use; default: whichever recognises the content. */
  readonly from?: string | undefined;
  readonly gunzip?: Gunzip | undefined;
  readonly unpackers?: Unpackers | undefined;
}

/** An input whose format is known: hand `source` to `reader`. */
export interface Detected {
  readonly reader: Reader;
  /** The whole input from its first byte, wrappers taken off. */
  readonly source: ByteSource;
  readonly head: Head;
  /** What was taken off, outermost first; empty for a plain input. */
  readonly wrappers: readonly string[];
}

/** What the consumer wants of a profile that is read. */
export interface ReadProfileOptions extends DetectOptions, ReadOptions {
  /** Default "each"; "merged" where neither time nor single observations matter. */
  readonly samples?: SampleMode;
}

/** Finds out what an input is, and reads it. */
export async function readProfile(source: ByteSource, options: ReadProfileOptions = {}): Promise<Profile> {
  const builder = new ProfileBuilder(options.samples ?? "each");
  const detected = await detect(source, builder.notes, options);
  builder.meta.format = detected.reader.id;
  await detected.reader.read(detected.source, builder, builder.notes, options);
  return builder.finish();
}

/** Takes off wrappers and finds the reader; notes of the wrappers come while the source is read. */
export async function detect(source: ByteSource, notes: Notes, options: DetectOptions): Promise<Detected> {
  const asked = options.from === undefined ? undefined : requireReader(options.from);
  const unwrapped = await unwrap(source, notes, options);
  return { ...unwrapped, reader: asked ?? chooseReader(unwrapped.head) };
}

/** The reader of a format id; an unknown id is an error that lists the known ones. */
export function requireReader(id: string): Reader {
  const reader = readerById(id);
  if (reader !== undefined) return reader;
  throw new FlambeauError("usage", `there is no input format "${id}"`, {
    hint: `Known formats: ${readers.map((known) => known.id).join(", ")}.`,
  });
}

/**
 * The reader that says "yes" to the content, else the first that says "maybe". The tests demand that at most one
 * says yes to any known file; where two do all the same, asking the user is better than a wrong picture.
 */
export function chooseReader(head: Head, among: readonly Reader[] = readers): Reader {
  const verdicts = among.map((reader) => reader.sniff(head));
  const sure = among.filter((_, i) => verdicts[i] === "yes");
  if (sure.length > 1) {
    throw new FlambeauError("ambiguous-format", `the input fits ${sure.length} formats`, {
      hint: `Say which it is: ${sure.map((reader) => `--from ${reader.id}`).join(" or ")}.`,
    });
  }
  const choice = sure[0] ?? among[verdicts.indexOf("maybe")];
  if (choice !== undefined) return choice;
  throw new FlambeauError("unknown-format", `no known profile format; it looks like ${describeHead(head)}`, {
    hint: `Formats tried: ${among.map((reader) => reader.id).join(", ")}. If it is one of these, name it: --from FORMAT.`,
  });
}

type Unwrapped = Omit<Detected, "reader">;

/** A layer around the real content: recognised by its first bytes, taken off by a source around the source. */
interface Wrapper {
  readonly name: string;
  fits(head: Uint8Array): boolean;
  /** Undefined: the host cannot take this layer off. */
  open(source: ByteSource, notes: Notes, options: DetectOptions): ByteSource | undefined;
}

const gzip: Wrapper = {
  name: "gzip",
  fits: (head) => head[0] === 0x1f && head[1] === 0x8b && head[2] === 8,
  open: (source, notes, options) => options.gunzip?.(source, notes),
};

const zstd: Wrapper = {
  name: "zstd",
  fits: (head) => startsWith(behindSkippable(head), [0x28, 0xb5, 0x2f, 0xfd]),
  open: (source, notes, options) => options.unpackers?.zstd?.(source, notes, options),
};

const zip: Wrapper = {
  name: "zip",
  // The second is an archive without files.
  fits: (head) => startsWith(head, [0x50, 0x4b, 3, 4]) || startsWith(head, [0x50, 0x4b, 5, 6]),
  open: (source, notes, options) =>
    options.unpackers?.zip?.(source, notes, { ...options, isProfile: profileTest(options.from) }),
};

const xz: Wrapper = {
  name: "xz",
  fits: (head) => startsWith(head, [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]),
  open: (source, notes, options) => options.unpackers?.xz?.(source, notes, options),
};

const lz4: Wrapper = {
  name: "LZ4",
  fits: (head) => startsWith(behindSkippable(head), [0x04, 0x22, 0x4d, 0x18]),
  open: (source, notes, options) => options.unpackers?.lz4?.(source, notes, options),
};

const bzip2: Wrapper = {
  name: "bzip2",
  // A level, and the beginning of a block or of the end.
  fits: (head) =>
    startsWith(head, [0x42, 0x5a, 0x68]) &&
    head[3]! >= 0x31 &&
    head[3]! <= 0x39 &&
    (startsWith(head.subarray(4), [0x31, 0x41, 0x59]) || startsWith(head.subarray(4), [0x17, 0x72, 0x45])),
  open: (source, notes, options) => options.unpackers?.bzip2?.(source, notes, options),
};

/** Whether a file in an archive is a profile: some reader (or the one that is asked for) is sure, or it is wrapped again. */
function profileTest(from: string | undefined): (head: Uint8Array) => boolean {
  const among = from === undefined ? readers : [requireReader(from)];
  return (bytes) => {
    const head = new Head(bytes, bytes.length < HEAD_SIZE);
    return (
      wrappers.some((known) => known.fits(bytes)) || among.some((reader) => reader.sniff(head) === "yes")
    );
  };
}

function startsWith(head: Uint8Array, signature: readonly number[]): boolean {
  return signature.every((byte, i) => head[i] === byte);
}

/**
 * The first bytes without frames of foreign data (0x184d2a50 to 5f and a length), which zstd and LZ4 both pass over: pzstd
 * begins with one.
 */
function behindSkippable(head: Uint8Array): Uint8Array {
  let at = 0;
  while ((head[at]! & 0xf0) === 0x50 && startsWith(head.subarray(at + 1), [0x2a, 0x4d, 0x18])) {
    const length = new DataView(head.buffer, head.byteOffset, head.length);
    if (at + 8 > head.length) break;
    at += 8 + length.getUint32(at + 4, true);
  }
  return head.subarray(at);
}

/** A page that the viewer exported: the profile is in it. */
const viewerPage: Wrapper = {
  name: "Flambeau page",
  fits: isPage,
  open: profileOfPage,
};

const byteOrderMark: Wrapper = {
  name: "UTF-8 byte order mark",
  fits: (head) => head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf,
  open: (source) => withoutPrefix(source, 3),
};

const utf16: Wrapper = {
  name: "UTF-16",
  fits: (head) => detectUtf16(head) !== undefined,
  open: (source) => transcoded(source),
};

const wrappers: readonly Wrapper[] = [gzip, zstd, zip, xz, lz4, bzip2, viewerPage, byteOrderMark, utf16];

/** More layers than any tool writes: a file that unpacks to itself must not keep us forever. */
const MAX_LAYERS = 4;

async function unwrap(source: ByteSource, notes: Notes, options: DetectOptions): Promise<Unwrapped> {
  const taken: string[] = [];
  for (;;) {
    const buffer = new Uint8Array(HEAD_SIZE);
    const have = await readFully(source, buffer);
    const bytes = buffer.subarray(0, have);
    if (have === 0) throw emptyInput(taken);
    const whole = withHead(bytes, source);
    const wrapper = wrappers.find((known) => known.fits(bytes));
    if (wrapper === undefined) {
      return { source: whole, head: new Head(bytes, have < HEAD_SIZE, source.name), wrappers: taken };
    }
    if (taken.length === MAX_LAYERS) {
      throw new FlambeauError("unsupported", `the input is wrapped more than ${MAX_LAYERS} times`);
    }
    const inner = wrapper.open(whole, notes, options);
    if (inner === undefined) {
      throw new FlambeauError(
        "unsupported",
        `the input is ${wrapper.name} data, which cannot be unpacked here`,
        { hint: "Unpack it first, or read it with the command: flambeau FILE." },
      );
    }
    taken.push(wrapper.name);
    source = inner;
  }
}

function emptyInput(taken: readonly string[]): FlambeauError {
  const message =
    taken.length === 0 ? "the input is empty" : `there is nothing inside the ${taken.at(-1)} data`;
  return new FlambeauError("empty-input", message, {
    hint: "Did the program before it in the pipeline fail, or was nothing recorded?",
  });
}

/** UTF-8 of a UTF-16 source: its form is looked up again, in its own first bytes. */
function transcoded(source: ByteSource): ByteSource {
  let inner: ByteSource | undefined;
  return {
    name: source.name,
    size: undefined,
    async read(target) {
      if (inner === undefined) {
        const buffer = new Uint8Array(HEAD_SIZE);
        const head = buffer.subarray(0, await readFully(source, buffer));
        inner = utf8OfUtf16(withHead(head, source), detectUtf16(head) ?? { littleEndian: true, mark: false });
      }
      return inner.read(target);
    },
  };
}

/** The source without its first `count` bytes. */
function withoutPrefix(source: ByteSource, count: number): ByteSource {
  let skipped = false;
  return {
    name: source.name,
    size: source.size === undefined ? undefined : Math.max(0, source.size - count),
    async read(target) {
      if (!skipped) {
        skipped = true;
        await readFully(source, new Uint8Array(count));
      }
      return source.read(target);
    },
  };
}
