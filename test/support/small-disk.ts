import { spawnSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const MiB = 1 << 20;

/** A file system of 96 MiB in memory, to fill. */
export class SmallDisk {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** @throws Error where this machine does not let us mount */
  static async mount(): Promise<SmallDisk> {
    const path = mkdtempSync(join(tmpdir(), "flambeau-disk-"));
    const mount = spawnSync("mount", ["-t", "tmpfs", "-o", "size=96m", "flambeau", path]);
    if (mount.status === 0) return new SmallDisk(path);
    await rm(path, { recursive: true });
    throw new Error(`a file system cannot be mounted here: ${mount.stderr}`);
  }

  /** Fills it to the last `left` bytes. */
  async fill(left: number): Promise<void> {
    const file = await open(join(this.path, "filler"), "w");
    const full = await file
      .writeFile(Buffer.alloc(128 * MiB))
      .then(() => false)
      .catch((error: NodeJS.ErrnoException) => error.code === "ENOSPC");
    if (!full) throw new Error("the disk did not fill up");
    const { size } = await file.stat();
    await file.truncate(Math.max(size - left, 0));
    await file.close();
  }

  /** Gives the room back. */
  free(): Promise<void> {
    return rm(join(this.path, "filler"), { force: true });
  }

  async remove(): Promise<void> {
    spawnSync("umount", ["-l", this.path]);
    await rm(this.path, { recursive: true, force: true });
  }
}

/** Whether this machine lets us mount a file system; said aloud where it does not. */
export const canMount: boolean = await SmallDisk.mount().then(
  async (disk) => {
    await disk.remove();
    return true;
  },
  () => {
    console.warn("no small file system can be mounted here: the tests of a full disk are skipped");
    return false;
  },
);
