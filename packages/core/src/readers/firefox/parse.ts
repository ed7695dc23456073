import { type Category, parseCategories } from "../../codec/firefox/kinds.ts";
import { buildIdOf, parseThreads } from "../../codec/firefox/threads.ts";
import { ChunkPool, JsonKeys, type JsonReader } from "../../codec/json.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { SamplesTable, StackTables } from "./tables.ts";

/** A thread as the file has it. */
export interface ThreadEntry {
  name: string;
  process: string;
  pid: string;
  tid: string;
  readonly tables: StackTables;
  readonly samples: SamplesTable;
  readonly jsAllocations: SamplesTable;
  readonly nativeAllocations: SamplesTable;
  /** Libraries of versions before 41, which each thread lists for itself. */
  readonly libs: Library[];
  markers: boolean;
}

export interface Library {
  path: string;
  name: string;
  buildId: string;
}

/** What the file says, before anything is concluded from it. */
export interface FirefoxFile {
  version: number;
  product: string;
  importedFrom: string;
  /** Milliseconds since 1970. */
  startTime: number;
  /** Milliseconds between two samples. */
  interval: number;
  cpuUnit: string;
  /** "bytes" where a sample's place is an offset in a file. */
  timeUnit: string;
  categories: Category[];
  readonly libs: Library[];
  /** Threads have the same columns: the memory of one serves those behind it. */
  readonly pool: ChunkPool;
  readonly shared: StackTables;
  /** Threads that were read and not given away yet. */
  readonly threads: ThreadEntry[];
  /** Members that were read to their end. */
  readonly complete: Set<"meta" | "libs" | "shared">;
}

export function emptyFile(): FirefoxFile {
  const pool = new ChunkPool();
  return {
    version: 0,
    product: "",
    importedFrom: "",
    startTime: Number.NaN,
    interval: Number.NaN,
    cpuUnit: "",
    timeUnit: "",
    categories: [],
    libs: [],
    pool,
    shared: new StackTables(pool),
    threads: [],
    complete: new Set(),
  };
}

const FILE = new JsonKeys("meta", "libs", "shared", "threads");
const META = new JsonKeys(
  "preprocessedProfileVersion",
  "product",
  "importedFrom",
  "startTime",
  "interval",
  "sampleUnits",
  "categories",
);
const UNITS = new JsonKeys("threadCPUDelta", "time");
const SHARED = new JsonKeys(
  "stringArray",
  "stringTable",
  "frameTable",
  "funcTable",
  "stackTable",
  "resourceTable",
  "sources",
);
const THREAD = new JsonKeys(
  "stringArray",
  "stringTable",
  "frameTable",
  "funcTable",
  "stackTable",
  "resourceTable",
  "sources",
  "samples",
  "jsAllocations",
  "nativeAllocations",
  "libs",
  "markers",
  "name",
  "processName",
  "pid",
  "tid",
);
const LIBRARY = new JsonKeys("path", "debugPath", "name", "debugName", "codeId", "breakpadId");

/**
 * Reads the whole document into `file`, keys in any order. `take` is offered each thread that is complete, and may take
 * it away: it need not be kept then.
 */
export async function parseFile(
  json: JsonReader,
  file: FirefoxFile,
  builder: ProfileBuilder,
  notes: Notes,
  take: (thread: ThreadEntry) => boolean,
): Promise<void> {
  await json.take(() => json.enterObject());
  for (;;) {
    const key = await json.take(() => json.nextKey(FILE));
    if (key === undefined) return;
    const byte = await json.take(() => json.peek());
    if (key === "meta" && byte === 0x7b) await parseMeta(json, file);
    else if (key === "libs" && byte === 0x5b) await parseLibraries(json, file.libs);
    else if (key === "shared" && byte === 0x7b) await parseShared(json, file.shared, builder);
    else if (key === "threads" && byte === 0x5b)
      await parseThreads(json, notes, async () => {
        await parseThread(json, file, builder);
        if (take(file.threads.at(-1)!)) file.threads.pop();
      });
    else {
      await json.skip();
      continue;
    }
    if (key === "meta" || key === "libs" || key === "shared") file.complete.add(key);
  }
}

