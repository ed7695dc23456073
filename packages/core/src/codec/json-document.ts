import type { Notes } from "../model/notes.ts";
import type { ReadOptions } from "../readers/reader.ts";
import { FlambeauError } from "../util/errors.ts";
import type { ByteSource } from "../util/source.ts";
import { JsonReader } from "./json.ts";

/** A JSON reader as a reader of the format `format` was asked for it. */
export function openJson(
  source: ByteSource,
  format: string,
  { onProgress, plain }: ReadOptions,
  trailingCommas: boolean = false,
): JsonReader {
  return new JsonReader(source, { format, onProgress, plain, trailingCommas });
}

/**
 * Reads a document with `parse`, and notes what stands behind it. Where the input ends too early and what came before is
 * `usable`, that is a note as well, unless it is `whole` all the same.
 */
export async function readWhole(
  json: JsonReader,
  notes: Notes,
  parse: () => Promise<void>,
  usable: () => boolean,
  whole: () => boolean = () => false,
): Promise<void> {
  try {
    await parse();
    const { offset } = json;
    if (await json.atEnd()) return;
    notes.add("skipped", "bytes-after-end", "There are bytes after the end of the profile.", { offset });
  } catch (error) {
    if (!(error instanceof FlambeauError) || error.code !== "truncated" || !usable()) throw error;
    if (whole()) return;
    notes.add("truncated", "truncated", "The file ends in the middle; what comes before was read.", {
      offset: error.offset ?? json.offset,
    });
  }
}
