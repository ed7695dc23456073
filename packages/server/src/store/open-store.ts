import { join } from "node:path";
import { FlambeauError } from "@flambeau/core";
import type { KnownStacks } from "./digest.ts";
import type { Engine, Params } from "./engine/engine.ts";
import { type Columns, rowsOf } from "./engine/native.ts";
import type { Log } from "./log.ts";
import { freeze } from "./maintain/backup.ts";
import { type Deleted, type Deletion, deleteSelection } from "./maintain/delete.ts";
import { Deletions } from "./maintain/deletions.ts";
import { mergeAll, type TableSize, tableSizes } from "./maintain/statistics.ts";
import { overdue } from "./maintain/sweep.ts";
import {
  type AddressSymbol,
  namelessAddresses,
  type Unresolved,
  unresolvedFrames,
  writeSymbols,
} from "./maintain/symbols.ts";
import { daysOf, type StoreOptions } from "./options.ts";
import type { Topology } from "./schema/template.ts";
import {
  type JournalState,
  type Selection,
  type SeriesProfile,
  StoreError,
  type StoreWriter,
  serviceOf,
  type WrittenRange,
} from "./store.ts";
import { Encoder, type EncoderCounts } from "./write/encoder.ts";
import { Journal } from "./write/journal.ts";
import type { JournalFile } from "./write/journal-file.ts";
import { Loader } from "./write/loader.ts";
import { RecentProfiles } from "./write/recent-profiles.ts";

/** What the store holds, and what it left out since it was opened. */
export interface StoreStatistics extends EncoderCounts {
  readonly tables: readonly TableSize[];
  /** Profiles that had been pushed before, and were not counted again. */
  readonly duplicates: number;
  /** Why the journal cannot be loaded at the moment; undefined where it can. */
  readonly loadFailure: string | undefined;
}

/** Is told what came into the engine. */
export type WriteListener = (written: readonly WrittenRange[] | undefined) => void;

/** An open store. */
export interface Store extends StoreWriter {
  /** Runs a query with placeholders `{name:Type}`; its whole result, column by column. */
  queryColumns(sql: string, params?: Params): Promise<Columns>;
  /** The same, a row an object: for small results. 64-bit numbers are bigints. */
  query(sql: string, params?: Params): Promise<Record<string, unknown>[]>;
  /**
   * Calls `listener` whenever samples can be queried that could not before, with what they are of; with nothing where
   * that is not known, or samples were deleted: anything may have changed. Returns what ends it.
   */
  onWrite(listener: WriteListener): () => void;
  /** Deletes samples by selector and time, in whole seconds, with everything that was derived from them. */
  delete(selection: Selection): Promise<Deleted>;
  /** Deletes what a retention that was shortened no longer keeps; the engine drops the rest by itself. Once a day. */
  sweep(): Promise<void>;
  /** Names addresses of a binary, for samples of the past and of the future. */
  writeSymbols(tenant: string, buildId: string, symbols: readonly AddressSymbol[]): Promise<void>;
  /** Binaries with addresses that have no names, at most `limit` addresses each. */
  unresolved(tenant: string, limit?: number): Promise<Unresolved[]>;
  /** Addresses of a binary that came without names, whether somebody has named them since or not. */
  addressesOf(tenant: string, buildId: string, limit?: number): Promise<bigint[]>;
  /**
   * Everything that was written so far, into a new folder (embedded), or to where BACKUP … TO says (server), e.g.
   * `Disk('backups', 'monday.zip')`.
   */
  backup(target: string): Promise<void>;
  statistics(): Promise<StoreStatistics>;
  /** Merges all parts now; the engine does so by itself in time. */
  optimize(): Promise<void>;
  /** Writes what is in memory to the journal, lets the engine finish what it is at, and closes it. */
  close(): Promise<void>;
}

const JOURNAL_BYTES = 2 ** 30;
const MAX_SECONDS = 0xffff_ffffn;
/** How far back, by their own time, profiles are looked for that are pushed again after a restart. */
const REMEMBER_SECONDS = 3 * 3600;
const DESTINATION = /^(?:Disk|File|S3|AzureBlobStorage)\('[^\\]*'\)$/;

