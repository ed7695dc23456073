import { quoted } from "../engine/bind.ts";

/** Whether the tables stand on one server or are spread over a cluster named in `system.clusters`. */
export interface Topology {
  readonly cluster: string | undefined;
}

/** A table, said once for one server and for a cluster. */
export interface TableDefinition {
  readonly name: string;
  /** `name Type CODEC(…)`, in order. */
  readonly columns: readonly string[];
  /** Data-skipping indexes, as in CREATE TABLE. */
  readonly indexes?: readonly string[];
  /** `MergeTree`, `ReplacingMergeTree(ver)` … */
  readonly engine: string;
  readonly partition?: string;
  /** Prefix of `order` that the index holds; default: all of it. */
  readonly primary?: string;
  readonly order: string;
  /** When a row may go; whole parts are dropped. */
  readonly ttl?: string;
  /** Expression that says on which shard a row lives. */
  readonly shard: string;
}

/** A materialised view that fills `to` from what is inserted into `from`. */
export interface ViewDefinition {
  readonly name: string;
  readonly to: string;
  readonly from: string;
  /** What stands before FROM. */
  readonly select: string;
  /** What stands after FROM. */
  readonly tail: string;
}

/** Tokens of so many inserts are remembered; a replay repeats one or two. */
const WINDOW = 1000;

const SETTINGS = [
  "ttl_only_drop_parts = 1",
  "merge_with_ttl_timeout = 3600",
  "fsync_after_insert = 1",
  "fsync_part_directory = 1",
  `non_replicated_deduplication_window = ${WINDOW}`,
];
const REPLICATED_SETTINGS = [
  `replicated_deduplication_window = ${WINDOW * 10}`,
  "replicated_deduplication_window_seconds = 604800",
];

/** ` ON CLUSTER 'name'`, or nothing. */
export function onCluster({ cluster }: Topology): string {
  return cluster === undefined ? "" : ` ON CLUSTER ${quoted(cluster)}`;
}

/** The table that holds the rows on each node: what views, mutations and partitions are about. */
export function localTable(name: string, { cluster }: Topology): string {
  return cluster === undefined ? name : `${name}_local`;
}

/** Statements that create a table; on a cluster a replicated table on each node, and one that spans the shards. */
export function createTable(table: TableDefinition, topology: Topology): string[] {
  const { cluster } = topology;
  const replicated = cluster !== undefined;
  const local = localTable(table.name, topology);
  const body = [...table.columns, ...(table.indexes ?? [])].map((line) => `  ${line}`).join(",\n");
  const clauses = [
    `CREATE TABLE IF NOT EXISTS ${local}${onCluster(topology)} (\n${body}\n)`,
    `ENGINE = ${replicated ? "Replicated" : ""}${table.engine}`,
    table.partition === undefined ? undefined : `PARTITION BY ${table.partition}`,
    table.primary === undefined ? undefined : `PRIMARY KEY ${table.primary}`,
    `ORDER BY ${table.order}`,
    table.ttl === undefined ? undefined : `TTL ${table.ttl}`,
    `SETTINGS ${[...SETTINGS, ...(replicated ? REPLICATED_SETTINGS : [])].join(", ")}`,
  ];
  const statements = [clauses.filter((clause) => clause !== undefined).join("\n")];
  if (replicated) {
    statements.push(
      `CREATE TABLE IF NOT EXISTS ${table.name}${onCluster(topology)} AS ${local}\n` +
        `ENGINE = Distributed(${quoted(cluster)}, currentDatabase(), ${quoted(local)}, ${table.shard})`,
    );
  }
  return statements;
}

/** Statement that creates a materialised view, between the local tables. */
export function createView(view: ViewDefinition, topology: Topology): string {
  return (
    `CREATE MATERIALIZED VIEW IF NOT EXISTS ${view.name}${onCluster(topology)} TO ${localTable(view.to, topology)}\n` +
    `AS SELECT ${view.select} FROM ${localTable(view.from, topology)} ${view.tail}`
  );
}
