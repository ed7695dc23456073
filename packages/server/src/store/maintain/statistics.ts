import type { Engine } from "../engine/engine.ts";
import { rowsOf } from "../engine/native.ts";
import { TABLES } from "../schema/tables.ts";
import { localTable, type Topology } from "../schema/template.ts";

/** Size of a table: of this node's share, on a cluster. */
export interface TableSize {
  readonly name: string;
  readonly rows: number;
  /** On disk, compressed. */
  readonly bytes: number;
  /** Many parts mean that merging does not keep up. */
  readonly parts: number;
}

/** Sizes of all tables, also of those without rows. */
export async function tableSizes(engine: Engine, topology: Topology): Promise<TableSize[]> {
  const found = rowsOf(
    await engine.columns(
      "SELECT table, sum(rows) AS rows, sum(bytes_on_disk) AS bytes, count() AS parts FROM system.parts " +
        "WHERE database = currentDatabase() AND active GROUP BY table",
    ),
  );
  return TABLES.map(({ name }) => {
    const row = found.find(({ table }) => table === localTable(name, topology));
    return {
      name,
      rows: Number(row?.rows ?? 0),
      bytes: Number(row?.bytes ?? 0),
      parts: Number(row?.parts ?? 0),
    };
  });
}

/** Merges the parts of each partition into one: for tests and measurements; the engine merges by itself. */
export async function mergeAll(engine: Engine, topology: Topology): Promise<void> {
  for (const { name } of TABLES) await engine.command(`OPTIMIZE TABLE ${localTable(name, topology)} FINAL`);
}
