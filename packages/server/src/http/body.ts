import { promisify } from "node:util";
import { createGunzip, gunzip } from "node:zlib";
import { FlambeauError } from "@flambeau/core";
import type { Ledger } from "../ops/budget.ts";
import { bodyTooLarge } from "../ops/budget.ts";
import { Refusal } from "../refusal.ts";

const gunzipWhole = promisify(gunzip);

/** Compressed bytes put in at a time: at most a thousandfold comes out before it is counted. */
const PIECE = 16 << 10;

/**
 * Yields a body's chunks, counted; ends with an error where they are too many, or too slow: a client that sends a
 * byte now and then would hold its place for ever.
 */
export async function* counted(
  body: AsyncIterable<Uint8Array>,
  ledger: Ledger,
  seconds: number,
): AsyncGenerator<Uint8Array> {
  const iterator = body[Symbol.asyncIterator]();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Refusal(408, "timeout", `the body did not arrive within ${seconds} seconds`)),
      seconds * 1000,
    );
  });
  late.catch(() => undefined);
  try {
    for (;;) {
      const step = await Promise.race([iterator.next(), late]);
      if (step.done === true) return;
      ledger.take(step.value.length);
      yield step.value;
    }
  } finally {
    clearTimeout(timer);
  }
}

/** The whole body in one array. */
export async function wholeBody(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8;
}

/**
 * Takes gzip off where its magic number stands, counting what comes out. The length at the end of the data is
 * believed only as far as it is counted beforehand; data that holds more is unpacked piece by piece.
 * @throws Refusal 413, 429; FlambeauError malformed
 */
export async function unpack(bytes: Uint8Array, ledger: Ledger): Promise<Uint8Array> {
  const claimed = claim(bytes, ledger);
  if (claimed === 0) return bytes;
  if (claimed !== undefined) {
    try {
      return await gunzipWhole(bytes, { maxOutputLength: claimed, chunkSize: chunkSizeOf(claimed) });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ERR_BUFFER_TOO_LARGE") throw damaged(error);
    }
  }
  return unpackByPieces(bytes, ledger);
}

/**
 * Counts what gzip data says that it holds, and returns it; 0 for other data, undefined where its word is not taken.
 * @throws Refusal 429
 */
export function claim(bytes: Uint8Array, ledger: Ledger): number | undefined {
  if (!isGzip(bytes)) return 0;
  const claimed =
    bytes.length < 18 ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(bytes.length - 4, true);
  if (claimed === 0 || claimed > Math.min(ledger.left, bytes.length * 64)) return undefined;
  ledger.take(claimed);
  return claimed;
}

/** One output buffer for small bodies. */
function chunkSizeOf(claimed: number): number {
  return Math.min(Math.max(claimed, 64), 256 << 10);
}

async function unpackByPieces(bytes: Uint8Array, ledger: Ledger): Promise<Uint8Array> {
  const zlib = createGunzip({ chunkSize: 64 << 10 });
  const parts: Uint8Array[] = [];
  const feed = async (): Promise<void> => {
    for (let at = 0; at < bytes.length && !zlib.destroyed; at += PIECE) {
      await new Promise<void>((resolve) => {
        zlib.once("close", resolve);
        zlib.write(bytes.subarray(at, at + PIECE), () => {
          zlib.off("close", resolve);
          resolve();
        });
      });
    }
    if (!zlib.destroyed) zlib.end();
  };
  const fed = feed();
  try {
    for await (const chunk of zlib as AsyncIterable<Uint8Array>) {
      if (chunk.length > ledger.left) throw bodyTooLarge(ledger.limit);
      ledger.take(chunk.length);
      parts.push(chunk);
    }
  } catch (error) {
    throw error instanceof Refusal ? error : damaged(error);
  } finally {
    zlib.destroy();
    await fed;
  }
  return Buffer.concat(parts);
}

function damaged(cause: unknown): FlambeauError {
  const early = (cause as NodeJS.ErrnoException).code === "Z_BUF_ERROR";
  return new FlambeauError("malformed", `the gzip data ${early ? "ends too early" : "is damaged"}`, {
    cause,
  });
}
