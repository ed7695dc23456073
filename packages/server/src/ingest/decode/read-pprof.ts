import { gunzipSync } from "node:zlib";
import { type Decoded, type DecodeLimits, decode } from "./decode.ts";
import type { Digested, DigestScope, PprofDigester } from "./digest/digester.ts";

/** A pprof file to read, as it was pushed. */
export interface PprofTask {
  readonly bytes: Uint8Array;
  /** Bytes that come out of gzip, at most, which are accounted for; 0: the file is not compressed. */
  readonly unpacked: number;
  readonly scope: DigestScope;
  readonly limits: DecodeLimits;
  /** True where all stacks have to come with their frames. */
  readonly whole: boolean;
}

/** What a file came to: a digest, a whole profile, or nothing, where its compression is not what it says. */
export type ReadPprof = Digested | { readonly decoded: Decoded } | undefined;

/** Takes compression off and reads. @throws FlambeauError where the input cannot be used */
export async function readPprof(task: PprofTask, digester: PprofDigester): Promise<ReadPprof> {
  const bytes = task.unpacked === 0 ? task.bytes : unpacked(task);
  if (bytes === undefined) return undefined;
  const { scope, limits, whole } = task;
  const read = digester.digest(bytes, scope, limits, whole);
  return read ?? { decoded: await decode({ format: "pprof", bytes, limits }) };
}

/** Undefined where it is damaged, or more comes out: that is looked into (and told) elsewhere. */
function unpacked({ bytes, unpacked: length }: PprofTask): Uint8Array | undefined {
  try {
    // A buffer that is filled to its end would be followed by another one.
    const whole = gunzipSync(bytes, { maxOutputLength: length, chunkSize: Math.max(length + 1, 64) });
    // Packed twice.
    return whole[0] === 0x1f && whole[1] === 0x8b ? undefined : whole;
  } catch {
    return undefined;
  }
}
