import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { openEmbedded } from "./engine/embedded.ts";
import type { Engine } from "./engine/engine.ts";
import { openHttp } from "./engine/http.ts";
import { lockFolder } from "./lock.ts";
import { restore } from "./maintain/backup.ts";
import { OpenStore, type Store } from "./open-store.ts";

export type { Store } from "./open-store.ts";

import { parseServer, type StoreOptions } from "./options.ts";
import { migrate } from "./schema/migrations.ts";
import type { Topology } from "./schema/template.ts";

const DATABASE = "flambeau";

/**
 * Opens the store in a folder, or on a server; brings its schema up to date, repeats what a crash cut short and
 * replays the journal.
 * @throws Error where the folder belongs to another process, the server cannot be reached, or the schema is newer
 */
export function openStore(options: StoreOptions): Promise<Store> {
  return withEngine(options, (engine, topology, unlock) =>
    OpenStore.start(engine, topology, options, unlock),
  );
}

/** Makes a new store of the embedded engine out of a backup; `options.directory` must be empty or missing. */
export async function restoreStore(options: StoreOptions, backup: string): Promise<Store> {
  if (options.server !== undefined) {
    throw new Error("a server restores its own backups: RESTORE DATABASE … FROM …");
  }
  return withEngine(options, async (engine, topology, unlock) => {
    await restore(engine, backup);
    return OpenStore.start(engine, topology, options, unlock);
  });
}

/** Opens folder and engine for `use`, and gives them back where it fails. */
async function withEngine(
  options: StoreOptions,
  use: (engine: Engine, topology: Topology, unlock: () => Promise<void>) => Promise<Store>,
): Promise<Store> {
  await mkdir(options.directory, { recursive: true });
  const unlock = await lockFolder(options.directory);
  let engine: Engine | undefined;
  try {
    const scratch = join(options.directory, "scratch");
    await rm(scratch, { recursive: true, force: true });
    await mkdir(scratch, { recursive: true });
    const connected = await connect(options, scratch);
    engine = connected.engine;
    await migrate(engine, connected.topology);
    return await use(engine, connected.topology, unlock);
  } catch (error) {
    await engine?.close();
    await unlock();
    throw error;
  }
}

async function connect(
  { directory, server, sessions = 4 }: StoreOptions,
  scratch: string,
): Promise<{ engine: Engine; topology: Topology }> {
  if (server === undefined) {
    const engine = await openEmbedded({
      path: join(directory, "engine"),
      scratch,
      sessions,
      database: DATABASE,
    });
    return { engine, topology: { cluster: undefined } };
  }
  const address = parseServer(server);
  const engine = await openHttp({ ...address, connections: sessions + 2 });
  return { engine, topology: { cluster: address.cluster } };
}
