import { decodeUtf8 } from "../../util/platform.ts";
import { Archive, Archived } from "./archive.ts";

/** A function at an address. */
export interface NamedFunction {
  readonly name: string;
  readonly file: string;
}

export interface Template {
  /** What was recorded: `com.apple.xray.instrument-type.coresampler2` is the time profiler. */
  readonly instrument: string;
  readonly runs: readonly number[];
  /** By run and address. */
  symbols(run: number): ReadonlyMap<number, NamedFunction>;
}

/** Reads form.template: what was recorded in which runs, and the names of addresses. */
export function readTemplate(bytes: Uint8Array): Template {
  const archive = new Archive(bytes);
  const data = archive.top("com.apple.xray.run.data");
  const stub = archive.top("stubInfoByUUID");
  const first = stub instanceof Archived ? stub.pairs[0]?.[0] : archive.top("$1");
  const numbers = data instanceof Archived ? data.field("$0") : undefined;
  const runs = numbers instanceof Archived ? numbers.elements.filter((run) => typeof run === "number") : [];
  const byRun = data instanceof Archived ? data.field("$1") : undefined;
  return {
    instrument: typeof first === "string" ? first : "",
    runs,
    symbols: (run) => {
      const found = new Map<number, NamedFunction>();
      const pairs = byRun instanceof Archived ? byRun.pairs : [];
      const runData = pairs.find(([number]) => number === run)?.[1];
      const byPid =
        runData instanceof Archived ? runData.pairs.find(([key]) => key === "symbolsByPid")?.[1] : undefined;
      for (const [, process] of byPid instanceof Archived ? byPid.pairs : []) addSymbols(process, found);
      return found;
    },
  };
}

/** PFTPersistentSymbols: a number of symbols, each with its name, its file, and pairs of address and line. */
function addSymbols(process: unknown, into: Map<number, NamedFunction>): void {
  if (!(process instanceof Archived)) return;
  for (let i = 5; process.has(`$${i}`); i++) {
    const symbol = process.field(`$${i}`);
    if (!(symbol instanceof Archived) || symbol.type !== "PFTSymbolData") continue;
    const name = symbol.field("$0");
    const file = symbol.field("$1");
    for (let at = 3; symbol.has(`$${at}`) && symbol.has(`$${at + 1}`); at += 2) {
      const address = symbol.field(`$${at}`);
      if (typeof address !== "number" || into.has(address)) continue;
      into.set(address, {
        name: typeof name === "string" ? name : "",
        file: typeof file === "string" ? file : "",
      });
    }
  }
}

/** A sample as the store holds it. */
export interface StoredSample {
  /** Nanoseconds since the start. */
  readonly time: number;
  readonly thread: number;
  readonly backtrace: number;
}

/** The samples of the store whose schema is the time profile's; none where the run has no such store. `folder`: `x.trace/corespace/run1/core/`. */
export function readSamples(files: ReadonlyMap<string, Uint8Array>, folder: string): StoredSample[] {
  for (const [name, schema] of files) {
    const isSchema = name.startsWith(`${folder}stores/`) && name.endsWith("/schema.xml");
    if (!isSchema || !decodeUtf8(schema.subarray(0, 4096)).includes('name="time-profile"')) continue;
    const store = files.get(name.replace(/schema\.xml$/, "bulkstore"));
    if (store !== undefined) return samplesOf(store);
  }
  return [];
}

/** Three words, the header's size, an entry's size; then entries: six bytes of time, a thread, …, a backtrace. */
function samplesOf(store: Uint8Array): StoredSample[] {
  const view = new DataView(store.buffer, store.byteOffset, store.length);
  if (store.length < 20) return [];
  const size = view.getUint32(16, true);
  const samples: StoredSample[] = [];
  if (size < 14) return samples;
  for (let at = view.getUint32(12, true); at + size <= store.length; at += size) {
    const time = view.getUint32(at, true) + view.getUint16(at + 4, true) * 4294967296;
    if (time === 0) break;
    samples.push({
      time,
      thread: view.getUint32(at + 6, true),
      backtrace: view.getUint32(at + size - 4, true),
    });
  }
  return samples;
}

/** Lists of numbers: addresses, or numbers of other lists. The index says where each stands. */
export function readLists(
  files: ReadonlyMap<string, Uint8Array>,
  folder: string,
): readonly (readonly number[])[] {
  const base = `${folder}uniquing/arrayUniquer/integeruniquer.`;
  const index = files.get(`${base}index`) ?? new Uint8Array(0);
  const data = files.get(`${base}data`) ?? new Uint8Array(0);
  const places = new DataView(index.buffer, index.byteOffset, index.length);
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const lists: number[][] = [];
  // Each list has room of its own: lengths that lie would have every list reach to the end.
  let left = data.length / 8;
  for (let at = 32; at + 8 <= index.length; at += 8) {
    const place = places.getUint32(at, true) + places.getUint32(at + 4, true) * 1048576;
    // The first entry only says where the header is.
    if (place === 0) continue;
    const length = place + 4 <= data.length ? view.getUint32(place, true) : 0;
    const list: number[] = [];
    for (let i = 0; i < length && left > 0 && place + 12 + i * 8 <= data.length; i++) {
      const entry = place + 4 + i * 8;
      left--;
      list.push(view.getUint32(entry, true) + view.getUint32(entry + 4, true) * 4294967296);
    }
    lists.push(list);
  }
  return lists;
}
