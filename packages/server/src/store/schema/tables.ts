import {
  localTable,
  onCluster,
  type TableDefinition,
  type Topology,
  type ViewDefinition,
} from "./template.ts";

const TENANT = "tenant LowCardinality(String)";
const TYPE = "type LowCardinality(String)";
const SERVICE = "service LowCardinality(String)";
const SERIES = "series UInt64 CODEC(ZSTD(1))";
const STACK = "stack UInt64 CODEC(ZSTD(3))";
/**
 * Ids are random numbers, so that only their repetitions can be compressed: the same stack in another minute, pod or
 * hour. Those lie within a megabyte (131,072 rows), and seldom within the 64 kB that are a block by default: that saves
 * a third of the samples and two fifths of the hourly rollup.
 */
const REPEATED_STACK_BLOCK = 1 << 20;
const REPEATED_STACK = `${STACK} SETTINGS (min_compress_block_size = ${REPEATED_STACK_BLOCK}, max_compress_block_size = ${REPEATED_STACK_BLOCK})`;
/** Weights are multiples of a period, and small ones: GCD and T64 take the period and the empty bits away. */
const VALUE = "value Int64 CODEC(GCD, T64, ZSTD(1))";
/** Days to keep: constant within a partition, so that a whole partition goes on one day. */
const KEEP = "keep UInt16 CODEC(ZSTD(1))";
const SUM = "value SimpleAggregateFunction(sum, Int64) CODEC(GCD, T64, ZSTD(1))";
const BY_SERVICE = "cityHash64(tenant, service)";

/** One row a stack of a pushed profile. `ts` is the start of its window, `dur` its length in milliseconds. */
const samples: TableDefinition = {
  name: "samples",
  columns: [
    TENANT,
    TYPE,
    SERVICE,
    "ts DateTime('UTC') CODEC(DoubleDelta, ZSTD(1))",
    "dur UInt32 CODEC(ZSTD(1))",
    SERIES,
    REPEATED_STACK,
    VALUE,
    KEEP,
  ],
  engine: "MergeTree",
  partition: "(toDate(ts), keep)",
  primary: "(tenant, type, service, ts, series)",
  order: "(tenant, type, service, ts, series, stack)",
  ttl: "ts + toIntervalDay(keep)",
  shard: BY_SERVICE,
};

/** One row a pushed profile and value type: exemplars, and how many profiles a value was measured by. */
const profiles: TableDefinition = {
  name: "profiles",
  columns: [
    TENANT,
    TYPE,
    SERVICE,
    "ts DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1))",
    "dur UInt32 CODEC(ZSTD(1))",
    SERIES,
    "id UUID",
    VALUE,
    "n UInt32 CODEC(ZSTD(1))",
    KEEP,
  ],
  indexes: ["INDEX by_id id TYPE bloom_filter GRANULARITY 1"],
  engine: "MergeTree",
  partition: "(toDate(ts), keep)",
  order: "(tenant, type, service, ts, series)",
  ttl: "toDateTime(ts, 'UTC') + toIntervalDay(keep)",
  shard: BY_SERVICE,
};

/** Samples that belong to a span. */
const spanSamples: TableDefinition = {
  name: "span_samples",
  columns: [
    TENANT,
    "span UInt64 CODEC(ZSTD(1))",
    TYPE,
    SERVICE,
    "ts DateTime('UTC') CODEC(ZSTD(1))",
    SERIES,
    STACK,
    VALUE,
    KEEP,
  ],
  engine: "MergeTree",
  partition: "(toDate(ts), keep)",
  primary: "(tenant, span, type)",
  order: "(tenant, span, type, ts, series, stack)",
  ttl: "ts + toIntervalDay(keep)",
  shard: BY_SERVICE,
};

/**
 * Frames of each stack, root first, once for each week (its Monday) and service that it was seen in: a query reads
 * the weeks of its range, and a stack goes with the last samples of its week.
 */
const stacks: TableDefinition = {
  name: "stacks",
  columns: [TENANT, SERVICE, STACK, "frames Array(UInt64) CODEC(ZSTD(3))", "week Date CODEC(ZSTD(1))", KEEP],
  engine: "ReplacingMergeTree",
  partition: "(week, keep)",
  order: "(tenant, service, stack)",
  ttl: "week + toIntervalDay(keep + 8)",
  shard: BY_SERVICE,
};

/** Frames by id, once for each week. `address` is an offset in the mapping's file; only frames without a name have one. */
const frames: TableDefinition = {
  name: "frames",
  columns: [
    TENANT,
    "id UInt64 CODEC(ZSTD(1))",
    "name String CODEC(ZSTD(3))",
    "file String CODEC(ZSTD(3))",
    "line UInt32 CODEC(ZSTD(1))",
    "column UInt32 CODEC(ZSTD(1))",
    "mapping String CODEC(ZSTD(3))",
    "build_id String CODEC(ZSTD(3))",
    "address UInt64 CODEC(ZSTD(1))",
    "kind UInt8 CODEC(ZSTD(1))",
    "inlined UInt8 CODEC(ZSTD(1))",
    "week Date CODEC(ZSTD(1))",
    KEEP,
  ],
  engine: "ReplacingMergeTree",
  partition: "(week, keep)",
  order: "(tenant, id)",
  ttl: "week + toIntervalDay(keep + 8)",
  shard: "id",
};

