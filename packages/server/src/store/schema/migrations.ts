import { quoted } from "../engine/bind.ts";
import type { Engine } from "../engine/engine.ts";
import { TABLES, VIEWS, widenStackBlocks } from "./tables.ts";
import { createTable, createView, type TableDefinition, type Topology } from "./template.ts";

/** A step from one version of the schema to the next. Its statements may run again after a crash in the middle. */
export interface Migration {
  /** From 1, without gaps. */
  readonly version: number;
  readonly name: string;
  statements(topology: Topology): readonly string[];
}

const VERSIONS: TableDefinition = {
  name: "migrations",
  columns: ["version UInt32", "name String", "at DateTime('UTC')"],
  engine: "ReplacingMergeTree",
  order: "version",
  shard: "version",
};

/** Every step so far. A published one never changes: what differs is a new step. */
export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    name: "tables and views",
    statements: (topology) => [
      ...TABLES.flatMap((table) => createTable(table, topology)),
      ...VIEWS.map((view) => createView(view, topology)),
    ],
  },
  { version: 2, name: "larger blocks of stacks", statements: widenStackBlocks },
];

/**
 * Brings the schema up to date; returns the versions applied.
 * @throws Error where the data was written by a newer Flambeau
 */
export async function migrate(
  engine: Engine,
  topology: Topology,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<number[]> {
  for (const statement of createTable(VERSIONS, topology)) await engine.command(statement);
  const { columns } = await engine.columns("SELECT max(version) AS version FROM migrations");
  const current = Number(columns[0]?.data[0] ?? 0);
  const newest = migrations.at(-1)?.version ?? 0;
  if (current > newest) {
    throw new Error(`the data has schema version ${current}, this Flambeau knows ${newest}: use a newer one`);
  }
  const applied: number[] = [];
  for (const migration of migrations.filter(({ version }) => version > current)) {
    for (const statement of migration.statements(topology)) await engine.command(statement);
    await engine.command(
      `INSERT INTO migrations (version, name, at) VALUES (${migration.version}, ${quoted(migration.name)}, now())`,
    );
    applied.push(migration.version);
  }
  return applied;
}
