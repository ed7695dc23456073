import { JsonKeys, type JsonReader } from "../../codec/json.ts";
import { openJson, readWhole } from "../../codec/json-document.ts";
import { jsonPaths } from "../../codec/json-shape.ts";
import { textOr } from "../../codec/json-text.ts";
import { parseHex, stackOfLeafFirst } from "../../codec/native-frames.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FrameKind } from "../../model/profile.ts";
import type { ByteSource } from "../../util/source.ts";
import type { Head, Reader, ReadOptions, Verdict } from "../reader.ts";

const ID = "perf-json";
const TOP = new JsonKeys("headers", "samples");
const HEADERS = new JsonKeys("perf-version");
const SAMPLE = new JsonKeys("timestamp", "pid", "tid", "comm", "callchain");
const FRAME = new JsonKeys("ip", "symbol", "dso");

/** What `perf data convert --to-json` writes: samples with their call chains from the leaf. */
export const perfJsonReader: Reader = {
  id: ID,
  title: "perf data convert --to-json",
  priority: 843,
  extensions: [".json"],
  carries: {
    time: true,
    threads: true,
    labels: false,
    lines: false,
    inlined: false,
    severalValueTypes: false,
  },
  sniff: (head: Head): Verdict => (jsonPaths(head.bytes).has("linux-perf-json-version") ? "yes" : "no"),
  read,
};

async function read(
  source: ByteSource,
  into: ProfileBuilder,
  notes: Notes,
  options: ReadOptions,
): Promise<void> {
  into.meta.format = ID;
  into.meta.threadsAreRoots = true;
  into.valueType("samples", "count");
  const json = openJson(source, ID, options);
  const samples = new Samples(json, into, notes);
  await readWhole(
    json,
    notes,
    () => parse(json, samples, into),
    () => samples.count > 0,
  );
  into.meta.observations = samples.count;
}

async function parse(json: JsonReader, samples: Samples, into: ProfileBuilder): Promise<void> {
  await json.take(() => json.enterObject());
  for (;;) {
    const key = await json.take(() => json.nextKey(TOP));
    if (key === undefined) return;
    const byte = await json.take(() => json.peek());
    if (key === "headers" && byte === 0x7b) {
      await json.take(() => {
        json.enterObject();
        for (let inner = json.nextKey(HEADERS); inner !== undefined; inner = json.nextKey(HEADERS)) {
          if (inner === "perf-version") into.meta.producer = `perf ${textOr(json)}`;
          else json.skipValue();
        }
      });
    } else if (key === "samples" && byte === 0x5b) {
      await json.elements(() => {
        samples.next();
      });
    } else await json.skip();
  }
}

/** Adds samples, one per step. */
class Samples {
  count = 0;
  readonly #json: JsonReader;
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;

  constructor(json: JsonReader, into: ProfileBuilder, notes: Notes) {
    this.#json = json;
    this.#into = into;
    this.#notes = notes;
  }

  next(): void {
    const json = this.#json;
    const offset = json.offset;
    let time: bigint | undefined;
    let pid = Number.NaN;
    let tid = Number.NaN;
    let comm = "";
    let frames: number[] = [];
    json.enterObject();
    for (let key = json.nextKey(SAMPLE); key !== undefined; key = json.nextKey(SAMPLE)) {
      if (key === "timestamp" && json.peek() >= 0x30 && json.peek() <= 0x39) time = json.exactNumber().exact;
      else if (key === "pid") pid = json.numberOr(Number.NaN);
      else if (key === "tid") tid = json.numberOr(Number.NaN);
      else if (key === "comm") comm = textOr(json);
      else if (key === "callchain" && json.peek() === 0x5b) frames = this.#chain();
      else json.skipValue();
    }
    if (time === undefined || time > 1n << 63n) {
      this.#notes.add("approximated", "sample-without-time", "A sample has no usable time.", { offset });
      time = undefined;
    }
    this.count++;
    const into = this.#into;
    if (time !== undefined && into.meta.timeOrigin === undefined) {
      into.meta.timeOrigin = time;
      into.meta.clock = "monotonic";
    }
    const thread = into.thread({
      name: comm,
      ...(Number.isSafeInteger(pid) ? { pid } : {}),
      ...(Number.isSafeInteger(tid) ? { tid } : {}),
    });
    const since = time === undefined ? Number.NaN : Number(time - into.meta.timeOrigin!);
    into.sampleOf(stackOfLeafFirst(into, frames), 0, 1, { time: since, thread });
  }

  #chain(): number[] {
    const json = this.#json;
    const frames: number[] = [];
    json.enterArray();
    while (json.nextElement()) frames.push(this.#frame());
    return frames;
  }

  #frame(): number {
    const json = this.#json;
    const into = this.#into;
    const text = { ip: "", symbol: "", dso: "" };
    json.enterObject();
    for (let key = json.nextKey(FRAME); key !== undefined; key = json.nextKey(FRAME)) {
      if (key === "") json.skipValue();
      else text[key] = textOr(json);
    }
    const address = parseHex(text.ip) ?? 0n;
    const nameless = text.symbol === "" && address === 0n;
    const kernel = text.dso.startsWith("[kernel") || text.dso.startsWith("[guest.kernel");
    return into.frame({
      name: nameless ? into.string("[unknown]") : into.string(text.symbol),
      mapping: text.dso === "" ? -1 : into.mapping({ path: text.dso }),
      // Functions by name: where in the function does not matter.
      address: text.symbol === "" ? address : 0n,
      kind: kernel ? FrameKind.kernel : FrameKind.unknown,
    });
  }
}
