import { open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";

/**
 * Claims a folder for this process; returns what gives it back. A claim whose process is gone is taken over.
 * @throws Error where another process has it
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, "lock");
  for (let attempt = 0; ; attempt++) {
    try {
      const file = await open(path, "wx");
      await file.writeFile(String(process.pid));
      await file.close();
      return () => rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST" || attempt > 0) throw error;
      const owner = Number(await readFile(path, "utf8"));
      if (owner !== process.pid && isRunning(owner)) {
        throw new Error(`${folder} is in use by process ${owner}: one server, one folder`);
      }
      await rm(path, { force: true });
    }
  }
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Not ours to signal, but there.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
