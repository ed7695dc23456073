import type { Bindable } from "./bind.ts";
import type { Columns } from "./native.ts";

/** Values for the placeholders of a statement. */
export type Params = Readonly<Record<string, Bindable>>;

/** A stretch of a file. */
export interface Stretch {
  readonly path: string;
  readonly offset: number;
  readonly length: number;
}

/** Rows in RowBinary format, as stretches of files. */
export interface Rows {
  readonly stretches: readonly Stretch[];
  /** Column names and types of the rows, e.g. `tenant String, ms Int64`. */
  readonly structure: string;
}

/** One insert out of rows. */
export interface Load {
  /** Table, with its columns in parentheses. */
  readonly into: string;
  /** `SELECT` list and whatever follows `FROM {rows}`. */
  readonly select: string;
  readonly tail?: string;
  /** The same token is loaded once, in the table and in the views that hang on it. */
  readonly token: string;
}

/** What the store needs of a database: the embedded engine and a server over HTTP answer alike. */
export interface Engine {
  readonly kind: "embedded" | "http";
  readonly database: string;
  /** Runs a query; the columns of its whole result. */
  columns(sql: string, params?: Params): Promise<Columns>;
  /** Runs a statement that has no result. */
  command(sql: string, params?: Params): Promise<void>;
  /** Inserts the rows once for each of `loads`, in this order. */
  load(rows: Rows, loads: readonly Load[]): Promise<void>;
  close(): Promise<void>;
}

/** Settings of every statement: it may be as long as the lists that we put into it. */
export const STATEMENT_SETTINGS: Readonly<Record<string, string | number>> = {
  max_query_size: 268_435_456,
  max_ast_elements: 10_000_000,
  max_expanded_ast_elements: 10_000_000,
  distributed_product_mode: "local",
  prefer_localhost_replica: 1,
};

/**
 * Settings of an insert from a journal: one block an insert, so that the token names the same rows whenever it is
 * tried again; deduplicated in the views too.
 */
export const LOAD_SETTINGS: Readonly<Record<string, string | number>> = {
  insert_deduplicate: 1,
  deduplicate_insert_select: "force_enable",
  deduplicate_blocks_in_dependent_materialized_views: 1,
  async_insert: 0,
  // Rollups add up the rows of an insert.
  optimize_on_insert: 1,
  max_threads: 1,
  max_insert_threads: 1,
  max_block_size: 65_409,
  max_insert_block_size: 16_000_000,
  min_insert_block_size_rows: 16_000_000,
  min_insert_block_size_bytes: 2_000_000_000,
  max_partitions_per_insert_block: 0,
  input_format_parallel_parsing: 0,
  distributed_foreground_insert: 1,
};