/** Names for addresses, which may come long after the samples; the newest `ver` counts. Innermost inlined line first. */
const symbols: TableDefinition = {
  name: "symbols",
  columns: [
    TENANT,
    "build_id String CODEC(ZSTD(1))",
    "address UInt64 CODEC(ZSTD(1))",
    "ver UInt64 CODEC(ZSTD(1))",
    "lines Array(Tuple(name String, file String, line UInt32, column UInt32)) CODEC(ZSTD(3))",
  ],
  engine: "ReplacingMergeTree(ver)",
  order: "(tenant, build_id, address)",
  ttl: "toDateTime(intDiv(ver, 1000), 'UTC') + toIntervalDay(400)",
  shard: "cityHash64(tenant, build_id)",
};

/** Labels of each series, once for each day and type that it was seen in. */
const series: TableDefinition = {
  name: "series",
  columns: [
    TENANT,
    "day Date CODEC(ZSTD(1))",
    TYPE,
    SERVICE,
    SERIES,
    "labels Map(String, String) CODEC(ZSTD(1))",
    KEEP,
  ],
  engine: "ReplacingMergeTree",
  partition: "(toMonday(day), keep)",
  order: "(tenant, day, type, service, series)",
  ttl: "day + toIntervalDay(keep + 1)",
  shard: BY_SERVICE,
};

/** The same, a row a label: label names, label values, and series by label. */
const seriesLabels: TableDefinition = {
  name: "series_labels",
  columns: [
    TENANT,
    "key LowCardinality(String)",
    "val String CODEC(ZSTD(1))",
    "day Date CODEC(ZSTD(1))",
    TYPE,
    SERVICE,
    SERIES,
    KEEP,
  ],
  engine: "ReplacingMergeTree",
  partition: "(toMonday(day), keep)",
  order: "(tenant, key, val, day, type, service, series)",
  ttl: "day + toIntervalDay(keep + 1)",
  shard: BY_SERVICE,
};

const rollup = (name: string, partition: string): TableDefinition => ({
  name,
  columns: [
    TENANT,
    TYPE,
    SERVICE,
    "t DateTime('UTC') CODEC(DoubleDelta, ZSTD(1))",
    REPEATED_STACK,
    SUM,
    KEEP,
  ],
  engine: "AggregatingMergeTree",
  partition: `(${partition}, keep)`,
  primary: "(tenant, type, service, t)",
  order: "(tenant, type, service, t, stack)",
  ttl: "t + toIntervalDay(keep + 1)",
  shard: BY_SERVICE,
});

/** Values by minute and series, and the number of profiles that they come from. */
const seriesMinutes: TableDefinition = {
  name: "series_1m",
  columns: [
    TENANT,
    TYPE,
    SERVICE,
    "t DateTime('UTC') CODEC(DoubleDelta, ZSTD(1))",
    SERIES,
    SUM,
    "n SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1))",
    KEEP,
  ],
  engine: "AggregatingMergeTree",
  partition: "(toDate(t), keep)",
  order: "(tenant, type, service, t, series)",
  ttl: "t + toIntervalDay(keep + 1)",
  shard: BY_SERVICE,
};

/** Gives tables of before the blocks that {@link REPEATED_STACK} has. Parts get them when they are next merged. */
export function widenStackBlocks(topology: Topology): string[] {
  return ["samples", "roll_h", "roll_d"].map(
    (table) =>
      `ALTER TABLE ${localTable(table, topology)}${onCluster(topology)} MODIFY COLUMN stack MODIFY SETTING ` +
      `min_compress_block_size = ${REPEATED_STACK_BLOCK}, max_compress_block_size = ${REPEATED_STACK_BLOCK}`,
  );
}

/** Every table that holds data. */
export const TABLES: readonly TableDefinition[] = [
  samples,
  profiles,
  spanSamples,
  stacks,
  frames,
  symbols,
  series,
  seriesLabels,
  rollup("roll_h", "toDate(t)"),
  rollup("roll_d", "toMonday(t)"),
  seriesMinutes,
];

// No GROUP BY: the tables add up the rows of an insert by themselves, three times as fast (they are sorted anyway).
const stackSums = (unit: string): Pick<ViewDefinition, "from" | "select" | "tail"> => ({
  from: "samples",
  select: `tenant, type, service, ${unit} AS t, stack, value, keep`,
  tail: "",
});

/** What fills the rollups. */
export const VIEWS: readonly ViewDefinition[] = [
  { name: "roll_h_view", to: "roll_h", ...stackSums("toStartOfHour(ts, 'UTC')") },
  { name: "roll_d_view", to: "roll_d", ...stackSums("toStartOfDay(ts, 'UTC')") },
  {
    name: "series_1m_view",
    to: "series_1m",
    from: "profiles",
    select:
      "tenant, type, service, toStartOfMinute(toDateTime(ts, 'UTC')) AS t, series, value, toUInt64(1) AS n, keep",
    tail: "",
  },
  {
    name: "series_labels_view",
    to: "series_labels",
    from: "series",
    select: "tenant, key, val, day, type, service, series, keep",
    tail: "ARRAY JOIN mapKeys(labels) AS key, mapValues(labels) AS val",
  },
];