/** A store over an engine whose schema is up to date. */
export class OpenStore implements Store {
  readonly #engine: Engine;
  readonly #topology: Topology;
  readonly #options: StoreOptions;
  readonly #unlock: () => Promise<void>;
  readonly #encoder: Encoder = new Encoder();
  readonly #recent: RecentProfiles = new RecentProfiles();
  readonly #deletions: Deletions;
  readonly #loader: Loader;
  readonly #log: Log;
  readonly #listeners = new Set<WriteListener>();
  #journal!: Journal;
  #duplicates = 0;
  #closing: Promise<void> | undefined;

  private constructor(
    engine: Engine,
    topology: Topology,
    options: StoreOptions,
    unlock: () => Promise<void>,
  ) {
    this.#engine = engine;
    this.#topology = topology;
    this.#options = options;
    this.#unlock = unlock;
    this.#log = options.log ?? (() => undefined);
    this.#deletions = new Deletions(join(options.directory, "deletions"));
    this.#loader = new Loader(
      engine,
      join(options.directory, "journal"),
      { interval: options.loadInterval ?? 750, bytes: (options.journalBytes ?? JOURNAL_BYTES) / 4 },
      this.#log,
      (file) => {
        this.#journal.forget(file);
        this.#tell(file.written);
      },
      () => this.#encoder.forget(),
    );
  }

  static async start(
    engine: Engine,
    topology: Topology,
    options: StoreOptions,
    unlock: () => Promise<void>,
  ): Promise<OpenStore> {
    const store = new OpenStore(engine, topology, options, unlock);
    const repeated = await store.#deletions.repeat((deletion) => deleteSelection(engine, topology, deletion));
    if (repeated > 0) store.#log("info", "repeated deletions that were cut short", { deletions: repeated });
    await store.#openJournal();
    await store.#loader.settled();
    await store.#rememberProfiles();
    return store;
  }

  async #openJournal(): Promise<void> {
    const {
      directory,
      commitInterval = 200,
      journalBytes = JOURNAL_BYTES,
      reserveBytes = 512 << 20,
    } = this.#options;
    const limits = {
      commitInterval,
      commitBytes: 32 << 20,
      commitRows: 500_000,
      bound: journalBytes,
      reserve: reserveBytes,
    };
    const left: JournalFile[] = [];
    let take = (file: JournalFile): unknown => left.push(file);
    this.#journal = await Journal.open(
      join(directory, "journal"),
      limits,
      this.#log,
      (file) => take(file),
      () => this.#encoder.forget(),
    );
    // The loader takes files off the journal's books, so it starts when the journal is there.
    take = (file) => this.#loader.add(file);
    await this.#loader.replay(left);
  }

  /** So that a profile whose acknowledgement a crash swallowed is recognised when it comes again. */
  async #rememberProfiles(): Promise<void> {
    const rows = await this.query(
      `SELECT tenant, type, series, toUnixTimestamp64Milli(ts) AS ms, replaceAll(toString(id), '-', '') AS digits
       FROM profiles WHERE ts > now() - {seconds:UInt32} AND id != toUUID('00000000-0000-0000-0000-000000000000')
       ORDER BY ts DESC LIMIT 200000`,
      { seconds: REMEMBER_SECONDS },
    );
    for (const { tenant, type, series, ms, digits } of rows) {
      this.#recent.add(JSON.stringify([tenant, type, String(series), String(ms), digits]));
    }
  }

  /** What decoding threads may leave out. */
  get known(): KnownStacks {
    return { ...this.#encoder.known, keep: (tenant) => daysOf(this.#options.retention, tenant) };
  }

  async write(given: readonly SeriesProfile[]): Promise<void> {
    for (const { start } of given) {
      const seconds = start / 1_000_000_000n;
      if (seconds < 0n || seconds > MAX_SECONDS) {
        throw new FlambeauError("malformed", `a profile's time lies outside of 1970 to 2106: ${start} ns`);
      }
    }
    let profiles = given;
    // From the last look to the batch nothing is awaited, so that what is known stays so.
    while (profiles.some((item) => this.#lacks(item))) {
      profiles = await Promise.all(
        profiles.map((item) => ("digest" in item && this.#lacks(item) ? item.complete() : item)),
      );
    }
    const fresh: SeriesProfile[] = [];
    const keys: string[] = [];
    const known: (Promise<void> | undefined)[] = [];
    for (const item of profiles) {
      const key = item.id === "" ? undefined : this.#encoder.identity(item);
      if (key !== undefined && (this.#recent.has(key) || keys.includes(key))) {
        this.#duplicates++;
        known.push(this.#recent.written(key));
        continue;
      }
      fresh.push(item);
      if (key !== undefined) keys.push(key);
    }
    if (fresh.length > 0) known.push(this.#append(fresh, keys));
    await Promise.all(known);
  }

  /** True for a digest that leaves out what is not known (any more): lost, deleted, or gone to make room. */
  #lacks(item: SeriesProfile): boolean {
    return "digest" in item && !this.#encoder.suffices(item, daysOf(this.#options.retention, item.tenant));
  }

  #append(items: readonly SeriesProfile[], keys: readonly string[]): Promise<void> {
    const written = this.#journal.append((batch) => {
      for (const item of items) {
        this.#encoder.add(batch, item, daysOf(this.#options.retention, item.tenant));
        batch.note(item.tenant, item.type, serviceOf(item.labels), Number(item.start / 1_000_000n));
      }
    });
    for (const key of keys) this.#recent.add(key, written);
    return written;
  }

  async flush(): Promise<void> {
    await this.#journal.sync();
    await this.#loader.drained();
  }

  journal(): JournalState {
    return this.#journal.state();
  }

  onWrite(listener: WriteListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(written: readonly WrittenRange[] | undefined): void {
    for (const listener of this.#listeners) listener(written);
  }

  async queryColumns(sql: string, params?: Params): Promise<Columns> {
    this.#assertOpen();
    return this.#engine.columns(sql, params);
  }

  async query(sql: string, params?: Params): Promise<Record<string, unknown>[]> {
    return rowsOf(await this.queryColumns(sql, params));
  }

  async delete(selection: Selection): Promise<Deleted> {
    this.#assertOpen();
    return this.#deletions.run(selection, (deletion) => this.#deleteNow(deletion));
  }

  /** What was written before goes too; what comes meanwhile waits in the journal. */
  async #deleteNow(deletion: Deletion): Promise<Deleted> {
    await this.flush();
    return this.#loader.paused(async () => {
      const deleted = await deleteSelection(this.#engine, this.#topology, deletion);
      // Their rows may be gone: a series that is pushed again needs them again.
      this.#encoder.forget();
      this.#tell(undefined);
      return deleted;
    });
  }

  async sweep(): Promise<void> {
    this.#assertOpen();
    for (const deletion of await overdue(this.#engine, this.#options.retention, Date.now())) {
      const { series } = await this.#deletions.run(deletion, (due) => this.#deleteNow(due));
      this.#log("info", "deleted what a shorter retention no longer keeps", {
        tenant: deletion.tenant,
        series,
      });
    }
  }

  async writeSymbols(tenant: string, buildId: string, symbols: readonly AddressSymbol[]): Promise<void> {
    this.#assertOpen();
    await writeSymbols(this.#engine, join(this.#options.directory, "scratch"), tenant, buildId, symbols);
  }

  async addressesOf(tenant: string, buildId: string, limit = 1_000_000): Promise<bigint[]> {
    this.#assertOpen();
    return namelessAddresses(this.#engine, tenant, buildId, limit);
  }

  async unresolved(tenant: string, limit = 10_000): Promise<Unresolved[]> {
    this.#assertOpen();
    return unresolvedFrames(this.#engine, tenant, limit);
  }

  async backup(target: string): Promise<void> {
    this.#assertOpen();
    await this.flush();
    if (this.#engine.kind === "http") {
      if (!DESTINATION.test(target))
        throw new Error("a server's backup goes to Disk('name', 'path'), S3('…') …");
      await this.#loader.paused(() =>
        this.#engine.command(`BACKUP DATABASE ${this.#engine.database} TO ${target}`),
      );
      return;
    }
    const folder = join(this.#options.directory, "engine");
    const snapshot = await this.#loader.paused(() => freeze(this.#engine, folder));
    try {
      await snapshot.copyTo(target);
    } finally {
      await snapshot.release();
    }
  }

  async statistics(): Promise<StoreStatistics> {
    this.#assertOpen();
    return {
      tables: await tableSizes(this.#engine, this.#topology),
      ...this.#encoder.counts,
      duplicates: this.#duplicates,
      loadFailure: this.#loader.failure,
    };
  }

  optimize(): Promise<void> {
    return mergeAll(this.#engine, this.#topology);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#journal.close();
    await this.#loader.stop();
    await this.#engine.close();
    await this.#unlock();
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw new StoreError("closed", "the store is closed");
  }
}