async function parseMeta(json: JsonReader, file: FirefoxFile): Promise<void> {
  await json.take(() => json.enterObject());
  for (;;) {
    const key = await json.take(() => json.nextKey(META));
    if (key === undefined) return;
    if (key === "categories") file.categories = await json.take(() => parseCategories(json));
    else if (key === "product") file.product = await json.take(() => scalarText(json));
    else if (key === "importedFrom") file.importedFrom = await json.take(() => scalarText(json));
    else if (key === "startTime") file.startTime = await json.take(() => json.numberOr(Number.NaN));
    else if (key === "interval") file.interval = await json.take(() => json.numberOr(Number.NaN));
    else if (key === "preprocessedProfileVersion") file.version = await json.take(() => json.numberOr(0));
    else if (key === "sampleUnits" && (await json.take(() => json.peek())) === 0x7b) {
      await json.take(() => {
        json.enterObject();
        for (let unit = json.nextKey(UNITS); unit !== undefined; unit = json.nextKey(UNITS)) {
          const text = scalarText(json);
          if (unit === "threadCPUDelta") file.cpuUnit = text;
          else if (unit === "time") file.timeUnit = text;
        }
      });
    } else await json.skip();
  }
}

async function parseLibraries(json: JsonReader, into: Library[]): Promise<void> {
  await json.take(() => json.enterArray());
  await json.run(() => {
    if (!json.nextElement()) return false;
    const library = { path: "", debugPath: "", name: "", debugName: "", codeId: "", breakpadId: "" };
    json.enterObject();
    for (let key = json.nextKey(LIBRARY); key !== undefined; key = json.nextKey(LIBRARY)) {
      if (key === "") json.skipValue();
      else library[key] = scalarText(json);
    }
    const name = library.name || library.debugName;
    into.push({
      path: library.path || library.debugPath || name,
      name,
      buildId: buildIdOf(library.codeId, library.breakpadId),
    });
    return true;
  });
}

async function parseShared(json: JsonReader, tables: StackTables, builder: ProfileBuilder): Promise<void> {
  await json.take(() => json.enterObject());
  for (;;) {
    const key = await json.take(() => json.nextKey(SHARED));
    if (key === undefined) return;
    if (!(await tables.parse(key, json, builder))) await json.skip();
  }
}

async function parseThread(json: JsonReader, file: FirefoxFile, builder: ProfileBuilder): Promise<void> {
  const thread: ThreadEntry = {
    name: "",
    process: "",
    pid: "",
    tid: "",
    tables: new StackTables(file.pool),
    samples: new SamplesTable(file.pool),
    jsAllocations: new SamplesTable(file.pool),
    nativeAllocations: new SamplesTable(file.pool),
    libs: [],
    markers: false,
  };
  file.threads.push(thread);
  await json.take(() => json.enterObject());
  for (;;) {
    const key = await json.take(() => json.nextKey(THREAD));
    if (key === undefined) return;
    if (await thread.tables.parse(key, json, builder)) continue;
    if (key === "samples") await thread.samples.parse(json);
    else if (key === "jsAllocations") await thread.jsAllocations.parse(json);
    else if (key === "nativeAllocations") await thread.nativeAllocations.parse(json);
    else if (key === "libs" && (await json.take(() => json.peek())) === 0x5b)
      await parseLibraries(json, thread.libs);
    else if (key === "name") thread.name = await json.take(() => scalarText(json));
    else if (key === "processName") thread.process = await json.take(() => scalarText(json));
    else if (key === "pid") thread.pid = await json.take(() => scalarText(json));
    else if (key === "tid") thread.tid = await json.take(() => scalarText(json));
    else if (key === "markers") await parseMarkers(json, thread);
    else await json.skip();
  }
}

const MARKERS = new JsonKeys("length");

async function parseMarkers(json: JsonReader, thread: ThreadEntry): Promise<void> {
  if ((await json.take(() => json.peek())) !== 0x7b) return json.skip();
  await json.take(() => json.enterObject());
  for (;;) {
    const key = await json.take(() => json.nextKey(MARKERS));
    if (key === undefined) return;
    if (key === "length") thread.markers = (await json.take(() => json.numberOr(0))) > 0;
    else await json.skip();
  }
}

/** A text, or a number as text; empty for anything else. */
function scalarText(json: JsonReader): string {
  const byte = json.peek();
  if (byte === 0x22) return json.text();
  if (byte === 0x2d || (byte >= 0x30 && byte <= 0x39)) return String(json.number());
  json.skipValue();
  return "";
}
