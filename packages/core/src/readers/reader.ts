import type { NameSource } from "../codec/code-names.ts";
import type { ScanTables, ScanTask } from "../kernel/kernel.ts";
import type { ProfileBuilder, SampleMode } from "../model/builder.ts";
import type { Notes } from "../model/notes.ts";
import type { ValueType } from "../model/profile.ts";
import { decodeLatin1 } from "../util/platform.ts";
import type { ByteSource } from "../util/source.ts";

/** The beginning of an input, already decompressed: what a reader sees to say whether the format is its own. */
export class Head {
  readonly bytes: Uint8Array;
  /** True where `bytes` is the whole input. */
  readonly complete: boolean;
  /** File name, where there is one: only to break a tie. */
  readonly name: string | undefined;
  #text: string | undefined;

  constructor(bytes: Uint8Array, complete: boolean, name?: string) {
    this.bytes = bytes;
    this.complete = complete;
    this.name = name;
  }

  /** The bytes as text, one character per byte, so that nothing is lost to decoding. */
  get text(): string {
    this.#text ??= decodeLatin1(this.bytes);
    return this.#text;
  }

  /** The first lines: all but a last one that the head cuts off. */
  get lines(): string[] {
    const lines = this.text.split("\n");
    if (!this.complete && lines.length > 1) lines.pop();
    return lines;
  }
}

/** How much of an input is shown to the sniffers, in bytes. */
export const HEAD_SIZE: number = 1 << 16;

/**
 * "yes": the content is unmistakably this format. "maybe": it could be (asked only when nobody says yes; the
 * highest priority wins). "no": it cannot be.
 */
export type Verdict = "yes" | "maybe" | "no";

/** What a format carries: the columns of the table in the documentation. */
export interface Carries {
  readonly time: boolean;
  readonly threads: boolean;
  readonly labels: boolean;
  readonly lines: boolean;
  readonly inlined: boolean;
  readonly severalValueTypes: boolean;
}

/** Takes a layer off that needs a library or a decoder of some size, as {@link Gunzip} does. */
export type Unpack = (source: ByteSource, notes: Notes, options: UnpackOptions) => ByteSource;

/** What the host lends besides gunzip: `@flambeau/core/wrappers` has them all. */
export interface Unpackers {
  readonly zstd?: Unpack;
  readonly zip?: Unpack;
  readonly xz?: Unpack;
  readonly lz4?: Unpack;
  readonly bzip2?: Unpack;
}

/** What a wrapper of several files needs to be told. */
export interface UnpackOptions {
  /** Which file of an archive is wanted; default: the only one, or the only one that is a profile. */
  readonly entry?: string | undefined;
  /** True where the first bytes of a file are those of a profile, as far as the readers can tell. */
  readonly isProfile?: ((head: Uint8Array) => boolean) | undefined;
}

/** Which value types are wanted, see {@link ReadOptions.values}. */
export type WantedValues = "default" | ((type: ValueType) => boolean);

/** Code of the note that names the value types which were left unread, because nobody wanted them. */
export const VALUES_UNREAD = "values-unread";

/** What the caller wants of a reader, and lends it. */
export interface ReadOptions {
  /** Told how many (decompressed) bytes were read so far. */
  readonly onProgress?: (bytes: number) => void;
  /** Use the plain TypeScript path even where WebAssembly is there. */
  readonly plain?: boolean;
  /** False: frames without a symbol need not be told apart by their address. Default true. */
  readonly addresses?: boolean;
  /**
   * Where one value type is enough: "default" is the profile's own choice, else what the function says yes to. A reader may
   * then leave observations of others unread. It still lists their value types, with weights of zero, and its note
   * {@link VALUES_UNREAD} names them. Default: everything is read.
   */
  readonly values?: WantedValues | undefined;
  /** For formats that hold compressed parts of their own. */
  readonly unpackers?: Unpackers | undefined;
  /** Where formats that hold addresses alone find the names of functions; without it frames stay addresses. */
  readonly names?: NameSource | undefined;
}

/**
 * How a format is read by several workers: each scans parts of the file into tables, one thread absorbs them.
 * The reader's own `read` goes the same way with one scanner.
 */
export interface PartReader {
  /** What separates records: parts begin behind it. */
  readonly boundary: Uint8Array;
  /** What the workers scan for, or undefined where this input must be read front to back. */
  task(head: Head, mode: SampleMode, options: ReadOptions): ScanTask | undefined;
  /** Adds what the parts held, in any order, to the builder. */
  absorb(parts: readonly ScanTables[], head: Head, into: ProfileBuilder, notes: Notes): void;
}

/**
 * Bytes → profile. A reader adds to the builder what the input says and to the notes what it could not use.
 * It streams: memory grows with what is distinct in the input, not with its length. It throws FlambeauError for
 * an input it cannot use at all; a truncated input keeps what was read, with a note.
 */
export interface Reader {
  /** Stable, kebab-case: what `--from` takes and `meta.format` holds. */
  readonly id: string;
  /** For people: "Linux perf script". */
  readonly title: string;
  /** Unique; the higher one is asked first. */
  readonly priority: number;
  /** Usual endings of file names, for help texts and ties. */
  readonly extensions: readonly string[];
  readonly carries: Carries;
  sniff(head: Head): Verdict;
  read(source: ByteSource, into: ProfileBuilder, notes: Notes, options: ReadOptions): Promise<void>;
  /** Only for formats that can be read in parts. */
  readonly parts?: PartReader;
}
