import { createGzip } from "node:zlib";
import { flambeauWriter, type Profile } from "@flambeau/core";
import { packPage } from "@flambeau/viewer/embed";
import type { OutputSink } from "../io/sink.ts";
import { pageFile } from "./page-files.ts";

/** A profile and the name that the page shows. */
export interface NamedProfile {
  readonly name: string;
  readonly profile: Profile;
}

/** Writes the viewer with these profiles in it, as one file that needs nothing else, showing `view` first. */
export async function writePage(
  profiles: readonly NamedProfile[],
  sink: OutputSink,
  view = "",
): Promise<void> {
  const template = pageFile("template.html").toString("utf8");
  const packed = profiles.map(({ name, profile }) => ({ name, chunks: packedChunks(profile) }));
  for await (const piece of packPage(template, packed, view)) await sink.write(piece);
  await sink.close();
}

/** A profile in the `flambeau` format, compressed, piece by piece as it is asked for. */
export async function* packedChunks(profile: Profile): AsyncGenerator<Uint8Array> {
  const gzip = createGzip({ chunkSize: 1 << 18 });
  const writing = flambeauWriter
    .write(profile, { write: (bytes) => new Promise((done) => void gzip.write(bytes, () => done())) }, {})
    .then(
      () => void gzip.end(),
      (error: Error) => void gzip.destroy(error),
    );
  for await (const chunk of gzip) yield chunk as Uint8Array;
  await writing;
}
