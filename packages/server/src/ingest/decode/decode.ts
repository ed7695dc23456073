import {
  FlambeauError,
  foldedReader,
  jfrReader,
  Notes,
  otlpReader,
  type Profile,
  ProfileBuilder,
  pprofReader,
  type Reader,
  requireReader,
  sourceOfBytes,
} from "@flambeau/core";
import { readLines } from "./lines.ts";
import { otlpOfJson } from "./otlp-json.ts";
import { otlpParts } from "./otlp-parts.ts";
import { checkPprof, type PprofLimits } from "./pprof-check.ts";
import { readTrie } from "./trie.ts";
import { unwrapped } from "./wrapped.ts";

/** Formats of pushes; "any": whatever the core recognises. */
export type PushFormat =
  | "folded"
  | "lines"
  | "trie"
  | "tree"
  | "pprof"
  | "jfr"
  | "speedscope"
  | "otlp"
  | "otlp-json"
  | "any";

export interface DecodeLimits extends PprofLimits {
  /** Bytes that may come out of a file's own compression. */
  readonly body: number;
}

/** Bytes to make a profile of; compression is taken off already. */
export interface DecodeTask {
  readonly format: PushFormat;
  readonly bytes: Uint8Array;
  readonly limits: DecodeLimits;
  /** With "any": id of the core's reader, where the client names it. */
  readonly from?: string;
}

/** A profile, and what only its bytes could tell. */
export interface Decoded {
  readonly profile: Profile;
  /** A flight recording that has async-profiler's own type of wall-clock samples. */
  readonly ownWallSamples: boolean;
  /** Further profiles of the same input, which say other things of themselves: times, period. */
  readonly others?: readonly Decoded[];
}

/**
 * From this many bytes on, the WebAssembly kernel is worth its start: an instance with a memory of its own for each
 * read (1,000 small folded pushes at once took 14 s of garbage collection for it).
 */
const LARGE = 1 << 20;

/**
 * Reads a pushed profile.
 * @throws FlambeauError where the input cannot be used
 */
export async function decode(task: DecodeTask): Promise<Decoded> {
  const { format, bytes } = task;
  if (bytes.length === 0) throw new FlambeauError("empty-input", "the profile is empty", { format });
  if (format === "otlp") return decodeOtlp(bytes);
  if (format === "otlp-json") return decodeOtlp(otlpOfJson(bytes));
  if (format === "any") return decodeAny(task);
  const profile = await decodeProfile(format, task);
  const ownWallSamples = format === "jfr" && Buffer.from(bytes).includes("profiler.WallClockSample");
  return { profile, ownWallSamples };
}

async function decodeAny({ bytes, limits, from }: DecodeTask): Promise<Decoded> {
  const { reader, bytes: inside, notes } = await unwrapped(bytes, from, limits.body);
  if (reader.id === "pprof") checkPprof(inside, limits);
  const profile = await readWith(reader, inside);
  return { profile: { ...profile, notes: [...notes, ...profile.notes] }, ownWallSamples: false };
}

function decodeProfile(
  format: Exclude<PushFormat, "any" | "otlp" | "otlp-json">,
  { bytes, limits }: DecodeTask,
): Promise<Profile> | Profile {
  switch (format) {
    case "lines":
      return readLines(bytes);
    case "trie":
    case "tree":
      return readTrie(bytes, format);
    case "folded":
      return readWith(foldedReader, bytes);
    case "pprof":
      checkPprof(bytes, limits);
      return readWith(pprofReader, bytes);
    case "jfr":
      return readWith(jfrReader, bytes);
    case "speedscope":
      return readWith(requireReader("speedscope"), bytes);
  }
}

async function decodeOtlp(bytes: Uint8Array): Promise<Decoded> {
  const { messages, cut } = otlpParts(bytes);
  const profiles: Profile[] = [];
  for (const message of messages) profiles.push(await readWith(otlpReader, message));
  if (cut) profiles[profiles.length - 1] = withNote(profiles.at(-1)!);
  const [first, ...others] = profiles.map((profile) => ({ profile, ownWallSamples: false }));
  return { ...first!, others };
}

function withNote(profile: Profile): Profile {
  const notes = new Notes();
  notes.addAll(profile.notes);
  notes.add(
    "approximated",
    "otlp-many-times",
    "The export's profiles differ in time or period more often than they are kept apart.",
  );
  return { ...profile, notes: notes.list() };
}

async function readWith(reader: Reader, bytes: Uint8Array): Promise<Profile> {
  const builder = new ProfileBuilder("merged");
  builder.meta.format = reader.id;
  await reader.read(sourceOfBytes(bytes), builder, builder.notes, { plain: bytes.length < LARGE });
  return builder.finish();
}
