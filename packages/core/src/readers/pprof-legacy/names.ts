import { type CodeNames, callsAt, type NameSource } from "../../codec/code-names.ts";
import type { Notes } from "../../model/notes.ts";
import type { Collected } from "./collected.ts";
import { type MapEntry, MapRanges } from "./maps.ts";

/** Finds names for addresses that the file has none for, in the files that were mapped there. */
export async function findNames(
  collected: Collected,
  names: NameSource | undefined,
  notes: Notes,
): Promise<void> {
  const ranges = new MapRanges(collected.mappings);
  const byPath = new Map<string, Map<bigint, MapEntry>>();
  for (const { addresses } of collected.samples) {
    for (const address of addresses) {
      const map = collected.symbols.has(address) ? undefined : ranges.find(address);
      if (map === undefined || map.path === "") continue;
      let own = byPath.get(map.path);
      if (own === undefined) {
        own = new Map();
        byPath.set(map.path, own);
      }
      own.set(address, map);
    }
  }
  const missing: string[] = [];
  for (const [path, addresses] of byPath) {
    const wanted = Float64Array.from(addresses, ([address, map]) => offsetOf(address, map)).sort();
    const { buildId } = addresses.values().next().value!;
    const module = { path, buildId, pid: -1, kernel: undefined, dumps: [] };
    const found = await names?.open(module, notes, wanted);
    if (!addAll(addresses, found)) missing.push(path);
  }
  noteMissing(missing);

  /** False where some have no name. */
  function addAll(addresses: ReadonlyMap<bigint, MapEntry>, from: CodeNames | undefined): boolean {
    let all = true;
    for (const [address, map] of addresses) {
      const calls = callsAt(from, offsetOf(address, map), 0);
      if (calls === undefined) all = false;
      else collected.symbols.set(address, calls);
    }
    return all;
  }

  function noteMissing(paths: readonly string[]): void {
    if (paths.length === 0) return;
    const more = paths.length > MOST_PATHS ? ` and ${paths.length - MOST_PATHS} more` : "";
    const hint =
      names === undefined
        ? "the file holds addresses only: read it with the flambeau command on the machine where it was recorded"
        : "their symbols were not found: give a folder that holds the files with --symfs";
    const message = `addresses have no function names, in ${paths.slice(0, MOST_PATHS).join(", ")}${more}; ${hint}`;
    notes.add("information", "no-function-names", message);
  }
}

/** Where the code at an address lies in its file. */
function offsetOf(address: bigint, { start, fileOffset }: MapEntry): number {
  return Number(address - start + fileOffset);
}

/** Paths that the note lists. */
const MOST_PATHS = 4;
