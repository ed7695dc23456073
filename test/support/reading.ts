import {
  FlambeauError,
  Head,
  type Profile,
  ProfileBuilder,
  type Reader,
  type ReadOptions,
  sourceOfBytes,
} from "../../packages/core/src/index.ts";
import type { SampleMode } from "../../packages/core/src/model/builder.ts";
import { HEAD_SIZE } from "../../packages/core/src/readers/reader.ts";
import { unpackers } from "../../packages/core/src/wrappers/index.ts";
import { validated } from "./letters.ts";

const encoder = new TextEncoder();

/** Bytes, text, or a value that becomes JSON. */
export type Input = Uint8Array | string | object;

export function bytesOf(input: Input): Uint8Array {
  if (input instanceof Uint8Array) return input;
  return encoder.encode(typeof input === "string" ? input : JSON.stringify(input));
}

/** Reads an input with one reader into a profile that keeps every invariant. */
export async function readWith(
  reader: Reader,
  input: Input,
  mode: SampleMode = "each",
  options: ReadOptions = {},
): Promise<Profile> {
  const builder = new ProfileBuilder(mode);
  await reader.read(sourceOfBytes(bytesOf(input)), builder, builder.notes, { unpackers, ...options });
  return validated(builder.finish());
}

/** The error that reading the input ends with; fails where it does not, or where it is a bug of ours. */
export async function readingError(reader: Reader, input: Input): Promise<FlambeauError> {
  try {
    const builder = new ProfileBuilder();
    await reader.read(sourceOfBytes(bytesOf(input)), builder, builder.notes, {});
  } catch (error) {
    if (error instanceof FlambeauError) return error;
    throw error;
  }
  throw new Error("the input was read without an error");
}

/** `code×count` of every note. */
export function noteCodes(profile: Profile): string[] {
  return profile.notes.map((note) => `${note.code}×${note.count}`);
}

/** The beginning of an input as sniffers see it. */
export function headOf(input: Input, name?: string): Head {
  const bytes = bytesOf(input);
  return new Head(bytes.subarray(0, HEAD_SIZE), bytes.length <= HEAD_SIZE, name);
}

/** Small deterministic random numbers in [0, 1): mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The input with a few bytes changed, removed, doubled or cut off. */
export function mutated(bytes: Uint8Array, random: () => number): Uint8Array {
  // A Buffer's slice() is a view: copy.
  let result: Uint8Array = new Uint8Array(bytes);
  const changes = 1 + Math.floor(random() * 4);
  for (let change = 0; change < changes; change++) {
    const at = Math.floor(random() * result.length);
    const choice = random();
    if (choice < 0.4) result[at] = MEAN[Math.floor(random() * MEAN.length)]!;
    else if (choice < 0.5) result[at] = Math.floor(random() * 256);
    else if (choice < 0.7) result = result.subarray(0, at);
    else {
      const length = Math.floor(random() * 40);
      const from = Math.floor(random() * result.length);
      const piece = choice < 0.85 ? new Uint8Array(0) : result.slice(from, from + length);
      const joined = new Uint8Array(result.length + piece.length);
      joined.set(result.subarray(0, at));
      joined.set(piece, at);
      joined.set(
        result.subarray(Math.min(result.length, at + (piece.length === 0 ? length : 0))),
        at + piece.length,
      );
      result = joined;
    }
    if (result.length === 0) break;
  }
  return result;
}

/** Bytes that mean something to a parser. */
const MEAN: readonly number[] = [...'"\\{}[]:,0-9eE.tfn \n\0']
  .map((letter) => letter.charCodeAt(0))
  .concat(0xff, 0xc3);
