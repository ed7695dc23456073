import { type Category, parseCategories } from "../../codec/firefox/kinds.ts";
import { buildIdOf, parseThreads } from "../../codec/firefox/threads.ts";
import { JsonKeys, type JsonReader, NumberColumn } from "../../codec/json.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { GeckoTable } from "./tables.ts";

/** A library at its place in the process. */
export interface Library {
  readonly path: string;
  readonly buildId: string;
  readonly start: number;
  readonly end: number;
  readonly offset: number;
}

export interface GeckoThread {
  name: string;
  processName: string;
  pid: number;
  tid: number;
  /** The builder's string ids. */
  readonly strings: NumberColumn;
  readonly samples: GeckoTable;
  readonly stacks: GeckoTable;
  readonly frames: GeckoTable;
  markers: boolean;
}

/** One process of the recording: the one that recorded, or one of its children. */
export interface GeckoProcess {
  /** Milliseconds since 1970. */
  startTime: number;
  interval: number;
  product: string;
  cpuUnit: string;
  categories: Category[];
  libs: Library[];
  /** Threads that were read and not given away yet. */
  readonly threads: GeckoThread[];
  /** Members that were read to their end. */
  readonly complete: Set<"meta" | "libs">;
}

const PROCESS = new JsonKeys("meta", "libs", "threads", "processes", "profile");
const META = new JsonKeys("startTime", "interval", "product", "categories", "sampleUnits");
const UNITS = new JsonKeys("threadCPUDelta");
const LIBRARY = new JsonKeys("path", "name", "codeId", "breakpadId", "start", "end", "offset");
const THREAD = new JsonKeys(
  "name",
  "processName",
  "pid",
  "tid",
  "stringTable",
  "samples",
  "stackTable",
  "frameTable",
  "markers",
);

/**
 * Reads the document into `processes`. Processes nest: the profiles of child processes stand in `processes` of their
 * parent's. DevTools' performance panel of before 2021 puts all of it into `profile`. The open objects wait in a
 * list: nothing here recurses.
 *
 * `take` is offered each thread that is complete, and may take it away: it need not be kept then.
 */
export async function parseProcesses(
  json: JsonReader,
  processes: GeckoProcess[],
  builder: ProfileBuilder,
  notes: Notes,
  take: (process: GeckoProcess, thread: GeckoThread) => boolean,
): Promise<void> {
  const open: (GeckoProcess | "list")[] = [];
  const enter = async (): Promise<void> => {
    await json.take(() => json.enterObject());
    const process = emptyProcess();
    processes.push(process);
    open.push(process);
  };
  await enter();
  while (open.length > 0) {
    const top = open.at(-1)!;
    if (top === "list") {
      if (!(await json.take(() => json.nextElement()))) open.pop();
      else if ((await json.take(() => json.peek())) === 0x7b) await enter();
      else await json.skip();
      continue;
    }
    const key = await json.take(() => json.nextKey(PROCESS));
    if (key === undefined) {
      open.pop();
      continue;
    }
    const byte = await json.take(() => json.peek());
    if (key === "profile" && byte === 0x7b) await enter();
    else if (key === "processes" && byte === 0x5b) {
      await json.take(() => json.enterArray());
      open.push("list");
    } else if (key === "meta" && byte === 0x7b) {
      await parseMeta(json, top);
      top.complete.add("meta");
    } else if (key === "libs") {
      top.libs = await parseLibraries(json);
      top.complete.add("libs");
    } else if (key === "threads" && byte === 0x5b)
      await parseThreads(json, notes, async () => {
        await parseThread(json, top, builder);
        if (take(top, top.threads.at(-1)!)) top.threads.pop();
      });
    else await json.skip();
  }
}

function emptyProcess(): GeckoProcess {
  return {
    startTime: Number.NaN,
    interval: Number.NaN,
    product: "",
    cpuUnit: "",
    categories: [],
    libs: [],
    threads: [],
    complete: new Set(),
  };
}

