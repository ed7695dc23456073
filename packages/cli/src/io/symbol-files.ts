import { closeSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import { FlambeauError, readElfParts, type SymbolFiles } from "@flambeau/core";

/** More than Node reads at once. */
const LARGEST = 2 ** 31 - 1;
/** Below this a file is read at once. */
const SMALL = 1 << 20;
/** Files that tell about the running machine, wherever a recording came from. */
const LIVE = /^\/(?:proc|sys)\//;

/** Where names of functions are looked for, as the user said it. */
export interface SymbolPlaces {
  readonly symfs?: string;
  readonly kallsyms?: string;
}

/**
 * The files of the recording's machine. With `--symfs DIR` they are in DIR, by their path or their name alone; else
 * beside the recording (copied there with it), then where they were.
 */
export function symbolFiles(recording: string | undefined, places: SymbolPlaces): SymbolFiles {
  const folder = recording === undefined ? undefined : dirname(recording);
  return {
    *find(path) {
      for (const place of candidates(path, folder, places.symfs)) {
        const bytes = readIfThere(place);
        if (bytes !== undefined) yield bytes;
      }
    },
    kallsyms: () => (places.kallsyms === undefined ? undefined : readNamed(places.kallsyms)),
  };
}

function candidates(path: string, folder: string | undefined, symfs: string | undefined): string[] {
  if (LIVE.test(path)) return [path];
  if (path.startsWith("~/")) return [join(homedir(), path.slice(2))];
  const name = basename(path);
  if (symfs !== undefined) return [join(symfs, path), join(symfs, name)];
  const beside = folder === undefined ? [] : [join(folder, name)];
  // A process that ran here wrote its map here; one that did not may have left it beside the recording.
  return [...beside, path];
}

function readIfThere(path: string): Uint8Array | undefined {
  try {
    const stat = statSync(path);
    if (!stat.isFile() || stat.size > LARGEST) return undefined;
    return stat.size < SMALL ? readFileSync(path) : readLarge(path, stat.size);
  } catch {
    return undefined;
  }
}

/** Of large binaries what names are made of: most of them is code. */
function readLarge(path: string, size: number): Uint8Array {
  const file = openSync(path, "r");
  try {
    return readElfParts(size, (into, at) => {
      for (let have = 0; have < into.length; ) {
        const count = readSync(file, into, have, into.length - have, at + have);
        if (count === 0) break;
        have += count;
      }
    });
  } finally {
    closeSync(file);
  }
}

function readNamed(path: string): Uint8Array {
  const bytes = readIfThere(path);
  if (bytes !== undefined) return bytes;
  throw new FlambeauError("io", `cannot read ${path}`, {
    hint: "--kallsyms takes a copy of /proc/kallsyms.",
  });
}
