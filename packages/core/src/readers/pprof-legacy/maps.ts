/** A file mapped into the process. */
export interface MapEntry {
  readonly path: string;
  readonly buildId: string;
  readonly start: bigint;
  readonly end: bigint;
  readonly fileOffset: bigint;
}

const RANGE = String.raw`^\s*(?:0x)?([0-9a-fA-F]{1,16})[\s-]?\s*(?:0x)?([0-9a-fA-F]{1,16}):?(?:\s+([-rwxp]+))?`;
/** A line of /proc/PID/maps: range, rights, offset, device, inode, path. */
const PROC = new RegExp(
  String.raw`${RANGE}(?:\s+([0-9a-fA-F]+))?\s+[0-9a-fA-F]+:[0-9a-fA-F]+\s+\d+(?:\s+(\S+))?`,
);
/** What pprof recommends: range, path, (@offset), build id. */
const BRIEF = new RegExp(String.raw`${RANGE}(?:\s+(\S+))?(?:\s+\(@([0-9a-fA-F]+)\))?(?:\s+([0-9a-fA-F]+))?`);
/** glog's prefix of a line. */
const LOG = /^[^[\]]+:[0-9]+\]\s/;

const SENTINELS = ["--- Memory map: ---", "MAPPED_LIBRARIES:"];

/** True on the line behind which the mappings stand. */
export function isMapSentinel(line: string): boolean {
  return SENTINELS.some((sentinel) => line.includes(sentinel));
}

/**
 * The executable mappings in lines of a memory map; lines `name=value` define `$name` for those below.
 * Source: google/pprof, profile/legacy_profile.go, ParseProcMaps.
 */
export function parseMaps(lines: Iterable<string>): MapEntry[] {
  const entries: MapEntry[] = [];
  const variables = new Map<string, string>();
  for (const raw of lines) {
    const line = raw.replace(LOG, "").replace(/\$[\w ]+/g, (name) => variables.get(name) ?? name);
    const entry = parseEntry(line);
    if (entry !== undefined) entries.push(entry);
    const assignment = /^([^=]+)=(.*)$/.exec(line);
    if (entry === undefined && assignment !== null)
      variables.set(`$${assignment[1]!.trim()}`, assignment[2]!.trim());
  }
  return entries;
}

function parseEntry(line: string): MapEntry | undefined {
  const proc = PROC.exec(line);
  const brief = proc === null ? BRIEF.exec(line) : null;
  const match = proc ?? brief;
  if (match === null) return undefined;
  const rights = match[3];
  if (rights !== undefined && !rights.includes("x")) return undefined;
  const offset = proc === null ? match[5] : match[4];
  if ((offset?.length ?? 0) > 16) return undefined;
  return {
    path: (proc === null ? match[4] : match[5]) ?? "",
    buildId: (brief?.[6] ?? "").toLowerCase(),
    start: BigInt(`0x${match[1]!}`),
    end: BigInt(`0x${match[2]!}`),
    fileOffset: offset === undefined ? 0n : BigInt(`0x${offset}`),
  };
}

/** Mappings by address. */
export class MapRanges {
  readonly #entries: readonly MapEntry[];

  constructor(entries: readonly MapEntry[]) {
    this.#entries = [...entries].sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  }

  find(address: bigint): MapEntry | undefined {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#entries[middle]!.start <= address) low = middle + 1;
      else high = middle;
    }
    const found = this.#entries[low - 1];
    return found !== undefined && address < found.end ? found : undefined;
  }
}
