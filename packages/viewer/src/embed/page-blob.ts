import { type PackedProfile, packPage } from "./pack.ts";

/** A profile to put into a page: bytes of the `flambeau` format, not compressed yet. */
export interface ProfileFile {
  readonly name: string;
  readonly file: Blob;
}

/** Pieces are handed to the browser, which may keep them on disk, before they are more than this many bytes. */
const HANDED_OVER = 1 << 24;

/** The page with these profiles in it, as a file to save: what the page's own export makes. */
export async function pageBlob(template: string, profiles: readonly ProfileFile[]): Promise<Blob> {
  const packed = profiles.map(({ name, file }): PackedProfile => ({ name, chunks: compressed(file) }));
  const done: Blob[] = [];
  let pieces: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const piece of packPage(template, packed)) {
    pieces.push(piece.slice());
    size += piece.length;
    if (size < HANDED_OVER) continue;
    done.push(new Blob(pieces));
    pieces = [];
    size = 0;
  }
  return new Blob([...done, ...pieces], { type: "text/html" });
}

async function* compressed(file: Blob): AsyncGenerator<Uint8Array> {
  const reader = file.stream().pipeThrough(new CompressionStream("gzip")).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}
