import { describe, expect, it } from "vitest";
import { gunzip } from "../../packages/cli/src/io/gunzip.ts";
import {
  detect,
  type Profile,
  ProfileBuilder,
  readers,
  sourceOfBytes,
} from "../../packages/core/src/index.ts";
import { unpackers } from "../../packages/core/src/wrappers/index.ts";
import { corpusFiles, haveCorpus, readCorpus } from "../support/corpus.ts";
import { validated } from "../support/letters.ts";

/** Folders and the reader that every file of theirs belongs to. */
const FOLDERS: readonly (readonly [folder: string, id: string])[] = [
  ["heaptrack", "heaptrack"],
  ["stackprof", "stackprof"],
  ["stackprof-marshal", "stackprof"],
  ["austin-mojo", "austin-mojo"],
  ["xctrace-xml", "xctrace-xml"],
  ["simpleperf-proto", "simpleperf"],
  ["measureme", "measureme"],
];

const files = FOLDERS.flatMap(([folder, id]) =>
  corpusFiles(folder).map((file) => ({ folder, file, id, title: `${folder}/${file}` })),
);

/** Reads a file as a user does, wrappers and all, without its name. */
async function read(bytes: Uint8Array): Promise<{ profile: Profile; id: string; sure: string[] }> {
  const builder = new ProfileBuilder();
  const { reader, source, head } = await detect(sourceOfBytes(bytes), builder.notes, { gunzip, unpackers });
  await reader.read(source, builder, builder.notes, {});
  const sure = readers.filter((one) => one.sniff(head) === "yes").map((one) => one.id);
  return { profile: validated(builder.finish()), id: reader.id, sure };
}

describe.skipIf(!haveCorpus)("corpus of formats in wrappers", () => {
  it.each(files)("recognises and reads $title", async ({ folder, file, id }) => {
    const { profile, sure } = await read(readCorpus(folder, file));
    expect(sure).toEqual([id]);
    expect(profile.samples.length).toBeGreaterThan(0);
  });
});
