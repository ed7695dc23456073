import {
  type ByteSource,
  FlambeauError,
  type Gunzip,
  type Notes,
  type Profile,
  readProfile,
  sourceOfBytes,
  sourceOfChunks,
} from "@flambeau/core";
import type { ProfileInput } from "./protocol.ts";
import { CancelledError, checkpoint, type Progress } from "./rpc.ts";
import { lazyUnpackers } from "./unpack.ts";

/** How an input is read, besides where from. */
export interface OpenOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
  /** Id of the reader; default: whichever recognises the content. */
  readonly from?: string | undefined;
  /** Which file of an archive; default: the only one. */
  readonly entry?: string | undefined;
}

/** Bytes per read of a file: large enough that the calls cost nothing, small enough to be cancelled at once. */
const SLICE = 4 << 20;

/** Reads a profile from a file, a buffer or an address, every sample kept. */
export async function openProfile(input: ProfileInput, options: OpenOptions): Promise<Profile> {
  const source = await sourceOf(input, options.signal);
  return readProfile(watched(source, options), {
    from: options.from,
    entry: options.entry,
    gunzip: gunzipByStream,
    unpackers: lazyUnpackers,
    samples: "each",
  });
}

async function sourceOf(input: ProfileInput, signal: AbortSignal): Promise<ByteSource> {
  if ("blob" in input) return sourceOfBlob(input.blob, input.name);
  if ("buffer" in input) return sourceOfBytes(new Uint8Array(input.buffer), input.name);
  return sourceOfUrl(input.url, input.name, signal);
}

/** A source over slices of a file; the next slice is fetched while the reader works on this one. */
export function sourceOfBlob(blob: Blob, name: string): ByteSource {
  let at = 0;
  let rest: Uint8Array = new Uint8Array(0);
  const fetchNext = (): Promise<ArrayBuffer> | undefined => {
    if (at >= blob.size) return undefined;
    const slice = blob.slice(at, at + SLICE).arrayBuffer();
    // Awaited later; until then a failure must not count as unhandled.
    slice.catch(() => undefined);
    at += SLICE;
    return slice;
  };
  let ahead = fetchNext();
  return {
    name,
    size: blob.size,
    async read(target) {
      if (rest.length === 0) {
        if (ahead === undefined) return 0;
        const slice: ArrayBuffer = await ahead.catch((cause: unknown) =>
          Promise.reject(unreadable(name, cause)),
        );
        rest = new Uint8Array(slice);
        ahead = fetchNext();
      }
      const count = Math.min(target.length, rest.length);
      target.set(rest.subarray(0, count));
      rest = rest.subarray(count);
      return count;
    },
  };
}

function unreadable(name: string, cause: unknown): FlambeauError {
  return new FlambeauError("io", `${name} cannot be read`, {
    hint: "Was it moved, changed or deleted since it was chosen? Choose it again.",
    cause,
  });
}

async function sourceOfUrl(url: string, name: string, signal: AbortSignal): Promise<ByteSource> {
  let response: Response;
  try {
    response = await fetch(url, { signal });
  } catch (cause) {
    if (signal.aborted) throw new CancelledError();
    throw new FlambeauError("io", `${url} cannot be fetched`, {
      hint: "Is the address right, and does its server allow this page to read it (CORS)? Otherwise download the file and drop it here.",
      cause,
    });
  }
  if (!response.ok) {
    throw new FlambeauError("io", `${url} answers ${response.status} ${response.statusText}`.trim(), {
      hint: "Check the address.",
    });
  }
  const length = Number(response.headers.get("content-length") ?? "");
  const encoded = response.headers.has("content-encoding");
  const chunks = response.body === null ? [] : chunksOf(response.body);
  return {
    ...sourceOfChunks(asyncChunks(chunks), name),
    size: length > 0 && !encoded ? length : undefined,
  };
}

async function* asyncChunks(
  chunks: AsyncIterable<Uint8Array> | readonly Uint8Array[],
): AsyncIterable<Uint8Array> {
  yield* chunks;
}

/** A stream's chunks; not all browsers can iterate over streams themselves. */
async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncIterable<Uint8Array> {
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

/** The source with a look at the clock: progress is told, messages are let in, and cancelling takes effect. */
function watched(source: ByteSource, { signal, onProgress }: OpenOptions): ByteSource {
  const PERIOD_MS = 50;
  let done = 0;
  let last = performance.now();
  return {
    name: source.name,
    size: source.size,
    async read(target) {
      if (signal.aborted) throw new CancelledError();
      const count = await source.read(target);
      done += count;
      const now = performance.now();
      if (now - last > PERIOD_MS) {
        last = now;
        onProgress({ done, total: source.size });
        await checkpoint(signal);
      }
      return count;
    },
  };
}

/**
 * Unpacks gzip with the browser's DecompressionStream. Members behind one another (`cat a.gz b.gz`) are an error
 * of the stream; what came before it is kept, with a note, as with data that breaks off.
 */
export const gunzipByStream: Gunzip = (source, notes) => {
  const compressed = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const buffer = new Uint8Array(1 << 18);
      const count = await source.read(buffer);
      if (count === 0) controller.close();
      else controller.enqueue(buffer.subarray(0, count));
    },
  });
  const plain = compressed.pipeThrough(new DecompressionStream("gzip"));
  const name = source.name?.replace(/\.gz$/i, "");
  return { ...sourceOfChunks(keepingWhatCame(chunksOf(plain), notes), name), size: undefined };
};

async function* keepingWhatCame(chunks: AsyncIterable<Uint8Array>, notes: Notes): AsyncIterable<Uint8Array> {
  let came = 0;
  try {
    for await (const chunk of chunks) {
      came += chunk.length;
      yield chunk;
    }
  } catch (error) {
    if (error instanceof CancelledError || error instanceof FlambeauError) throw error;
    if (came === 0) {
      throw new FlambeauError("malformed", "the gzip data is damaged at its beginning", {
        offset: 0,
        cause: error,
      });
    }
    notes.add(
      "truncated",
      "gzip-broken",
      "the gzip data is damaged, ends too early, or is several gzip files in a row; what came before is kept",
      { offset: came },
    );
  }
}
