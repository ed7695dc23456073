import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AddressLines, FunctionSymbols } from "@flambeau/core";
import type { Binary } from "./binary.ts";

const BUILD_ID = /^[0-9a-f]{2,128}$/;

/**
 * The functions and lines of binaries that were uploaded or fetched, so that addresses that turn up later find their
 * names too. Every tenant has its own. Two files each:
 *
 * ```
 *   ID.functions  count:u32  pad:u32  start:u64 × count  size:u64 × count  name ends:u32 × count  names in UTF-8
 *   ID.lines      stretches:u32  places:u32  strings:u32  complete:u32  start:f64 × stretches  place:i32 × stretches
 *                 caller:i32, name, file, line, column:u32 × places  string ends:u32 × strings  strings in UTF-8
 * ```
 */
export class SymbolLibrary {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Keeps what a binary says that has a build id. */
  async put(tenant: string, { functions, lines }: Binary): Promise<void> {
    const path = this.#path(tenant, functions.buildId);
    await mkdir(join(this.#folder, tenant), { recursive: true });
    await replace(`${path}.lines`, encodeLines(lines));
    await replace(`${path}.functions`, encode(functions));
  }

  /** Undefined where the binary is not known. */
  async get(tenant: string, buildId: string): Promise<Binary | undefined> {
    if (!BUILD_ID.test(buildId)) return undefined;
    const path = this.#path(tenant, buildId);
    const functions = await readIfThere(`${path}.functions`);
    if (functions === undefined) return undefined;
    const lines = (await readIfThere(`${path}.lines`)) ?? new Uint8Array(LINES_HEADER);
    return { functions: decode(functions, buildId), lines: decodeLines(lines) };
  }

  #path(tenant: string, buildId: string): string {
    if (!BUILD_ID.test(buildId)) throw new RangeError(`${JSON.stringify(buildId)} is no build id`);
    return join(this.#folder, tenant, buildId);
  }
}

/** A half-written file must never be taken for a whole one. */
async function replace(path: string, content: Uint8Array): Promise<void> {
  await writeFile(`${path}.part`, content);
  await rename(`${path}.part`, path);
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function encode({ length, start, size, name }: FunctionSymbols): Uint8Array {
  const [ends, ...texts] = packedTexts(name);
  return Buffer.concat([
    new Uint8Array(Uint32Array.of(length, 0).buffer),
    bytesOf(start),
    bytesOf(size),
    bytesOf(ends),
    ...texts,
  ]);
}

/** Where each text ends, and the texts. */
function packedTexts(texts: readonly string[]): [ends: Uint32Array, ...texts: Uint8Array[]] {
  const ends = new Uint32Array(texts.length);
  let end = 0;
  const packed = texts.map((text, i) => {
    const bytes = Buffer.from(text);
    end += bytes.length;
    ends[i] = end;
    return bytes;
  });
  return [ends, ...packed];
}

function unpackedTexts(ends: Uint32Array, texts: Buffer): string[] {
  return Array.from(ends, (end, i) => texts.toString("utf8", i === 0 ? 0 : ends[i - 1]!, end));
}

const LINES_HEADER = 16;

function encodeLines(lines: AddressLines): Uint8Array {
  const { start, place, caller, name, file, line, column, strings, complete } = lines;
  const [ends, ...texts] = packedTexts(strings);
  const header = Uint32Array.of(start.length, caller.length, strings.length, complete ? 1 : 0);
  const columns = [header, start, place, caller, name, file, line, column, ends];
  return Buffer.concat([...columns.map(bytesOf), ...texts]);
}

function decodeLines(content: Uint8Array): AddressLines {
  // A copy that begins at a multiple of 8, as the columns must.
  const { buffer } = Uint8Array.from(content);
  const [stretches, places, strings, complete] = new Uint32Array(buffer, 0, 4) as unknown as number[];
  let at = LINES_HEADER + stretches! * 8;
  const integers = (count: number): Uint32Array => {
    const column = new Uint32Array(buffer, at, count);
    at += count * 4;
    return column;
  };
  const signed = (count: number): Int32Array => {
    const column = integers(count);
    return new Int32Array(column.buffer, column.byteOffset, count);
  };
  return {
    start: new Float64Array(buffer, LINES_HEADER, stretches),
    place: signed(stretches!),
    caller: signed(places!),
    name: integers(places!),
    file: integers(places!),
    line: integers(places!),
    column: integers(places!),
    strings: unpackedTexts(integers(strings!), Buffer.from(buffer, at)),
    complete: complete !== 0,
  };
}

function bytesOf(array: BigUint64Array | Uint32Array | Int32Array | Float64Array): Uint8Array {
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
    name: unpackedTexts(ends, text),
  };
}
