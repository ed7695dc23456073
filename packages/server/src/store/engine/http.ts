import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { type ClickHouseClient, createClient } from "@clickhouse/client";
import { bind, quoted } from "./bind.ts";
import {
  type Engine,
  LOAD_SETTINGS,
  type Load,
  type Params,
  type RowFile,
  STATEMENT_SETTINGS,
} from "./engine.ts";
import { type Columns, decodeNative } from "./native.ts";

/** A ClickHouse server, or one node of a cluster. */
export interface HttpOptions {
  /** `http://` or `https://`, with host and port. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly database: string;
  /** Name in `system.clusters`, where tables are to be spread. */
  readonly cluster: string | undefined;
  /** Connections at the same time. */
  readonly connections: number;
}

/** Connects over HTTP; creates the database where it is missing. */
export async function openHttp(options: HttpOptions): Promise<Engine> {
  const connect = (database: string): ClickHouseClient =>
    createClient({
      url: options.url,
      username: options.username,
      password: options.password,
      database,
      max_open_connections: options.connections,
      request_timeout: 300_000,
      clickhouse_settings: STATEMENT_SETTINGS,
    });
  const first = connect("default");
  try {
    const where = options.cluster === undefined ? "" : ` ON CLUSTER ${quoted(options.cluster)}`;
    await first.command({ query: `CREATE DATABASE IF NOT EXISTS ${options.database}${where}` });
  } finally {
    await first.close();
  }
  return new HttpEngine(connect(options.database));
}

class HttpEngine implements Engine {
  readonly kind = "http";
  readonly #client: ClickHouseClient;

  constructor(client: ClickHouseClient) {
    this.#client = client;
  }

  async columns(sql: string, params?: Params): Promise<Columns> {
    const { stream } = await this.#client.exec({ query: `${bind(sql, params)} FORMAT Native` });
    return decodeNative(await bytesOf(stream));
  }

  async command(sql: string, params?: Params): Promise<void> {
    await this.#client.command({ query: bind(sql, params) });
  }

  async load(rows: RowFile, loads: readonly Load[]): Promise<void> {
    const { path, offset, length, structure } = rows;
    for (const { into, select, tail, token } of loads) {
      const from = `input(${quoted(structure)})`;
      const { stream } = await this.#client.exec({
        query: `INSERT INTO ${into} ${select} FROM ${from} ${tail ?? ""} FORMAT RowBinary`,
        values: createReadStream(path, { start: offset, end: offset + length - 1 }),
        clickhouse_settings: { ...LOAD_SETTINGS, insert_deduplication_token: token },
      });
      await bytesOf(stream);
    }
  }

  async close(): Promise<void> {
    await this.#client.close();
  }
}

async function bytesOf(stream: Readable): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
