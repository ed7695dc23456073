import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { FunctionSymbols } from "@flambeau/core";

const BUILD_ID = /^[0-9a-f]{2,128}$/;

/**
 * The functions of binaries that were uploaded or fetched, a file each, so that addresses that turn up later find
 * their names too. Every tenant has its own.
 *
 * ```
 *   count:u32  pad:u32  start:u64 × count  size:u64 × count  name ends:u32 × count  names in UTF-8
 * ```
 */
export class SymbolLibrary {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Keeps the functions of a binary that has a build id. */
  async put(tenant: string, symbols: FunctionSymbols): Promise<void> {
    const path = this.#path(tenant, symbols.buildId);
    await mkdir(join(this.#folder, tenant), { recursive: true });
    // A half-written file must never be taken for a whole one.
    await writeFile(`${path}.part`, encode(symbols));
    await rename(`${path}.part`, path);
  }

  /** Undefined where the binary is not known. */
  async get(tenant: string, buildId: string): Promise<FunctionSymbols | undefined> {
    if (!BUILD_ID.test(buildId)) return undefined;
    let bytes: Buffer;
    try {
      bytes = await readFile(this.#path(tenant, buildId));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
    return decode(bytes, buildId);
  }

  #path(tenant: string, buildId: string): string {
    if (!BUILD_ID.test(buildId)) throw new RangeError(`${JSON.stringify(buildId)} is no build id`);
    return join(this.#folder, tenant, `${buildId}.functions`);
  }
}

function encode({ length, start, size, name }: FunctionSymbols): Uint8Array {
  const texts = name.map((text) => Buffer.from(text));
  const ends = new Uint32Array(length);
  let end = 0;
  texts.forEach((text, i) => {
    end += text.length;
    ends[i] = end;
  });
  return Buffer.concat([
    new Uint8Array(Uint32Array.of(length, 0).buffer),
    bytesOf(start),
    bytesOf(size),
    bytesOf(ends),
    ...texts,
  ]);
}

function bytesOf(array: BigUint64Array | Uint32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function decode(file: Uint8Array, buildId: string): FunctionSymbols {
  // A copy that begins at a multiple of 8, as the columns must.
  const bytes = file.slice();
  const length = new Uint32Array(bytes.buffer, 0, 1)[0]!;
  const names = 8 + length * 20;
  const ends = new Uint32Array(bytes.buffer, 8 + length * 16, length);
  const text = Buffer.from(bytes.buffer, names);
  return {
    buildId,
    length,
    start: new BigUint64Array(bytes.buffer, 8, length),
    size: new BigUint64Array(bytes.buffer, 8 + length * 8, length),
    name: Array.from(ends, (end, i) => text.toString("utf8", i === 0 ? 0 : ends[i - 1]!, end)),
  };
}
