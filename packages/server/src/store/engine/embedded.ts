import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { type ClickHouseClient, createClient } from "@clickhouse/client";
import { bind, quoted } from "./bind.ts";
import {
  type Engine,
  LOAD_SETTINGS,
  type Load,
  type Params,
  type Rows,
  STATEMENT_SETTINGS,
  type Stretch,
} from "./engine.ts";
import { type Columns, decodeNative } from "./native.ts";

/** Where the embedded engine keeps its data, and how many statements it runs at the same time. */
export interface EmbeddedOptions {
  /** Folder of the engine's own files. */
  readonly path: string;
  /** For row files that are being loaded. */
  readonly scratch: string;
  /** Queries at the same time; one more session is there for writing. */
  readonly sessions: number;
  readonly database: string;
}

/**
 * ClickHouse's engine inside this process (package `chdb`). A session runs its statements one after the other;
 * several on one folder run side by side, each on a thread of libuv's pool: set UV_THREADPOOL_SIZE to at least
 * `sessions + 3` before the process starts.
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<Engine> {
  const { createChdbConnection } = await import("chdb/connection");
  const connect = async (): Promise<ClickHouseClient> => {
    const client = createClient({ connection: createChdbConnection({ path: options.path }) as never });
    for (const [name, value] of Object.entries(STATEMENT_SETTINGS)) {
      await client.command({ query: `SET ${name} = ${typeof value === "number" ? value : quoted(value)}` });
    }
    return client;
  };
  const writer = await connect();
  await writer.command({ query: `CREATE DATABASE IF NOT EXISTS ${options.database}` });
  const readers = await Promise.all(Array.from({ length: options.sessions }, connect));
  for (const client of [writer, ...readers]) await client.command({ query: `USE ${options.database}` });
  return new EmbeddedEngine(writer, readers, options);
}

class EmbeddedEngine implements Engine {
  readonly kind = "embedded";
  readonly database: string;
  readonly #writer: ClickHouseClient;
  readonly #readers: readonly ClickHouseClient[];
  readonly #scratch: string;
  readonly #busy: number[];
  #piece: Buffer | undefined;

  constructor(
    writer: ClickHouseClient,
    readers: readonly ClickHouseClient[],
    { scratch, database }: EmbeddedOptions,
  ) {
    this.#writer = writer;
    this.#readers = readers;
    this.#scratch = scratch;
    this.database = database;
    this.#busy = readers.map(() => 0);
  }

  async columns(sql: string, params?: Params): Promise<Columns> {
    const query = `${bind(sql, params)} FORMAT Native`;
    const session = this.#busy.indexOf(Math.min(...this.#busy));
    this.#busy[session]!++;
    try {
      const { stream } = await this.#readers[session]!.exec({ query });
      return decodeNative(await bytesOf(stream));
    } finally {
      this.#busy[session]!--;
    }
  }

  async command(sql: string, params?: Params): Promise<void> {
    await this.#writer.command({ query: bind(sql, params) });
  }

  async load(rows: Rows, loads: readonly Load[]): Promise<void> {
    const path = join(this.#scratch, `rows-${loads[0]?.token}.bin`);
    // Kept for the next time, for the garbage collector's sake; two loads at once have a piece each.
    const piece = this.#piece ?? Buffer.allocUnsafe(1 << 20);
    this.#piece = undefined;
    await copyStretches(rows.stretches, path, piece);
    this.#piece = piece;
    try {
      const settings = Object.entries(LOAD_SETTINGS)
        .filter(([name]) => name !== "distributed_foreground_insert")
        .map(([name, value]) => `${name}=${typeof value === "number" ? value : quoted(value)}`);
      for (const { into, select, tail, token } of loads) {
        const from = `file(${quoted(path)}, 'RowBinary', ${quoted(rows.structure)})`;
        const query = `INSERT INTO ${into} ${select} FROM ${from} ${tail ?? ""} SETTINGS ${settings.join(", ")}, insert_deduplication_token=${quoted(token)}`;
        await this.#writer.command({ query });
      }
    } finally {
      await rm(path, { force: true });
    }
  }

  async close(): Promise<void> {
    for (const client of [...this.#readers, this.#writer]) await client.close();
  }
}

/** Puts stretches of files into one file, in pieces of the size of `piece`. */
async function copyStretches(
  stretches: readonly Stretch[],
  target: string,
  piece: Uint8Array,
): Promise<void> {
  const to = await open(target, "w");
  try {
    for (const { path, offset, length } of stretches) {
      const from = await open(path, "r");
      try {
        for (let done = 0; done < length; ) {
          const wanted = Math.min(piece.length, length - done);
          const { bytesRead } = await from.read(piece, 0, wanted, offset + done);
          if (bytesRead === 0) throw new Error(`${path} ends early`);
          await to.writeFile(piece.subarray(0, bytesRead));
          done += bytesRead;
        }
      } finally {
        await from.close();
      }
    }
  } finally {
    await to.close();
  }
}

/** All bytes of a stream. */
async function bytesOf(stream: Readable): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}
