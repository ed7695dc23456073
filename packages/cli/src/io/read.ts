import {
  type Detected,
  detect,
  FlambeauError,
  namesFromFiles,
  type Profile,
  ProfileBuilder,
  type Reader,
  type ReadOptions,
  type SampleMode,
  VALUES_UNREAD,
  type WantedValues,
} from "@flambeau/core";
import { unpackers } from "@flambeau/core/wrappers";
import type { InputValues } from "../options/input.ts";
import { startProgress } from "../report/progress.ts";
import { say, sayNotes } from "../report/terminal.ts";
import { gunzip } from "./gunzip.ts";
import { type InputSource, openInput, STDIN_NAME } from "./source.ts";
import { symbolFiles } from "./symbol-files.ts";

/** What a command needs of the profiles it reads. */
export interface ReadNeeds {
  /** "each" where time or single observations matter; "merged" keeps memory small. */
  readonly samples: SampleMode;
  /** False: frames without a symbol need not be told apart by their address. */
  readonly addresses?: boolean;
  /** Which value types; default: all. */
  readonly values?: WantedValues | undefined;
}

/** A profile, and what was found out about its file. */
export interface ReadResult {
  readonly profile: Profile;
  readonly reader: Reader;
  /** Layers taken off: `gzip`. */
  readonly wrappers: readonly string[];
}

/** Reads files one after the other; no file at all means standard input. */
export async function readProfiles(
  paths: readonly string[],
  values: InputValues,
  needs: ReadNeeds,
): Promise<Profile[]> {
  const profiles: Profile[] = [];
  for (const path of paths.length === 0 ? ["-"] : paths) {
    const { profile } = await readOne(path, values, needs);
    // Who shows one value type says what else there is.
    sayNotes(
      profile.notes.filter(({ code }) => code !== VALUES_UNREAD),
      values.quiet,
    );
    profiles.push(profile);
  }
  return profiles;
}

/** Reads one file; the caller shows the profile's notes. */
export async function readOne(path: string, values: InputValues, needs: ReadNeeds): Promise<ReadResult> {
  if (path === "-" && process.stdin.isTTY) {
    say("flambeau: reading from the terminal; end the input with Ctrl-D, or name a file");
  }
  const source = openInput(path);
  const progress = startProgress(source.name === STDIN_NAME ? "reading" : `reading ${source.name}`);
  try {
    return await readSource(source, values, needs, (bytes) => {
      progress.update(bytes ?? source.position, source.size);
    });
  } catch (error) {
    throw inFile(error, path);
  } finally {
    progress.end();
    source.close();
  }
}

async function readSource(
  source: InputSource,
  values: InputValues,
  needs: ReadNeeds,
  onProgress: (bytes: number | undefined) => void,
): Promise<ReadResult> {
  const builder = new ProfileBuilder(needs.samples);
  const detected = await detect(source, builder.notes, {
    from: values.from,
    entry: values.entry,
    gunzip,
    unpackers,
  });
  const { reader, wrappers } = detected;
  builder.meta.format = reader.id;
  const options: ReadOptions = {
    onProgress: () => onProgress(undefined),
    plain: values.plain === true,
    addresses: needs.addresses ?? true,
    values: needs.values,
    unpackers,
    names: values.symbols ? namesFromFiles(symbolFiles(source.path, values)) : undefined,
  };
  const shared = await readShared(source, detected, builder, options, values.threads, onProgress);
  if (!shared) await reader.read(detected.source, builder, builder.notes, options);
  return { profile: builder.finish(), reader, wrappers };
}

/** Reads a large plain file with several threads, where its format allows it; false: it was not done. */
async function readShared(
  { path, size }: InputSource,
  { reader, head, wrappers }: Detected,
  builder: ProfileBuilder,
  options: ReadOptions,
  threads: number,
  onProgress: (bytes: number) => void,
): Promise<boolean> {
  const { parts } = reader;
  if (parts === undefined || path === undefined || wrappers.length > 0) return false;
  if (threads < 2 || (size ?? 0) < PARALLEL_FROM) return false;
  const task = parts.task(head, builder.mode, options);
  if (task === undefined) return false;
  const { scanInParallel } = await import("../parallel/index.ts");
  const plain = options.plain === true;
  const tables = await scanInParallel({ path, size: size!, parts, task, threads, plain, onProgress });
  parts.absorb(tables, head, builder, builder.notes);
  return true;
}

/** Below this many bytes, starting threads costs more than they save (measured: docs/benchmarks.md). */
const PARALLEL_FROM = 192 << 20;

/** The error with the file's name in front, so that several inputs can be told apart. */
function inFile(error: unknown, path: string): unknown {
  if (!(error instanceof FlambeauError) || path === "-" || error.code === "io" || error.code === "usage") {
    return error;
  }
  return new FlambeauError(error.code, `${path}: ${error.message}`, {
    ...(error.format === undefined ? {} : { format: error.format }),
    ...(error.line === undefined ? {} : { line: error.line }),
    ...(error.offset === undefined ? {} : { offset: error.offset }),
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    cause: error,
  });
}
