import { type ByteSource, readAll } from "@flambeau/core";
import { openInput } from "./source.ts";

/** A whole file as it is, compressed or not; "-": standard input. */
export async function readWhole(path: string): Promise<Uint8Array> {
  const source: ByteSource & { close(): void } = openInput(path);
  try {
    return await readAll(source);
  } finally {
    source.close();
  }
}
