import type { CodeNames, NameSource } from "../../codec/code-names.ts";
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
  const missing = new Set<MapEntry>();
  const opened = new Map<string, CodeNames | undefined>();
  const seen = new Set<bigint>();
  for (const { addresses } of collected.samples) {
    for (const address of addresses) {
      if (seen.has(address) || collected.symbols.has(address)) continue;
      seen.add(address);
      const map = ranges.find(address);
      if (map === undefined || map.path === "") continue;
      if (!opened.has(map.path)) opened.set(map.path, await open(map));
      const name = opened.get(map.path)?.at(Number(address - map.start + map.fileOffset), 0);
      if (name === undefined) missing.add(map);
      else collected.symbols.set(address, [{ name }]);
    }
  }
  noteMissing(missing);

  async function open({ path, buildId }: MapEntry): Promise<CodeNames | undefined> {
    return names?.open({ path, buildId, pid: -1, kernel: undefined, dumps: [] }, notes);
  }

  function noteMissing(maps: ReadonlySet<MapEntry>): void {
    if (maps.size === 0) return;
    const paths = [...new Set([...maps].map(({ path }) => path))];
    const more = paths.length > MOST_PATHS ? ` and ${paths.length - MOST_PATHS} more` : "";
    const hint =
      names === undefined
        ? "the file holds addresses only: read it with the flambeau command on the machine where it was recorded"
        : "their symbols were not found: give a folder that holds the files with --symfs";
    const message = `addresses have no function names, in ${paths.slice(0, MOST_PATHS).join(", ")}${more}; ${hint}`;
    notes.add("information", "no-function-names", message);
  }
}

/** Paths that the note lists. */
const MOST_PATHS = 4;
