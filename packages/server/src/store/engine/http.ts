import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { type ClickHouseClient, ClickHouseError, ClickHouseLogLevel, createClient } from "@clickhouse/client";
import { StoreError } from "../store.ts";
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
      // What goes wrong is told by whoever asked.
      log: { level: ClickHouseLogLevel.OFF },
    });
  const first = connect("default");
  try {
    const where = options.cluster === undefined ? "" : ` ON CLUSTER ${quoted(options.cluster)}`;
    await first.command({ query: `CREATE DATABASE IF NOT EXISTS ${options.database}${where}` });
  } finally {
    await first.close();
  }
  return new HttpEngine(connect(options.database), options);
}

class HttpEngine implements Engine {
  readonly kind = "http";
  readonly database: string;
  readonly #client: ClickHouseClient;
  readonly #loadSettings: Readonly<Record<string, string | number>>;

  constructor(client: ClickHouseClient, { database, cluster }: HttpOptions) {
    this.#client = client;
    this.database = database;
    // The journal lets go of rows that one server alone has, unless most replicas must have them first.
    this.#loadSettings = cluster === undefined ? LOAD_SETTINGS : { ...LOAD_SETTINGS, insert_quorum: "auto" };
  }

  async columns(sql: string, params?: Params): Promise<Columns> {
    const query = `${bind(sql, params)} FORMAT Native`;
    const bytes = await this.#reached(async () => bytesOf((await this.#client.exec({ query })).stream));
    return decodeNative(bytes);
  }

  async command(sql: string, params?: Params): Promise<void> {
    await this.#reached(() => this.#client.command({ query: bind(sql, params) }));
  }

  /** Tells a server that cannot be reached from one that refuses a statement. */
  async #reached<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof ClickHouseError) throw error;
      throw new StoreError("engine-down", `the database cannot be reached: ${reason(error)}`, 5);
    }
  }

  async load({ stretches, structure }: Rows, loads: readonly Load[]): Promise<void> {
    for (const { into, select, tail, token } of loads) {
      const from = `input(${quoted(structure)})`;
      const { stream } = await this.#client.exec({
        query: `INSERT INTO ${into} ${select} FROM ${from} ${tail ?? ""} FORMAT RowBinary`,
        values: Readable.from(bytesIn(stretches), { objectMode: false }),
        clickhouse_settings: { ...this.#loadSettings, insert_deduplication_token: token },
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

async function* bytesIn(stretches: readonly Stretch[]): AsyncGenerator<Buffer> {
  for (const { path, offset, length } of stretches) {
    yield* createReadStream(path, { start: offset, end: offset + length - 1 }) as AsyncIterable<Buffer>;
  }
}

/** What a network error says; of several addresses tried, the first. */
function reason(error: unknown): string {
  if (error instanceof AggregateError) return String(error.errors[0]);
  return String(error);
}
