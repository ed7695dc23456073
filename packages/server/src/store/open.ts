import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { FlambeauError } from "@flambeau/core";
import { openEmbedded } from "./engine/embedded.ts";
import type { Engine, Params } from "./engine/engine.ts";
import { openHttp } from "./engine/http.ts";
import { type Columns, rowsOf } from "./engine/native.ts";
import type { Log } from "./log.ts";
import { mergeAll, type TableSize, tableSizes } from "./maintain/statistics.ts";
import { daysOf, parseServer, type StoreOptions } from "./options.ts";
import { migrate } from "./schema/migrations.ts";
import type { Topology } from "./schema/template.ts";
import type { JournalState, SeriesProfile, StoreWriter } from "./store.ts";
import { Encoder, type EncoderCounts } from "./write/encoder.ts";
import { Journal } from "./write/journal.ts";
import { Loader } from "./write/loader.ts";

/** An open store. */
export interface Store extends StoreWriter {
  /** Runs a query with placeholders `{name:Type}`; its whole result, column by column. */
  queryColumns(sql: string, params?: Params): Promise<Columns>;
  /** The same, a row an object: for small results. 64-bit numbers are bigints. */
  query(sql: string, params?: Params): Promise<Record<string, unknown>[]>;
  /** Sizes of the tables, and what was approximated or left out since the store was opened. */
  statistics(): Promise<StoreStatistics>;
  /** Merges all parts now; the engine does so by itself in time. */
  optimize(): Promise<void>;
  /** Writes what is in memory to the journal, lets the engine finish, and closes it. */
  close(): Promise<void>;
}

/** What the store holds and what it left out. */
export interface StoreStatistics extends EncoderCounts {
  readonly tables: readonly TableSize[];
}

/** Opens the store in a folder, or on a server; brings its schema up to date and replays the journal. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const scratch = join(options.directory, "scratch");
  await rm(scratch, { recursive: true, force: true });
  await mkdir(scratch, { recursive: true });
  const { engine, topology } = await connect(options, scratch);
  try {
    await migrate(engine, topology);
    return await OpenStore.start(engine, topology, options);
  } catch (error) {
    await engine.close();
    throw error;
  }
}

async function connect(
  { directory, server, sessions = 4 }: StoreOptions,
  scratch: string,
): Promise<{ engine: Engine; topology: Topology }> {
  if (server === undefined) {
    const path = join(directory, "engine");
    const engine = await openEmbedded({ path, scratch, sessions, database: "flambeau" });
    return { engine, topology: { cluster: undefined } };
  }
  const address = parseServer(server);
  const engine = await openHttp({ ...address, connections: sessions + 2 });
  return { engine, topology: { cluster: address.cluster } };
}

const MAX_SECONDS = 0xffff_ffff;

class OpenStore implements Store {
  readonly #engine: Engine;
  readonly #topology: Topology;
  readonly #options: StoreOptions;
  readonly #encoder: Encoder = new Encoder();
  readonly #loader: Loader;
  #journal!: Journal;

  private constructor(engine: Engine, topology: Topology, options: StoreOptions, log: Log) {
    this.#engine = engine;
    this.#topology = topology;
    this.#options = options;
    this.#loader = new Loader(engine, log, (file) => this.#journal.forget(file));
  }

  static async start(engine: Engine, topology: Topology, options: StoreOptions): Promise<OpenStore> {
    const log: Log = options.log ?? (() => undefined);
    const store = new OpenStore(engine, topology, options, log);
    const limits = {
      commitInterval: options.commitInterval ?? 200,
      commitBytes: 32 << 20,
      commitRows: 500_000,
      bound: options.journalBytes ?? 2 ** 30,
      reserve: options.reserveBytes ?? 512 << 20,
    };
    const waiting: Parameters<Loader["add"]>[0][] = [];
    let take = (file: (typeof waiting)[number]): unknown => waiting.push(file);
    store.#journal = await Journal.open(
      join(options.directory, "journal"),
      limits,
      log,
      (file) => take(file),
      () => store.#encoder.forget(),
    );
    // The loader takes files off the journal's books, so it starts when the journal is there.
    take = (file) => store.#loader.add(file);
    for (const file of waiting) take(file);
    return store;
  }

  async write(profiles: readonly SeriesProfile[]): Promise<void> {
    for (const { start } of profiles) {
      const seconds = start / 1_000_000_000n;
      if (seconds < 0n || seconds > MAX_SECONDS) {
        throw new FlambeauError("malformed", `a profile's time lies outside of 1970 to 2106: ${start} ns`);
      }
    }
    await this.#journal.append((batch) => {
      for (const item of profiles)
        this.#encoder.add(batch, item, daysOf(this.#options.retention, item.tenant));
    });
  }

  async flush(): Promise<void> {
    await this.#journal.sync();
    await this.#loader.drained();
  }

  journal(): JournalState {
    return this.#journal.state();
  }

  queryColumns(sql: string, params?: Params): Promise<Columns> {
    return this.#engine.columns(sql, params);
  }

  async query(sql: string, params?: Params): Promise<Record<string, unknown>[]> {
    return rowsOf(await this.#engine.columns(sql, params));
  }

  async statistics(): Promise<StoreStatistics> {
    return { tables: await tableSizes(this.#engine, this.#topology), ...this.#encoder.counts };
  }

  optimize(): Promise<void> {
    return mergeAll(this.#engine, this.#topology);
  }

  async close(): Promise<void> {
    await this.#journal.close();
    await this.#loader.stop();
    await this.#engine.close();
  }
}
