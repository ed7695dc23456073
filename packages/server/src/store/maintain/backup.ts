import { randomUUID } from "node:crypto";
import { constants, copyFile, mkdir, open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Engine } from "../engine/engine.ts";
import { rowsOf } from "../engine/native.ts";
import { MIGRATIONS } from "../schema/migrations.ts";
import { TABLES } from "../schema/tables.ts";
import { syncFolder } from "../write/journal-file.ts";

const MANIFEST = "flambeau-backup.json";

/** What a backup folder says about itself. Written last: a folder without it is not a whole backup. */
interface Manifest {
  readonly schema: number;
  readonly created: string;
  /** Names of the parts of each table. */
  readonly tables: readonly { readonly name: string; readonly parts: readonly string[] }[];
}

/** Parts of all tables as they are now, held in place by hard links. */
export interface Snapshot {
  /** Copies the parts into a new folder, and writes the manifest. */
  copyTo(target: string): Promise<void>;
  /** Lets the parts go. */
  release(): Promise<void>;
}

/** Freezes every table of the embedded engine. Takes milliseconds; nothing may be inserted meanwhile. */
export async function freeze(engine: Engine, enginePath: string): Promise<Snapshot> {
  // Letters and digits only: the engine escapes everything else in the folder's name.
  const name = `backup${randomUUID().replaceAll("-", "")}`;
  const shadow = join(enginePath, "shadow", name);
  const folders = await tableFolders(engine);
  const filled = new Set(
    rowsOf(
      await engine.columns(
        "SELECT DISTINCT table FROM system.parts WHERE database = currentDatabase() AND active AND rows > 0",
      ),
    ).map(({ table }) => table),
  );
  for (const table of TABLES) await engine.command(`ALTER TABLE ${table.name} FREEZE WITH NAME '${name}'`);
  return {
    async copyTo(target) {
      await mkdir(target);
      const tables: { name: string; parts: string[] }[] = [];
      for (const { name: table } of TABLES) {
        // `…/store/abc/abcd-uuid/` is frozen as `shadow/NAME/store/abc/abcd-uuid/PART`.
        const frozen = join(shadow, ...folders.get(table)!.split("/").filter(Boolean).slice(-3));
        const parts = await namesIn(frozen);
        if (parts.length === 0 && filled.has(table))
          throw new Error(`no frozen parts of table ${table} in ${shadow}`);
        for (const part of parts) await copyFolder(join(frozen, part), join(target, table, part));
        tables.push({ name: table, parts });
      }
      const manifest: Manifest = {
        schema: MIGRATIONS.at(-1)!.version,
        created: new Date().toISOString(),
        tables,
      };
      await writeFile(join(target, MANIFEST), JSON.stringify(manifest, null, 2), { flush: true });
      await syncFolder(target);
    },
    release: () => rm(shadow, { recursive: true, force: true }),
  };
}

/**
 * Attaches the parts of a backup to the tables of an empty store.
 * @throws Error where the folder holds no whole backup of this schema, or the store is not empty
 */
export async function restore(engine: Engine, backup: string): Promise<void> {
  const manifest = JSON.parse(await readFile(join(backup, MANIFEST), "utf8")) as Manifest;
  const version = MIGRATIONS.at(-1)!.version;
  if (manifest.schema !== version) {
    throw new Error(`the backup has schema version ${manifest.schema}, this Flambeau ${version}`);
  }
  const [filled] = rowsOf(
    await engine.columns(
      "SELECT count() AS parts FROM system.parts WHERE database = currentDatabase() AND active AND table != 'migrations'",
    ),
  );
  if (Number(filled?.parts) > 0)
    throw new Error("a backup is restored into an empty store, and this one has data");
  const folders = await tableFolders(engine);
  for (const { name, parts } of manifest.tables) {
    const folder = folders.get(name);
    if (folder === undefined)
      throw new Error(`the backup has a table ${name}, which the schema does not have`);
    for (const part of parts) {
      if (!/^[\w-]+$/.test(part)) throw new Error(`${JSON.stringify(part)} is not the name of a part`);
      await copyFolder(join(backup, name, part), join(folder, "detached", part));
      await engine.command(`ALTER TABLE ${name} ATTACH PART '${part}'`);
    }
  }
}

async function tableFolders(engine: Engine): Promise<Map<string, string>> {
  const rows = rowsOf(
    await engine.columns("SELECT name, data_paths FROM system.tables WHERE database = currentDatabase()"),
  );
  return new Map(rows.map((row) => [row.name as string, (row.data_paths as string[])[0] ?? ""]));
}

async function namesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** Copies a folder of files and folders, and syncs the copies. Shares the blocks where the file system can. */
async function copyFolder(source: string, target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  for (const entry of await readdir(source, { withFileTypes: true })) {
    const [from, to] = [join(source, entry.name), join(target, entry.name)];
    if (entry.isDirectory()) {
      await copyFolder(from, to);
      continue;
    }
    await copyFile(from, to, constants.COPYFILE_FICLONE);
    const file = await open(to, "r+");
    try {
      await file.datasync();
    } finally {
      await file.close();
    }
  }
  await syncFolder(target);
}