async function parseMeta(json: JsonReader, process: GeckoProcess): Promise<void> {
  await json.take(() => json.enterObject());
  for (;;) {
    const key = await json.take(() => json.nextKey(META));
    if (key === undefined) return;
    if (key === "startTime") process.startTime = await json.take(() => json.numberOr(Number.NaN));
    else if (key === "interval") process.interval = await json.take(() => json.numberOr(Number.NaN));
    else if (key === "product") process.product = await json.take(() => json.textOr(""));
    else if (key === "categories") process.categories = await json.take(() => parseCategories(json));
    else if (key === "sampleUnits" && (await json.take(() => json.peek())) === 0x7b) {
      await json.take(() => {
        json.enterObject();
        for (let unit = json.nextKey(UNITS); unit !== undefined; unit = json.nextKey(UNITS)) {
          if (unit === "threadCPUDelta") process.cpuUnit = json.textOr("");
          else json.skipValue();
        }
      });
    } else await json.skip();
  }
}

async function parseLibraries(json: JsonReader): Promise<Library[]> {
  const libraries: Library[] = [];
  if ((await json.take(() => json.peek())) !== 0x5b) {
    await json.skip();
    return libraries;
  }
  await json.take(() => json.enterArray());
  await json.run(() => {
    if (!json.nextElement()) return false;
    const text = { path: "", name: "", codeId: "", breakpadId: "" };
    const place = { start: -1, end: -1, offset: 0 };
    json.enterObject();
    for (let key = json.nextKey(LIBRARY); key !== undefined; key = json.nextKey(LIBRARY)) {
      if (key === "") json.skipValue();
      else if (key === "start" || key === "end" || key === "offset") place[key] = json.numberOr(-1);
      else text[key] = json.textOr("");
    }
    libraries.push({
      ...place,
      path: text.path || text.name,
      buildId: buildIdOf(text.codeId, text.breakpadId),
    });
    return true;
  });
  return libraries;
}

async function parseThread(json: JsonReader, process: GeckoProcess, builder: ProfileBuilder): Promise<void> {
  const thread: GeckoThread = {
    name: "",
    processName: "",
    pid: Number.NaN,
    tid: Number.NaN,
    strings: new NumberColumn(),
    samples: new GeckoTable("stack", "time", "threadCPUDelta"),
    stacks: new GeckoTable("prefix", "frame"),
    frames: new GeckoTable("location", "implementation", "line", "column", "category", "subcategory"),
    markers: false,
  };
  process.threads.push(thread);
  await json.take(() => json.enterObject());
  for (;;) {
    const key = await json.take(() => json.nextKey(THREAD));
    if (key === undefined) return;
    if (key === "name") thread.name = await json.take(() => json.textOr(""));
    else if (key === "processName") thread.processName = await json.take(() => json.textOr(""));
    else if (key === "pid") thread.pid = await json.take(() => json.numberOr(Number.NaN));
    else if (key === "tid") thread.tid = await json.take(() => json.numberOr(Number.NaN));
    else if (key === "stringTable") await parseStrings(json, builder, thread.strings);
    else if (key === "samples") await thread.samples.parse(json);
    else if (key === "stackTable") await thread.stacks.parse(json);
    else if (key === "frameTable") await thread.frames.parse(json);
    else {
      if (key === "markers") thread.markers = true;
      await json.skip();
    }
  }
}

async function parseStrings(json: JsonReader, builder: ProfileBuilder, into: NumberColumn): Promise<void> {
  if ((await json.take(() => json.peek())) !== 0x5b) return json.skip();
  await json.take(() => json.enterArray());
  await json.run(() => {
    if (!json.nextElement()) return false;
    if (json.peek() === 0x22) {
      json.string();
      into.push(builder.stringBytes(json.spanBytes, json.spanStart, json.spanEnd));
    } else {
      json.skipValue();
      into.push(0);
    }
    return true;
  });
}
